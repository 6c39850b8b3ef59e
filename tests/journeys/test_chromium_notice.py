"""The operator's notice, the closed login, and two tabs in a real browser, with everything every page is held to."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.chromium import Chromium, running_chromium
from tests.demo_process import DemoProcess

pytestmark = pytest.mark.browser

SAID = ("--da", "Vi opdaterer katalogerne i aften.", "--en", "We update the directories tonight.")
CLOSED = {"da": "Her er lukket for login lige nu", "en": "Login is closed right now"}
ALIKE = 16  # answers one after the other: then all workers have looked, which they do every three seconds
PATIENCE = 30.0  # seconds


@pytest.fixture(scope="module")
def chromium(demo: DemoProcess) -> Iterator[Chromium]:
    with running_chromium(demo) as running:
        yield running


def command(demo: DemoProcess, *arguments: str) -> None:
    (settings,) = demo.folder.rglob("config.toml")
    line = [sys.executable, "-m", "resetapp", "--config", str(settings), "notice", *arguments]
    subprocess.run(line, check=True, capture_output=True, timeout=60)


def wait_until_every_worker_knows(demo: DemoProcess, told: bool) -> None:
    """Each request is a connection of its own, and so any worker's."""
    end, alike = time.monotonic() + PATIENCE, 0
    while alike < ALIKE:
        assert time.monotonic() < end, "the workers do not look"
        with urllib.request.urlopen(f"{demo.url}/privacy", timeout=10) as answer:
            alike = alike + 1 if (b'class="until"' in answer.read()) is told else 0
        time.sleep(0.02)


@pytest.fixture
def closed(demo: DemoProcess) -> Iterator[None]:
    """The login is off, as the command leaves it, while the demo runs."""
    command(demo, "set", *SAID, "--until", "2099-01-01T12:00", "--login-off")
    wait_until_every_worker_knows(demo, told=True)
    yield
    command(demo, "clear")
    wait_until_every_worker_knows(demo, told=False)


@pytest.mark.usefixtures("closed")
def test_the_closed_login_and_the_notice_on_every_page(chromium: Chromium) -> None:
    for language in CLOSED:
        with chromium.tab(language) as tab:
            for path in ("/", "/login", "/privacy"):
                tab.open(path)
                expect(tab.page.get_by_role("complementary").locator(".until")).to_be_visible()
                tab.check()
            tab.open("/login")
            tab.shows(CLOSED[language])


def test_two_tabs_log_in_and_the_form_of_the_earlier_one_leads_on(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.open("/")
        tab.page.click(".mitid")
        other = tab.page.context.new_page()
        other.goto(f"{chromium.demo.url}/")
        other.click(".mitid")
        for page in (tab.page, other):
            page.click("button[value=freja]")
            page.wait_for_url(f"{chromium.demo.url}/password")
        tab.save("grøn cykel under bro")
        tab.shows("Du har logget på igen i mellemtiden")
        tab.check()
        tab.page.click("main .btn")
        tab.shows("Vælg en ny adgangskode")
