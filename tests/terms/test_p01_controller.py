"""P1: the controller's contact, ours first and WAYF's not copied."""

from collections.abc import Callable

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state, without


def test_it_holds(look: Inspection) -> None:
    assert state("P1", look) is State.DECLARED


def test_an_empty_one_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("P1", looking(terms={"controller": ""})) == {"controller"}


def test_red_when_ours_is_not_first(look: Inspection) -> None:
    heading = "<h1>{{ title }}</h1>"
    assert red("P1", without(look, "reset/privacy.html", heading, f"{heading}WAYF")) == {"P1.first"}


def test_red_when_wayfs_is_copied(look: Inspection) -> None:
    link = "{{ _('privacy.wayf_link') }}"
    assert red("P1", without(look, "reset/privacy.html", link, "sekretariat@wayf.dk")) == {"P1.no_copy"}
