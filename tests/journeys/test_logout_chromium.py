"""The hub fails in the middle of our logout, in a real browser with its own back button, reload and retries."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from resetapp import texts
from resetapp.demo.switch import Switch
from tests.chromium import Chromium, Tab, running_chromium
from tests.demo_process import DemoProcess
from tests.journeys.logging_out import LEFT, SPOILT, told

pytestmark = pytest.mark.browser

EVERY = pytest.mark.parametrize("switch", SPOILT, ids=lambda switch: switch.key)
LOGOUT = "form[action*=logout] button"


@pytest.fixture(scope="module")
def chromium(demo: DemoProcess) -> Iterator[Chromium]:
    with running_chromium(demo) as running:
        yield running


def prepare(tab: Tab, switch: Switch) -> None:
    """Set the simulator by its own page, and go to where the button is."""
    tab.log_in("freja")
    tab.page.goto(f"{tab.demo.simulator_url}/?lang={tab.language}")
    link = tab.page.locator(f"a[href*='/hub/what-if/{switch.key}?']")
    tab.page.locator("details", has=link).locator("summary").click()
    link.click()
    expect(tab.page.locator("h1")).to_have_text("Log nu af tjenesten")
    tab.open("/password")


def log_out(tab: Tab, switch: Switch) -> None:
    """To the end of what the browser does by itself."""
    at_hub = LEFT[switch.key].at_hub
    if at_hub == 0:
        with tab.page.expect_event("requestfailed"):
            tab.page.locator(LOGOUT).first.click()
        tab.page.wait_for_url("chrome-error://**")  # the browser's own page, which comes after the failure
        tab.problems.clear()
        return
    statuses: list[int] = []
    tab.page.on("response", lambda answer: statuses.append(answer.status))
    tab.page.locator(LOGOUT).first.click()
    tab.page.wait_for_url(f"{tab.demo.simulator_url}/saml2/**" if at_hub else f"{tab.demo.url}/signed-out")
    assert (at_hub or 200) in statuses


def says(tab: Tab, text: str) -> None:
    tab.shows(texts.text(tab.language, "session.loggedoff.title"))
    expect(tab.page.locator("main .lead")).to_have_text(text)


def nobody_is_logged_in(tab: Tab) -> None:
    answer = tab.page.request.get(f"{tab.demo.url}/password", max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (303, "/signed-out")


@EVERY
def test_reload_and_back_button_are_harmless_and_a_new_login_works(chromium: Chromium, switch: Switch) -> None:
    with chromium.tab() as tab:
        prepare(tab, switch)
        log_out(tab, switch)
        nobody_is_logged_in(tab)
        if LEFT[switch.key].at_hub is None:
            says(tab, told(switch))
            tab.page.reload()
            says(tab, told(switch))
        elif LEFT[switch.key].at_hub:
            tab.page.reload()
            assert tab.page.url.startswith(tab.demo.simulator_url)
        tab.page.go_back()
        says(tab, told(switch))
        nobody_is_logged_in(tab)
        tab.log_in("freja")
        assert tab.page.url == f"{tab.demo.url}/password"
        tab.page.locator(LOGOUT).first.click()
        says(tab, texts.text("da", "session.loggedoff.all"))


@pytest.mark.parametrize("key", ["logging_out_failed", "logging_out_partial"])
def test_it_works_without_script_and_is_readable_by_everybody(chromium: Chromium, key: str) -> None:
    switch = next(each for each in SPOILT if each.key == key)
    with chromium.tab(script=False) as tab:
        prepare(tab, switch)
        log_out(tab, switch)
        says(tab, told(switch))
        tab.check()
        nobody_is_logged_in(tab)
