"""The console in a browser: support finds a visit by the code that the caller reads out, and is told what to say."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.chromium import Chromium, Tab, running_chromium
from tests.demo_process import running_demo
from tests.journeys.steps import GOOD

WORDS = {
    "da": {
        "title": "Find et forløb",
        "no": "Login afvist",
        "low": "For lavt sikringsniveau",
        "advice": "Bed brugeren logge på igen med app eller kodeviser.",
        "told": "Adgangskode ændret og prøvet i Campus",
        "none": "Ingen forløb passer til søgningen",
    },
    "en": {
        "title": "Find an attempt",
        "no": "Sign-in refused",
        "low": "Assurance level too low",
        "advice": "Ask the user to sign in again with the app or the code display.",
        "told": "Password changed and tried in Campus",
        "none": "No attempts match the search",
    },
}
both = pytest.mark.parametrize("language", ["da", "en"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """In front of a demo of its own: what support finds is what happens here."""
    with running_demo() as demo, running_chromium(demo) as running:
        yield running


def enter(tab: Tab) -> None:
    """The support person's way into the console."""
    tab.open("/staff/")
    tab.check()
    tab.page.click(".mitid")
    tab.page.click("button[value=tove]")
    tab.arrive()


def look_up(tab: Tab, text: str) -> None:
    tab.open("/staff/look-up")
    tab.page.fill("#text", text)
    tab.page.click("main form .btn")


def code_on(tab: Tab) -> str:
    return tab.page.locator(".help .code").inner_text().strip()


@both
def test_a_failed_visit_is_found_by_its_code_with_the_reason(chromium: Chromium, language: str) -> None:
    words = WORDS[language]
    with chromium.tab(language) as tab:
        tab.log_in("clara")
        code = code_on(tab)
    with chromium.tab(language) as tab:
        enter(tab)
        tab.check()
        tab.page.click("main .tasks a >> nth=0")
        tab.shows(words["title"])
        tab.check()
        look_up(tab, code.lower().replace("-", ""))
        main = tab.page.locator("main")
        for expected in (code, words["low"], words["no"], words["advice"]):
            expect(main).to_contain_text(expected)
        tab.check()


@both
def test_a_visit_that_went_well_is_found_by_the_username(chromium: Chromium, language: str) -> None:
    words = WORDS[language]
    with chromium.tab(language) as tab:
        tab.log_in("mikkel" if language == "da" else "alma")
        username = tab.page.locator("[name=username]").input_value()
        tab.save(GOOD)
        tab.page.wait_for_selector("#sign-out-now")
    with chromium.tab(language) as tab:
        enter(tab)
        look_up(tab, username)
        expect(tab.page.locator("main")).to_contain_text(words["told"])
        tab.check()
        look_up(tab, "nobody-has-this-name")
        expect(tab.page.locator("main")).to_contain_text(words["none"])
        tab.check()


def test_a_person_without_a_role_is_told_so_and_gets_nowhere(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.open("/staff/")
        tab.page.click(".mitid")
        tab.page.click("button[value=freja]")
        tab.arrive()
        tab.shows("Du har ikke adgang til konsollen")
        tab.check()
        tab.open("/staff/look-up")
        assert tab.page.url == f"{chromium.demo.url}/staff/"
