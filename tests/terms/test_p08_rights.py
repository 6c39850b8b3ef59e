"""P8: whom to ask about one's rights."""

from collections.abc import Callable

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state, without


def test_it_holds(look: Inspection) -> None:
    assert "Henvend dig her: dpo@example.dk" in look.rehearsal.get("/privacy").text
    assert state("P8", look) is State.DECLARED


def test_an_empty_contact_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("P8", looking(terms={"rights_contact": ""})) == {"rights_contact"}


def test_red_when_the_page_is_silent(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"rights_contact": "rettigheder@example.dk"})
    words = "{{ _('privacy.rights_contact', contact=record.rights_contact) }}"
    assert red("P8", without(look, "reset/privacy.html", words)) == {"P8.shown"}
