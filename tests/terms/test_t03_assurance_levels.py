"""T3: the level is checked in every ticket, Substantial at least and at most."""

from collections.abc import Callable
from pathlib import Path

import pytest

from resetapp.core.people import AssuranceLevel
from resetapp.saml import attributes as saml_attributes
from resetapp.settings import load, shape
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import changed, missing, red, state, unread


@pytest.mark.parametrize("level", [(), ("Low",), ("2",), ("Substantial", "Low"), ("Ukendt",)])
def test_a_ticket_that_is_not_sure_enough_logs_nobody_in(rehearsal: Rehearsal, level: tuple[str, ...]) -> None:
    there = rehearsal.log_in(level=level)
    assert there.answer.status_code == 403
    assert not rehearsal.logged_in(there.browser)


def test_it_holds(look: Inspection) -> None:
    assert state("T3", look) is State.DECLARED


def test_red_when_low_is_let_in(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(saml_attributes._LEVELS, "Low", AssuranceLevel.SUBSTANTIAL)
    assert red("T3", look) == {"T3.every_ticket"}


def test_red_when_high_is_credited(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(saml_attributes._LEVELS, "High", AssuranceLevel.HIGH)
    assert red("T3", look) == {"T3.capped"}


def test_red_when_the_level_is_not_asked_for(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml_attributes, "_level", lambda *_: AssuranceLevel.SUBSTANTIAL)
    assert red("T3", look) == {"T3.every_ticket"}


def test_red_with_a_lower_minimum(looking: Callable[..., Inspection]) -> None:
    assert red("T3", looking(wayf={"minimum_level": AssuranceLevel.LOW})) == {"T3.minimum", "T3.every_ticket"}


def test_red_when_the_settings_take_high(look: Inspection, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unread(monkeypatch, shape.WAYF, "minimum_level", AssuranceLevel.HIGH)
    assert load(changed(installed, "high", "minimum_level", '"High"')).wayf.minimum_level is AssuranceLevel.HIGH
    assert red("T3", look) == {"T3.high_refused"}


def test_the_risk_assessment_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("T3", looking(terms={"risk_assessment": ""})) == {"risk_assessment"}
