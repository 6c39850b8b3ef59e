"""T14: people from thirteen on are served."""

from typing import Any

import pytest

from resetapp import reset
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.trouble import LoginRefused
from tests.terms.looking import red, state, without


def test_a_pupil_is_let_in(look: Inspection) -> None:
    here = look.rehearsal.log_in("alma")
    assert look.rehearsal.logged_in(here.browser)
    assert state("T14", look) is State.HOLDS


def test_red_with_a_gate_for_adults(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    def adults_only(desk: Any, pending: Any, person: Any) -> Any:
        raise LoginRefused("age")

    monkeypatch.setattr(reset, "sign_in", adults_only)
    assert red("T14", look) == {"T14.young"}


def test_red_when_the_page_does_not_tell_the_age(look: Inspection) -> None:
    assert red("T14", without(look, "reset/start.html", "{{ _('start.no_mitid_age') }}")) == {"T14.told"}
