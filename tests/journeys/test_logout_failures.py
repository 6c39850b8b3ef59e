"""The hub fails in the middle of our logout: the login here has ended all the same, and no page claims more."""

import contextlib
import re

import pytest
import requests

from resetapp import texts
from resetapp.demo.switch import Switch
from tests.browser import Browser, Page
from tests.demo_process import DemoProcess
from tests.journeys.logging_out import LEFT, SPOILT, told
from tests.journeys.steps import log_in

EVERY = pytest.mark.parametrize("switch", SPOILT, ids=lambda switch: switch.key)
LOGOUT = "//form[contains(@action, 'logout')]"


def prepared(browser: Browser, demo: DemoProcess, key: str) -> Browser:
    """Logged in, at the page with the logout; the simulator is set. Another browser has the same cookies."""
    log_in(browser, demo, "freja")
    assert browser.open(f"{demo.simulator_url}/hub/what-if/{key}").heading == "Log nu af tjenesten"
    browser.open(f"{demo.url}/password")
    copy = Browser(checked=demo.url)
    copy.session.cookies.update(browser.session.cookies)
    return copy


def logged_out(browser: Browser, switch: Switch) -> Page | None:
    """Press the button; what the browser ends at, if at anything."""
    if LEFT[switch.key].at_hub == 0:
        with pytest.raises(requests.exceptions.ConnectionError):
            browser.submit(LOGOUT)
        return None
    return browser.submit(LOGOUT)


def logged_in(browser: Browser, demo: DemoProcess) -> bool:
    return browser.open(f"{demo.url}/password").path == "/password"


def says(page: Page, text: str) -> bool:
    return page.path == "/signed-out" and page.status == 200 and text in " ".join(page.tree.text_content().split())


def test_every_way_to_fail_has_its_end() -> None:
    assert set(LEFT) == {each.key for each in SPOILT}


@EVERY
def test_the_login_has_ended_and_the_page_claims_no_more(demo: DemoProcess, browser: Browser, switch: Switch) -> None:
    copy = prepared(browser, demo, switch.key)
    assert logged_in(copy, demo)
    page, left = logged_out(browser, switch), LEFT[switch.key]
    if left.at_hub is None:
        assert page is not None
        assert says(page, told(switch))
    elif page is not None:
        assert page.status == left.at_hub
        assert page.url.startswith(demo.simulator_url)
    assert says(browser.open(f"{demo.url}/password"), told(switch))  # the back button
    assert says(browser.open(f"{demo.url}/signed-out"), told(switch))
    assert texts.text("da", "session.loggedoff.all") not in browser.open(f"{demo.url}/").text
    assert not logged_in(copy, demo)


@EVERY
def test_the_same_is_said_in_english(demo: DemoProcess, browser: Browser, switch: Switch) -> None:
    prepared(browser, demo, switch.key)
    logged_out(browser, switch)
    assert says(browser.open(f"{demo.url}/signed-out?lang=en"), told(switch, "en"))


@EVERY
def test_every_request_on_the_way_can_be_repeated(demo: DemoProcess, browser: Browser, switch: Switch) -> None:
    """A reload, or the back button: the press of the button, the request to the hub and the hub's answer to us."""
    prepared(browser, demo, switch.key)
    pressed = browser.page
    before = len(browser.visited)
    logged_out(browser, switch)
    for address in re.findall(r"GET (\S+)", "\n".join(browser.visited[before:])):
        with contextlib.suppress(requests.exceptions.ConnectionError):
            assert browser.open(address).status in (200, LEFT[switch.key].at_hub)
        assert not logged_in(browser, demo)
    browser.page = pressed
    assert says(browser.submit(LOGOUT), told(switch))


@EVERY
def test_a_new_login_works_at_once_and_can_be_ended_properly(
    demo: DemoProcess, browser: Browser, switch: Switch
) -> None:
    prepared(browser, demo, switch.key)
    logged_out(browser, switch)
    assert log_in(browser, demo, "freja").path == "/password"
    assert says(browser.submit(LOGOUT), texts.text("da", "session.loggedoff.all"))


def test_an_answer_that_comes_after_the_next_login_ends_nothing(demo: DemoProcess, browser: Browser) -> None:
    prepared(browser, demo, "logging_out_lost")
    browser.submit(LOGOUT)
    log_in(browser, demo, "freja")
    page = browser.open(f"{demo.simulator_url}/hub/what-if/logout_late")
    assert (page.status, page.heading) == (403, "Vi loggede dig ikke af")
    assert logged_in(browser, demo)


def test_an_answer_that_is_late_and_no_more_completes_the_logout(demo: DemoProcess, browser: Browser) -> None:
    prepared(browser, demo, "logging_out_lost")
    browser.submit(LOGOUT)
    page = browser.open(f"{demo.simulator_url}/hub/what-if/logout_late")
    assert says(page, texts.text("da", "session.loggedoff.all"))


def test_what_cannot_be_late_yet_says_what_to_do_first(demo: DemoProcess, browser: Browser) -> None:
    page = browser.open(f"{demo.simulator_url}/hub/what-if/logout_late")
    assert page.status == 200
    assert "én gang først" in page.heading
