"""T19: marks only with the login, and gone with it."""

from collections.abc import Callable
from dataclasses import replace

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def test_a_closed_login_leaves_no_mark_on_any_page(look: Inspection) -> None:
    with look.record(replace(look.settings.terms, login=False)) as rehearsal:
        for path in ("/", "/privacy", "/cookies", "/expired", "/signed-out", "/login", "/done", "/no-such-page"):
            for language in ("da", "en"):
                page = rehearsal.get(f"{path}?lang={language}").text
                assert "MitID" not in page
                assert "NemLog-in" not in page


def test_it_holds(look: Inspection) -> None:
    assert state("T19", look) is State.HOLDS


def test_red_with_a_mark_in_a_name(looking: Callable[..., Inspection]) -> None:
    assert red("T19", looking(wayf={"service_name": "MitID-adgangskode"})) == {"T19.own_names"}


def test_red_with_a_mark_in_the_address(looking: Callable[..., Inspection]) -> None:
    assert red("T19", looking(service={"public_url": "https://mitid.example.dk"})) == {"T19.own_names"}


def test_red_with_a_mark_in_a_title(look: Inspection) -> None:
    assert "T19.titles" in red("T19", without(look, "base.html", "<title>", "<title>MitID "))


def test_red_when_a_closed_login_leaves_a_mark(look: Inspection) -> None:
    without(look, "reset/privacy.html", "{% if login_open %}", "{% if true %}")
    assert red("T19", look) == {"T19.off_removes_all"}
