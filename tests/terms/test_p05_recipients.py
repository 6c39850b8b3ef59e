"""P5: our own recipients and processors."""

from collections.abc import Callable

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state, without


def test_they_are_shown_in_both_languages(look: Inspection) -> None:
    assert "demoen kører på denne maskine alene" in look.rehearsal.get("/privacy").text
    assert "the demo runs on this machine alone" in look.rehearsal.get("/privacy?lang=en").text
    assert state("P5", look) is State.DECLARED


def test_none_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("P5", looking(terms={"recipients": (), "recipients_en": ()})) == {"recipients", "recipients_en"}


def test_red_when_the_page_is_silent(look: Inspection) -> None:
    assert red("P5", without(look, "macros/recipients.html", "{{ recipient }}")) == {"P5.shown"}
