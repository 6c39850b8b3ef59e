"""Every other page in a real browser, what the first visit weighs, and proof that the checks can fail."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.chromium import Chromium, running_chromium
from tests.demo_process import DemoProcess

pytestmark = pytest.mark.browser

OPEN_PAGES = {"da": ("/privacy", "/cookies", "/expired", "/no-such-page"), "en": ("/privacy", "/signed-out")}
FIRST_VISIT = 30_000  # bytes over the wire, all requests with their headers


@pytest.fixture(scope="module")
def chromium(demo: DemoProcess) -> Iterator[Chromium]:
    with running_chromium(demo) as running:
        yield running


@pytest.mark.parametrize("language", OPEN_PAGES)
def test_pages_that_need_no_login(chromium: Chromium, language: str) -> None:
    with chromium.tab(language) as tab:
        for path in OPEN_PAGES[language]:
            tab.open(path)
            tab.check()
        for path in ("/", f"/mail?lang={language}"):
            tab.page.goto(f"{chromium.demo.simulator_url}{path}")
            tab.check()


def test_the_start_page_with_all_its_answers_open_in_english(chromium: Chromium) -> None:
    with chromium.tab("en") as tab:
        tab.open("/")
        tab.page.click("summary")
        expect(tab.page.locator("details p").first).to_be_visible()
        tab.check()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_login_that_is_not_secure_enough(chromium: Chromium, script: bool) -> None:
    with chromium.tab(script=script) as tab:
        tab.log_in("clara")
        tab.shows("Login skal være mere sikkert")
        expect(tab.page.locator(".help .code")).to_be_visible()
        tab.check()
        tab.page.click("main .btn")
        tab.shows("Hvem vil du være?")


def test_a_person_who_cannot_go_on_can_sign_out(chromium: Chromium) -> None:
    with chromium.tab("en") as tab:
        tab.log_in("ida")
        tab.check()
        tab.page.click("main button")
        tab.page.wait_for_url("**/signed-out")


def test_choosing_between_accounts(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.log_in("sofie")
        tab.check()
        tab.page.click("main form .btn:not(.second)")
        expect(tab.page.locator("[data-error-summary]")).to_be_focused()
        tab.check()
        tab.page.click("[data-error-summary] a")
        expect(tab.page.locator("[type=checkbox]").first).to_be_focused()
        tab.page.keyboard.press("Space")
        tab.page.click("main form .btn:not(.second)")
        tab.page.wait_for_url("**/password")


def test_a_very_long_name_breaks_no_page(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.log_in("bjoerg")
        expect(tab.page.locator(".who")).to_contain_text("Østergaard-Rosenkrantz <af Årø>")
        tab.check()
        tab.save("Kjærsgård")
        expect(tab.page.locator("[data-error-summary] li")).to_have_count(2)
        tab.check()


def test_the_first_visit_is_light(chromium: Chromium) -> None:
    weights: list[float] = []
    with chromium.tab() as tab:
        tab.protocol.send("Network.enable")
        tab.protocol.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
        tab.open("/")
        tab.page.wait_for_load_state("networkidle")
    assert len(weights) >= 4, "the page, two style sheets and the script"
    assert sum(weights) <= FIRST_VISIT, weights


BROKEN = {  # what is done to a page, and what must be said of it
    "an inline style": ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
    "a blocked request": ("fetch('https://tracker.example/').catch(() => 0)", "tracker.example"),
    "a missing file": ("fetch('/static/nothing.js')", "404: "),
    "a script error": ("setTimeout(() => { throw new Error('broken') })", "script: broken"),
    "a picture without words": ("document.querySelector('main').append(document.createElement('img'))", "image-alt"),
    "pale text": ("document.querySelector('h1').attributeStyleMap.set('color', '#ddd')", "color-contrast"),
    "a wide part": ("document.querySelector('h1').attributeStyleMap.set('min-width', CSS.px(330))", "scrolling at 320"),
    "a small link": ("document.querySelector('main').append(document.querySelector('nav a').cloneNode(true))", "touch"),
    "the wrong language": ("document.documentElement.lang = 'en'", "the language is en"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_checks_see_what_is_broken(chromium: Chromium, what: str) -> None:
    script, said = BROKEN[what]
    with pytest.raises(AssertionError, match=said):
        break_and_check(chromium, script)


def break_and_check(chromium: Chromium, script: str) -> None:
    with chromium.tab() as tab:
        tab.open("/cookies")
        tab.page.evaluate(script)
        tab.check()


def test_a_visit_to_a_foreign_origin_is_seen(chromium: Chromium) -> None:
    with pytest.raises(AssertionError, match="foreign origin"), chromium.tab() as tab:
        tab.page.goto(chromium.demo.url.replace("127.0.0.1", "localhost"))
