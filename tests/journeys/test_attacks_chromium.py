"""Every attack of the simulator clicked in a real browser: it ends on the right page, and nobody is logged in."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Response

from resetapp.demo.switch import LET_IN, NO_ANSWER, Answer, Switch
from resetapp.demo.what_if import WITHOUT_LOGIN
from tests.chromium import Chromium, Tab, running_chromium
from tests.demo_process import DemoProcess
from tests.journeys.attacks import CLICKED, heading, needs_a_login_before

pytestmark = pytest.mark.browser

ATTACKS = [each for each in CLICKED if each.end is not LET_IN]
WITHOUT_SCRIPT = ("unsigned", "other_idp", "cancelled", "unsolicited", "logout_unsigned", "consent")
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.fixture(scope="module")
def chromium(demo: DemoProcess) -> Iterator[Chromium]:
    with running_chromium(demo) as running:
        yield running


@pytest.fixture(scope="module")
def one_tab(chromium: Chromium) -> Iterator[Tab]:
    with chromium.tab() as running:
        yield running


@pytest.fixture
def tab(one_tab: Tab) -> Iterator[Tab]:
    """The same for all attacks, which takes half the time of one for each. It has left its page and lost its cookies,
    and the service knows a browser by nothing else."""
    one_tab.page.goto("about:blank")
    one_tab.page.context.clear_cookies()
    one_tab.problems.clear()
    yield one_tab
    assert not one_tab.problems, one_tab.problems


def go_to_picker(tab: Tab) -> None:
    """By the address of the start page's button."""
    tab.open("/login")


def click(tab: Tab, switch: Switch) -> None:
    """Open its group and press it, wherever on the simulator's pages it is."""
    if switch in WITHOUT_LOGIN:
        tab.page.goto(tab.demo.simulator_url)
        button = tab.page.locator(f"a[href*='/hub/what-if/{switch.key}?']")
    else:
        go_to_picker(tab)
        button = tab.page.locator(f"button[value={switch.key}]")
    group = tab.page.locator("details", has=button)
    if tab.script:  # quicker; with the mouse it is opened where there is no script
        group.evaluate("each => each.open = true")
    else:
        group.locator("summary").click()
    button.click()
    if isinstance(switch.act, Answer) and (switch.act.consent or not tab.script):
        tab.page.click("#post button")


def before(tab: Tab, switch: Switch) -> None:
    """What must have happened once before it can be repeated."""
    tab.log_in("freja")
    if switch in WITHOUT_LOGIN:
        tab.page.goto(f"{tab.demo.simulator_url}/hub/logout-everywhere")
    else:
        tab.page.locator("form[action*=logout] button").first.click()
        tab.page.wait_for_url("**/signed-out")


def nobody_is_logged_in(tab: Tab) -> None:
    """With the browser's own cookies."""
    answer = tab.page.request.get(f"{tab.demo.url}/password", max_redirects=0)
    assert (answer.status, answer.headers["location"]) in [(303, "/"), (303, "/signed-out")]


@pytest.mark.parametrize("switch", ATTACKS, ids=lambda switch: switch.key)
def test_an_attack_ends_on_the_right_page_with_nobody_logged_in(tab: Tab, switch: Switch) -> None:
    if needs_a_login_before(switch):
        before(tab, switch)
    with statuses_seen(tab) as statuses:
        if switch.end is NO_ANSWER:
            with tab.page.expect_event("requestfailed"):
                click(tab, switch)
            tab.page.wait_for_url("chrome-error://**")  # the browser's own page, which comes after the failure
            assert [problem.partition(":")[0] for problem in tab.problems] == ["net"]
            tab.problems.clear()
        elif heading(switch):
            click(tab, switch)
            tab.shows(heading(switch))
            assert tab.page.url.startswith(tab.demo.url)
        else:
            with tab.page.expect_response(lambda answer: answer.status == switch.end.status):
                click(tab, switch)
            tab.page.wait_for_load_state()
            assert tab.page.url.startswith(tab.demo.simulator_url)
    assert switch.end is NO_ANSWER or switch.end.status in statuses
    nobody_is_logged_in(tab)


@contextmanager
def statuses_seen(tab: Tab) -> Iterator[list[int]]:
    """Grows with the status of every answer; at the end of the block this tab is free for the next attack."""
    statuses: list[int] = []

    def note(answer: Response) -> None:
        statuses.append(answer.status)

    tab.page.on("response", note)
    try:
        yield statuses
    finally:
        tab.page.remove_listener("response", note)


@pytest.mark.parametrize("key", WITHOUT_SCRIPT)
def test_a_switch_works_without_script(chromium: Chromium, key: str) -> None:
    switch = next(each for each in CLICKED if each.key == key)
    with chromium.tab("en", script=False) as tab:
        click(tab, switch)
        arrived = tab.page.locator("h1", has_text=heading(switch, "en"))
        tab.page.locator("#post button").or_(arrived).first.wait_for()
        if not arrived.count():
            tab.page.click("#post button")
        tab.shows(heading(switch, "en"))
        if switch.end is not LET_IN:
            nobody_is_logged_in(tab)


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_switches_are_readable_by_everybody(chromium: Chromium, language: str) -> None:
    with chromium.tab(language) as tab:
        go_to_picker(tab)
        tab.check()
        tab.page.evaluate(OPEN_ALL)
        tab.check()
        tab.page.goto(f"{tab.demo.simulator_url}/?lang={language}")
        tab.page.evaluate(OPEN_ALL)
        tab.check()
