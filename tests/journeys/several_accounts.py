"""The pages on which several accounts are chosen, and told of, in Chromium."""

import pytest
from playwright.sync_api import expect

from tests.chromium import Tab

SETTLED_WITHIN = 60_000  # milliseconds: the first look is after 15 seconds, and the page looks every 15
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def choose(tab: Tab, *usernames: str) -> None:
    for username in usernames:
        tab.page.check(f"label:has-text('{username}') input")
    tab.page.click("main form .btn:not(.second)")


def status_of(tab: Tab, username: str, status: str, timeout: int = 20_000) -> None:
    line = tab.page.locator("li.card").filter(has=tab.page.locator(f"strong:text-is('{username}')"))
    expect(line.locator(".tag")).to_have_text(status, timeout=timeout)
