"""T9 and T11: own risk, another way, free of charge: accepted with the terms."""

from collections.abc import Callable

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state, without


def test_both_are_declared(look: Inspection) -> None:
    assert state("T9", look) is State.DECLARED
    assert state("T11", look) is State.DECLARED


def test_without_the_agreement_they_are_to_be_declared(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"nemlogin_terms_accepted_on": None, "risk_assessment": ""})
    assert missing("T9", look) == {"nemlogin_terms_accepted_on", "risk_assessment"}
    assert missing("T11", look) == {"nemlogin_terms_accepted_on"}


def test_red_without_another_way_on_the_page(look: Inspection) -> None:
    assert red("T9", without(look, "base.html", "{{ help(reference|default(none)) }}")) == {"T9.other_way"}
