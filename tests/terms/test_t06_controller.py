"""T6: the institution is the controller, and the privacy page says so."""

from collections.abc import Callable

import pytest

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import missing, red, state, without


def test_the_page_names_the_controller_in_both_languages(rehearsal: Rehearsal) -> None:
    for language in ("da", "en"):
        assert "Eksempelvej 1, 0000 Eksempel" in rehearsal.get(f"/privacy?lang={language}").text


def test_it_holds(look: Inspection) -> None:
    assert state("T6", look) is State.DECLARED


def test_an_empty_controller_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("T6", looking(terms={"controller": ""})) == {"controller"}


def test_red_without_the_protection_officer(looking: Callable[..., Inspection]) -> None:
    look = looking(institution={"privacy_contact": "raadgiver@example.dk"})
    assert red("T6", without(look, "reset/privacy.html", "{{ _('privacy.dpo', contact=contact) }}")) == {"T6.dpo_shown"}


@pytest.mark.parametrize(
    ("words", "point"),
    [
        ("{{ record.controller }}", "T6.controller_shown"),
        ("{{ record.wayf_privacy_url }}", "T6.chain_shown"),
    ],
)
def test_red_when_the_page_is_silent(look: Inspection, words: str, point: str) -> None:
    assert red("T6", without(look, "reset/privacy.html", words)) == {point}
