"""P6: the page tells where the data come from."""

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def test_it_holds(look: Inspection) -> None:
    assert "fra WAYF, når du logger på" in look.rehearsal.get("/privacy").text
    assert state("P6", look) is State.HOLDS


def test_red_when_the_page_is_silent(look: Inspection) -> None:
    assert red("P6", without(look, "reset/privacy.html", "{{ _('privacy.data') }}")) == {"P6.told"}
