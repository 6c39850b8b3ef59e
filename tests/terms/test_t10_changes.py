"""T10: which version was read, and that somebody looks again in time."""

from collections.abc import Callable
from datetime import timedelta

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state


def test_it_holds(look: Inspection) -> None:
    assert state("T10", look) is State.DECLARED


def test_red_when_nobody_has_looked_for_too_long(look: Inspection, looking: Callable[..., Inspection]) -> None:
    old = look.now.date() - timedelta(days=187)
    assert red("T10", looking(terms={"reviewed_on": old})) == {"T10.reviewed"}
    assert red("T10", looking(terms={"reviewed_on": old, "review_months": 7})) == set()


def test_what_was_not_read_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"terms_version": "", "reviewed_on": None})
    assert missing("T10", look) == {"terms_version", "reviewed_on"}
