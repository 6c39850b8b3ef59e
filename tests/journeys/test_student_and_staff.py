"""A student account in OpenLDAP and a staff account in Active Directory in one visit, also with the domain frozen.

Both servers are real, and each claim of the receipt is judged by logging in to them.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from resetapp.demo.slapd import SlapdUnavailable
from tests.chromium import Chromium, Tab, running_chromium
from tests.directory.binding import binds
from tests.journeys.several_accounts import SCRIPT, SETTLED_WITHIN, choose, status_of
from tests.journeys.student_and_staff import ANDERS, NEW, OLD, STUDENT, TEACHER, StudentAndStaff, student_and_staff
from tests.servers.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slapd, pytest.mark.samba]

NOT_KNOWN = "Vi ved endnu ikke, om adgangskoden blev ændret"


@pytest.fixture
def both(tmp_path: Path, samba_server: RunningServer) -> Iterator[StudentAndStaff]:
    try:
        with student_and_staff(tmp_path, samba_server) as running:
            yield running
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture
def chromium(both: StudentAndStaff) -> Iterator[Chromium]:
    with running_chromium(both) as running:
        yield running


def to_the_password(tab: Tab) -> None:
    tab.log_in(ANDERS)
    tab.shows("Hvilke konti skal have en ny adgangskode?")
    choose(tab, STUDENT, TEACHER)
    tab.shows("Vælg en ny adgangskode")


def tells(tab: Tab, student: str, teacher: str) -> None:
    status_of(tab, STUDENT, student)
    status_of(tab, TEACHER, teacher)


def still_told_when_loaded_again(tab: Tab) -> None:
    """With the browser's own button, and with the page's."""
    tab.page.reload()
    tells(tab, "Ændret", "Uvist")
    tab.page.click("text=Opdatér siden nu")
    tells(tab, "Ændret", "Uvist")


@SCRIPT
def test_both_are_set_in_one_visit(chromium: Chromium, both: StudentAndStaff, script: bool) -> None:
    assert both.opens(OLD) == [STUDENT, TEACHER]
    with chromium.tab(script=script) as tab:
        to_the_password(tab)
        tab.save(NEW)
        tab.shows("Din adgangskode er ændret")
        tells(tab, "Ændret", "Ændret")
        tab.check()
    assert both.opens(NEW) == [STUDENT, TEACHER]
    assert both.opens(OLD) == []


def test_a_change_that_the_frozen_domain_makes_after_the_thaw_is_found(
    chromium: Chromium, both: StudentAndStaff
) -> None:
    both.freeze_when_the_password_comes()
    with chromium.tab() as tab:
        to_the_password(tab)
        tab.save(NEW)
        tab.shows(NOT_KNOWN)
        tells(tab, "Ændret", "Uvist")
        still_told_when_loaded_again(tab)
        both.thaw()
        status_of(tab, TEACHER, "Sandsynligvis ændret", SETTLED_WITHIN)
        tab.shows("Vi kunne ikke afprøve den nye adgangskode på alle konti")
        status_of(tab, STUDENT, "Ændret")
        tab.check()
    assert both.opens(NEW) == [STUDENT, TEACHER]
    assert both.opens(OLD) == []
    assert len(both.proxy.modifies) == 1


def test_a_change_that_the_frozen_domain_never_got_is_told_after_the_thaw(
    chromium: Chromium, both: StudentAndStaff
) -> None:
    """Nothing is known while the domain stands still, and nothing is concluded before the fence."""
    both.freeze_when_the_password_comes(lost=True)
    with chromium.tab() as tab:
        to_the_password(tab)
        tab.save(NEW)
        tab.shows(NOT_KNOWN)
        tells(tab, "Ændret", "Uvist")
        both.wait_for_a_look_in_vain()
        still_told_when_loaded_again(tab)
        both.thaw()
        both.let_pass(timedelta(minutes=2))
        status_of(tab, TEACHER, "Ikke ændret", SETTLED_WITHIN)
        tab.shows("Ikke alle konti fik den nye adgangskode")
        status_of(tab, STUDENT, "Ændret")
        tab.check()
    assert both.opens(NEW) == [STUDENT]
    assert both.opens(OLD) == [TEACHER]
    assert len(both.proxy.modifies) == 1


@SCRIPT
def test_a_domain_that_is_frozen_before_anything_is_sent_costs_the_other_account_nothing(
    chromium: Chromium, both: StudentAndStaff, script: bool
) -> None:
    with chromium.tab(script=script) as tab:
        to_the_password(tab)
        both.ice.freeze()
        tab.save(NEW)
        expect(tab.page.locator("[role=alert]")).to_contain_text(f"Kontoen {TEACHER} er taget ud")
        assert binds(both.students, STUDENT, OLD)
        tab.save(NEW)
        tab.shows("Ikke alle konti fik den nye adgangskode")
        tells(tab, "Ændret", "Ikke ændret")
        both.thaw()
        assert both.opens(NEW) == [STUDENT]
        assert both.opens(OLD) == [TEACHER]
        tab.page.click(f"text=Vælg en anden adgangskode til {TEACHER}")
        tab.save(NEW)
        tab.shows("Din adgangskode er ændret")
        tells(tab, "Ændret", "Ændret")
    assert both.opens(NEW) == [STUDENT, TEACHER]
    assert both.opens(OLD) == []
