"""T1: the general terms first, then the special ones, both with their dates."""

from collections.abc import Callable
from datetime import date

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state


def test_both_dates_are_told(look: Inspection) -> None:
    assert state("T1", look) is State.DECLARED


def test_a_date_left_out_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"general_terms_accepted_on": None})
    assert missing("T1", look) == {"general_terms_accepted_on"}


def test_red_in_the_wrong_order_or_with_a_date_to_come(looking: Callable[..., Inspection]) -> None:
    early, late = date(2026, 1, 5), date(2026, 2, 5)
    wrong = looking(terms={"general_terms_accepted_on": late, "nemlogin_terms_accepted_on": early})
    assert red("T1", wrong) == {"T1.order"}
    assert red("T1", looking(terms={"nemlogin_terms_accepted_on": date(2999, 1, 1)})) == {"T1.order"}
