"""The demo's console in its first minute: each of the staff finds something on each page, and can go on with it."""

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest

from resetapp.demo.people import person
from tests.browser import Browser, Page
from tests.demo_process import DemoProcess, running_demo
from tests.journeys.steps import choose_password, log_in

NEW = "Grøn-Cykel-Under-Bro-31"
NANNA, NORA = (person(key).accounts[0].username for key in ("nanna", "nora"))
PAGES = {
    "tove": {
        "/staff/look-up",
        "/staff/codes",
        "/staff/events",
        "/staff/mappings",
        "/staff/statistics",
        "/staff/status",
    },
    "malte": {"/staff/mappings", "/staff/mappings/new", "/staff/mappings/import", "/staff/statistics"},
    "gry": {"/staff/mappings", "/staff/codes", "/staff/statistics"},
}

WITH_EXAMPLE = ("/new", "/change")  # pages that say how a CPR number is written


@pytest.fixture(scope="module")
def console() -> Iterator[DemoProcess]:
    with running_demo() as running:
        yield running


def enter(console: DemoProcess, key: str) -> Browser:
    """Through the simulator into the console: a login of just now."""
    browser = Browser(checked=console.url)
    browser.open(f"{console.url}/staff/")
    browser.link("//main//a[contains(@class, 'mitid')]")
    browser.submit("//form[.//button[@name='person']]", person=key)
    assert browser.submit("//form[.//input[@name='SAMLResponse']]").path == "/staff/"
    return browser


def words(page: Page) -> str:
    return " ".join(page.tree.xpath("string(//main)").split())


def walked(browser: Browser, start: str) -> dict[str, Page]:
    """Every page of the console that links lead to, each path once.

    Those with a number as an example are not asked whether they hold one.
    """
    found: dict[str, Page] = {}
    waiting = {path_of(start): start}
    while waiting:
        path, url = waiting.popitem()
        browser.checked = "nowhere" if path.endswith(WITH_EXAMPLE) else start
        page = found[path] = browser.open(url)
        links = page.tree.xpath("//a/@href") if page.is_page else []
        there = {path_of(each): each for each in (urljoin(page.url, str(link)) for link in links)}
        waiting |= {path: url for path, url in there.items() if url.startswith(start) and path not in found}
    return found


def path_of(url: str) -> str:
    return urlsplit(url).path


def request_of(browser: Browser, console: DemoProcess, heading: str) -> Page:
    """The page of what waits under this heading in the list."""
    browser.open(f"{console.url}/staff/mappings")
    return browser.link(f"//main//a[normalize-space()='{heading}']")


@pytest.mark.parametrize("key", PAGES)
def test_every_page_that_the_links_lead_to_answers(console: DemoProcess, key: str) -> None:
    found = walked(enter(console, key), f"{console.url}/staff/")
    assert {path: page.status for path, page in found.items() if page.status != 200} == {}
    assert found.keys() >= PAGES[key]


def test_the_list_shows_each_state_in_the_first_look(console: DemoProcess) -> None:
    browser = enter(console, "malte")
    told = words(browser.open(f"{console.url}/staff/mappings"))
    for expected in (f"Tilknyt {NANNA}", "Nyt CPR-nummer, konti: 1", "Fil med linjer: 5", "Ejeren får det at vide."):
        assert expected in told
    for expected in ("Stoppet af ejeren", "Godkendt, gælder fra", "Gælder fra"):
        assert expected in told


def test_support_finds_what_somebody_did_and_reads_who_of_the_staff_did_what(console: DemoProcess) -> None:
    browser = enter(console, "tove")
    browser.open(f"{console.url}/staff/look-up")
    told = words(browser.submit("//main//form", text="saos"))
    assert "Adgangskode ændret og prøvet i Campus" in told
    browser.open(f"{console.url}/staff/events")
    told = words(browser.submit("//main//form[contains(@class, 'filter')]", event="mapping.approved"))
    assert "gryh godkendte" in told
    assert "aita" in told
    assert "zono" in words(browser.open(f"{console.url}/staff/codes"))


def test_the_trail_of_all_that_was_invented_is_whole(console: DemoProcess) -> None:
    command = [sys.executable, "-m", "resetapp", "--config", str(console.folder / "config.toml"), "audit", "verify"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_the_approver_cannot_approve_what_she_asked_for(console: DemoProcess) -> None:
    browser = enter(console, "gry")
    page = request_of(browser, console, "Tilknyt inha")
    assert "En anden end den, der bad om det, skal gøre det" in words(page)
    assert page.tree.xpath("//form[contains(@action, 'approve')]") == []


def test_a_file_that_waits_is_approved_on_its_own_page(console: DemoProcess) -> None:
    browser = enter(console, "gry")
    page = request_of(browser, console, "Fil med linjer: 5")
    assert page.path.startswith("/staff/mappings/import/")
    assert page.tree.xpath("//form[contains(@action, 'approve')]")


def test_who_is_mapped_chooses_a_password_at_once(console: DemoProcess) -> None:
    browser = Browser(checked=console.url)
    page = log_in(browser, console, "nora")
    assert page.path == "/password"
    assert NORA in words(page)
    assert choose_password(browser, NEW).path == "/done"
    assert console.binds(NORA, NEW)


def test_the_approver_approves_and_the_student_still_has_to_wait(console: DemoProcess) -> None:
    student = Browser(checked=console.url)
    assert log_in(student, console, "nanna").heading == "Vi fandt ingen konto"
    browser = enter(console, "gry")
    request_of(browser, console, f"Tilknyt {NANNA}")
    approved = browser.submit("//form[contains(@action, 'approve')]")
    told = ("Godkendt, men ejeren har ikke fået besked: gælder først fra", "Godkendt, gælder fra")
    assert any(each in words(approved) for each in told)  # the mail takes some seconds
    student = Browser(checked=console.url)
    page = log_in(student, console, "nanna")
    assert page.heading == "Du har ingen konto, der kan få ny adgangskode her"
    assert NANNA in words(page)


def test_the_command_line_takes_the_numbers_of_the_invented_as_the_console_does(console: DemoProcess) -> None:
    command = [sys.executable, "-m", "resetapp", "--config", str(console.folder / "config.toml")]
    rows = f"cpr;username\n{person('nanna').cpr};luwe\n{person('freja').cpr};nobody-at-all\n"
    asked = [*command, "mapping", "import", "-", "--dry-run"]
    told = subprocess.run(asked, input=rows, capture_output=True, text=True, check=False)
    lines = [each for each in told.stdout.splitlines() if each.startswith("Line")]
    assert lines == ["Line 3: the account does not exist (nobody-at-all)"]
