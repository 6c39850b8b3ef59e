"""P9: one may complain to Datatilsynet."""

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def test_it_holds(look: Inspection) -> None:
    assert 'href="https://www.datatilsynet.dk/"' in look.rehearsal.get("/privacy").text
    assert state("P9", look) is State.HOLDS


def test_red_without_the_link(look: Inspection) -> None:
    assert red("P9", without(look, "reset/privacy.html", 'href="https://www.datatilsynet.dk/"')) == {"P9.link"}
