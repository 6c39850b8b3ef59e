"""T18: sessions end without activity, and within eight hours whatever one does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from resetapp.saml import profile, sending
from resetapp.settings import load, shape
from resetapp.storage import logins
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import changed, red, state, unread


def test_an_idle_person_is_out(rehearsal: Rehearsal) -> None:
    here = rehearsal.log_in()
    rehearsal.forward(timedelta(minutes=9, seconds=59))
    assert rehearsal.logged_in(here.browser)
    rehearsal.forward(timedelta(minutes=10, seconds=1))
    assert not rehearsal.logged_in(here.browser)


@pytest.mark.parametrize("hours", [1, 8])
def test_it_holds(looking: Callable[..., Inspection], hours: int) -> None:
    assert state("T18", looking(visits={"absolute": timedelta(hours=hours)})) is State.HOLDS


def test_red_above_eight_hours(looking: Callable[..., Inspection]) -> None:
    assert red("T18", looking(visits={"absolute": timedelta(hours=8, seconds=1)})) == {"T18.limits"}


def test_red_when_no_limit_is_kept(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resetapp.web.guards.logins.is_over", lambda *_: False)
    assert red("T18", look) == {"T18.idle", "T18.absolute", "T18.hubs_end"}


def test_red_without_a_fresh_login(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    request = sending.samlp.AuthnRequest
    monkeypatch.setattr(sending.samlp, "AuthnRequest", lambda **said: request(**said | {"force_authn": None}))
    assert red("T18", look) == {"T18.fresh_login"}


def test_red_when_old_logins_are_taken(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "_LOGIN_BEFORE_REQUEST", timedelta(days=1))
    assert red("T18", look) == {"T18.old_login"}


def test_red_when_the_settings_take_more(look: Inspection, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    longer = timedelta(minutes=481)
    unread(monkeypatch, shape.VISITS, "absolute", longer)
    assert load(changed(installed, "longer", "absolute_minutes", "481")).visits.absolute == longer
    assert red("T18", look) == {"T18.longer_refused"}


def test_red_when_the_absolute_limit_is_not_the_one_that_is_set(
    look: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = logins.complete_login

    def all_day(db: Any, pending: Any, person: Any, absolute: timedelta, now: datetime) -> str:
        return complete(db, pending, person, timedelta(days=1), now)

    monkeypatch.setattr(logins, "complete_login", all_day)
    assert red("T18", look) == {"T18.limits", "T18.absolute"}


def test_red_when_the_hubs_end_is_passed_over(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    complete = logins.complete_login

    def deaf(db: Any, pending: Any, person: Any, *rest: Any) -> str:
        return complete(db, pending, replace(person, login=replace(person.login, ends_at=None)), *rest)

    monkeypatch.setattr(logins, "complete_login", deaf)
    assert red("T18", look) == {"T18.hubs_end"}


def test_red_when_idleness_is_passed_over(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = logins.is_over
    monkeypatch.setattr(logins, "is_over", lambda login, idle, now: is_over(login, timedelta(days=1), now))
    assert red("T18", look) == {"T18.idle"}
