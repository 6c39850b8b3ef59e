"""T20: when WAYF blocks the access, the rest stays up, and one switch closes the login."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import request

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.web import problems
from resetapp.web import saml as web_saml
from tests.terms.looking import red, state


def test_the_switch_keeps_out_also_who_was_on_the_way(look: Inspection) -> None:
    with ExitStack() as ends:
        closed = look.record(replace(look.settings.terms, login=False))
        there = look.rehearsal.log_in(meanwhile=lambda: ends.enter_context(closed))
    assert there.answer.status_code == 403
    assert not look.rehearsal.logged_in(there.browser)


def test_it_holds(look: Inspection) -> None:
    assert state("T20", look) is State.HOLDS


def test_red_when_the_switch_does_nothing(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_saml, "_demand_open", lambda: None)
    assert red("T20", look) == {"T20.switch", "T20.nobody_late"}


def test_red_when_who_is_on_the_way_is_let_in(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    demand = web_saml._demand_open
    monkeypatch.setattr(web_saml, "_demand_open", lambda: None if request.endpoint == "saml.acs" else demand())
    assert red("T20", look) == {"T20.nobody_late"}


def test_red_when_an_error_of_the_hub_is_one_of_ours(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(problems, "explain")
    assert "T20.stays_up" in red("T20", look)
