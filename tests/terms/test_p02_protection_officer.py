"""P2: the data protection officer's contact."""

from collections.abc import Callable

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def test_it_holds(look: Inspection) -> None:
    assert "dpo@example.dk" in look.rehearsal.get("/privacy").text
    assert state("P2", look) is State.HOLDS


def test_red_when_it_is_not_shown(looking: Callable[..., Inspection]) -> None:
    look = looking(institution={"privacy_contact": "raadgiver@example.dk"})
    assert red("P2", without(look, "reset/privacy.html", "{{ _('privacy.dpo', contact=contact) }}")) == {"P2.shown"}


def test_red_when_it_is_empty(looking: Callable[..., Inspection]) -> None:
    assert red("P2", looking(institution={"privacy_contact": ""})) == {"P2.shown"}
