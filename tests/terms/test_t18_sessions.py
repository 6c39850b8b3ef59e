"""T18: sessions end without activity, and within eight hours whatever one does."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from resetapp.saml import profile, sending
from resetapp.terms import login as terms_login
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import red, state


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


def test_red_when_the_settings_take_more(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms_login, "VISITS", lambda value, at: value)
    assert red("T18", look) == {"T18.longer_refused"}
