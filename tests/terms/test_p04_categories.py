"""P4: as few attributes as possible, and the page lists exactly those."""

import pytest

from resetapp.saml import metadata as saml_metadata
from resetapp.saml.attributes import DISPLAY_NAME, REQUESTED
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.web import about
from tests.terms.looking import red, state


def test_it_holds(look: Inspection) -> None:
    assert "<li>dit CPR-nummer</li>" in look.rehearsal.get("/privacy").text
    assert state("P4", look) is State.HOLDS


def test_red_when_more_is_asked_for(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml_metadata, "REQUESTED", (*REQUESTED, DISPLAY_NAME))
    assert red("P4", look) == {"P4.fewest"}


def test_red_when_the_page_lists_less(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(about, "REQUESTED", REQUESTED[:1])
    assert red("P4", look) == {"P4.listed"}


def test_red_when_the_page_lists_more(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml_metadata, "REQUESTED", REQUESTED[:2])
    assert red("P4", look) == {"P4.listed"}
