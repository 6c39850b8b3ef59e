"""P3: purpose and legal basis, and no consent."""

from collections.abc import Callable

import pytest

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def test_it_holds(look: Inspection) -> None:
    assert "artikel 6, stk. 1, litra e" in look.rehearsal.get("/privacy").text
    assert state("P3", look) is State.HOLDS


def test_another_basis_is_shown(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"legal_basis": "en anden lov", "legal_basis_en": "another act"})
    assert "Grundlaget er en anden lov." in look.rehearsal.get("/privacy").text
    assert state("P3", look) is State.HOLDS


@pytest.mark.parametrize(
    ("words", "instead", "points"),
    [
        ("{{ _('privacy.purpose') }}", "", {"P3.purpose"}),
        ("{{ _('privacy.legal', basis=record.legal_basis) }}", "", {"P3.basis", "P3.cpr_basis"}),
        ("{{ _('privacy.legal', basis=record.legal_basis) }}", "{{ record.legal_basis }}", {"P3.cpr_basis"}),
        ("{{ _('privacy.cpr') }}", '<input type="checkbox">', {"P3.no_consent"}),
    ],
)
def test_red_when_the_page_says_otherwise(look: Inspection, words: str, instead: str, points: set[str]) -> None:
    assert red("P3", without(look, "reset/privacy.html", words, instead)) == points
