"""Every switch of the simulator through the real app over HTTP: it ends on its page, and nobody is logged in."""

import contextlib
import re
import sqlite3

import pytest
import requests

from resetapp.demo.switch import LET_IN, LOGOUT_REFUSED, NO_ANSWER, NOBODY_LOGGED_OUT, Answer, Switch
from resetapp.demo.what_if import IN_LOGIN, WITHOUT_LOGIN
from tests.browser import Browser, Page
from tests.demo_process import DemoProcess
from tests.journeys.attacks import CLICKED, REASONS, SPOKEN, heading, needs_a_login_before
from tests.journeys.steps import go_to_login, log_in

AFTER_LOGIN = (LOGOUT_REFUSED, NOBODY_LOGGED_OUT)
CODE = r"[0-9A-Z]{4}-[0-9A-Z]{4}"
PICKER, POSTED = "//form[.//button[@name='person']]", "//form[.//input[@name='SAMLResponse']]"


def completed(demo: DemoProcess) -> int:
    """How many logins the service has let in, ever."""
    file = demo.folder / "data" / "resetapp.db"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        return int(database.execute("select count(*) from login where completed_at is not null").fetchone()[0])


def logged_in(browser: Browser, demo: DemoProcess) -> bool:
    return browser.open(f"{demo.url}/password").path not in ("/", "/signed-out", "/expired")


def reason(demo: DemoProcess, page: Page) -> str:
    """From the service's log, by the reference code that the page shows."""
    code = re.findall(CODE, page.text)[-1]
    lines = (demo.folder / "service.log").read_text("utf-8").splitlines()
    return next(found[1] for line in lines if (found := re.search(rf"reason=(\S+) reference={code}", line)))


def provoked(browser: Browser, demo: DemoProcess, switch: Switch, language: str) -> Page:
    """From the start page, or from the simulator's own, to wherever it ends."""
    if switch in WITHOUT_LOGIN:
        page = browser.open(f"{demo.simulator_url}/hub/what-if/{switch.key}")
    else:
        go_to_login(browser, demo, language)
        page = browser.submit(PICKER, what_if=switch.key)
    if page.is_page and page.tree.xpath(POSTED):
        return browser.submit(POSTED)
    return page


def before(browser: Browser, demo: DemoProcess, switch: Switch) -> None:
    """What must have happened once before it can be repeated; and then nobody is logged in."""
    log_in(browser, demo, "freja")
    if switch in IN_LOGIN:
        browser.submit("//form[contains(@action, 'logout')]")
    else:
        browser.open(f"{demo.simulator_url}/hub/logout-everywhere")
    assert not logged_in(browser, demo)


@pytest.mark.parametrize(("switch", "language"), SPOKEN, ids=lambda value: getattr(value, "key", value))
def test_every_switch_ends_on_its_page_with_nobody_logged_in(
    demo: DemoProcess, browser: Browser, switch: Switch, language: str
) -> None:
    browser.open(f"{demo.url}/?lang={language}")
    if needs_a_login_before(switch):
        before(browser, demo, switch)
    let_in = completed(demo)
    if switch.end is NO_ANSWER:
        with pytest.raises(requests.exceptions.ConnectionError):
            provoked(browser, demo, switch, language)
    else:
        page = provoked(browser, demo, switch, language)
        assert page.status == switch.end.status, (page.text, browser.visited)
        assert not heading(switch, language) or page.heading == heading(switch, language)
        assert switch.key not in REASONS or reason(demo, page) == REASONS[switch.key]
        assert page.url.startswith(demo.url if heading(switch) else demo.simulator_url)
    assert completed(demo) - let_in == (switch.end is LET_IN)
    assert logged_in(browser, demo) == (switch.end is LET_IN)


def test_every_refusal_has_its_reason() -> None:
    assert set(REASONS) == {each.key for each in CLICKED if each.end.status == 403}


@pytest.mark.parametrize("key", [each.key for each in CLICKED if each.end in AFTER_LOGIN])
def test_a_false_logout_ends_nobodys_login(demo: DemoProcess, browser: Browser, key: str) -> None:
    switch = next(each for each in CLICKED if each.key == key)
    if needs_a_login_before(switch):
        before(browser, demo, switch)
    log_in(browser, demo, "freja")
    page = provoked(browser, demo, switch, "da")
    assert page.status == switch.end.status
    assert logged_in(browser, demo)


def test_a_genuine_logout_from_elsewhere_does(demo: DemoProcess, browser: Browser) -> None:
    """Else the test above would hold whatever came."""
    log_in(browser, demo, "freja")
    assert logged_in(browser, demo)
    browser.open(f"{demo.simulator_url}/hub/logout-everywhere")
    assert not logged_in(browser, demo)


def test_a_refused_answer_leaves_an_earlier_login_alone(demo: DemoProcess, browser: Browser) -> None:
    """An attacker who makes a browser start a login must not be able to throw its person out."""
    log_in(browser, demo, "freja")
    go_to_login(browser, demo)
    browser.submit(PICKER, what_if="stranger")
    assert browser.submit(POSTED).status == 403
    assert logged_in(browser, demo)


def test_the_page_of_every_refusal_tells_nothing_of_its_cause(demo: DemoProcess, browser: Browser) -> None:
    """A forger must not learn which of his changes was seen."""
    pages = set()
    for switch in IN_LOGIN:
        if isinstance(switch.act, Answer) and heading(switch) == "Vi kunne ikke logge dig på":
            page = provoked(browser, demo, switch, "da")
            pages.add(re.sub(CODE, "", page.text))
    assert len(pages) == 1


def test_two_tabs_can_be_on_their_way_at_once(demo: DemoProcess, browser: Browser) -> None:
    go_to_login(browser, demo)
    older = browser.page
    go_to_login(browser, demo)
    newer, browser.page = browser.page, older
    browser.submit(PICKER, person="freja")
    assert browser.submit(POSTED).path == "/password"
    browser.page = newer
    browser.submit(PICKER, person="freja")
    assert browser.submit(POSTED).path == "/password"


@pytest.mark.parametrize("key", ["hub_500", "hub_silent", "never_back", "forgotten", "blocked"])
def test_after_an_outage_the_person_starts_again_and_gets_in(demo: DemoProcess, browser: Browser, key: str) -> None:
    """The service itself stays up, and nothing of the login that went astray is in the way."""
    with contextlib.suppress(requests.exceptions.ConnectionError):
        provoked(browser, demo, next(each for each in CLICKED if each.key == key), "da")
    assert browser.open(demo.url).status == 200
    assert log_in(browser, demo, "freja").path == "/password"


@pytest.mark.parametrize("key", ["replayed", "rewrapped", "logout_replayed"])
def test_what_cannot_be_repeated_yet_says_what_to_do_first(demo: DemoProcess, browser: Browser, key: str) -> None:
    switch = next(each for each in CLICKED if each.key == key)
    page = provoked(browser, demo, switch, "da")
    assert page.status == 200
    assert "én gang først" in page.heading
    assert browser.link("//main//a").is_page
