"""Somebody with accounts in two directories sets both in one visit, in a browser; also when one of them freezes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.chromium import Chromium, running_chromium
from tests.journeys.several_accounts import SCRIPT, SETTLED_WITHIN, choose, status_of
from tests.journeys.steps import GOOD
from tests.journeys.two_directories import TwoDirectories, two_directories
from tests.web.two_directories import GUEST, STAFF, STUDENT

pytestmark = [pytest.mark.browser, pytest.mark.slapd]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoDirectories]:
    with two_directories(tmp_path) as running:
        yield running


@pytest.fixture
def chromium(two: TwoDirectories) -> Iterator[Chromium]:
    with running_chromium(two) as running:
        yield running


@SCRIPT
def test_both_are_set_in_one_visit(chromium: Chromium, two: TwoDirectories, script: bool) -> None:
    with chromium.tab("en", script=script) as tab:
        tab.log_in("sofie")
        tab.shows("Which accounts need a new password?")
        tab.check()
        choose(tab, GUEST, STUDENT)
        tab.shows("Choose a new password")
        tab.check()
        tab.save(GOOD)
        tab.shows("Your password has been changed")
        status_of(tab, GUEST, "Changed")
        status_of(tab, STUDENT, "Changed")
        tab.check()
    assert two.opens(GOOD, GUEST, STUDENT, STAFF) == [GUEST, STUDENT]


def test_accounts_are_chosen_by_keyboard_alone(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.log_in("sofie")
        for place in (0, 2):
            tab.reach(f"#account-{place}")
            tab.page.keyboard.press("Space")
        tab.press("main form .btn:not(.second)")
        tab.shows("Vælg en ny adgangskode")
        expect(tab.page.locator("#accounts li strong")).to_have_text([GUEST, STUDENT])


@SCRIPT
def test_a_frozen_directory_is_told_and_settles_by_itself_after_the_thaw(
    chromium: Chromium, two: TwoDirectories, script: bool
) -> None:
    two.freeze_when_the_password_comes()
    with chromium.tab(script=script) as tab:
        tab.log_in("sofie")
        choose(tab, GUEST, STUDENT)
        tab.save(GOOD)
        tab.shows("Vi ved endnu ikke, om adgangskoden blev ændret")
        status_of(tab, STUDENT, "Ændret")
        status_of(tab, GUEST, "Uvist")
        if script:  # without it the page must load itself anew, which axe calls a fault whatever the reason
            tab.check()
        tab.page.click("text=Opdatér siden nu")
        status_of(tab, GUEST, "Uvist")
        two.thaw()
        status_of(tab, GUEST, "Sandsynligvis ændret", SETTLED_WITHIN)
        tab.shows("Vi kunne ikke afprøve den nye adgangskode på alle konti")
        status_of(tab, STUDENT, "Ændret")
        tab.check()
    assert two.opens(GOOD, GUEST, STUDENT) == [GUEST, STUDENT]
