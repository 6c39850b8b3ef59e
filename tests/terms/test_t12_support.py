"""T12: users get the institution's support and a code; status pages stand in their order."""

from collections.abc import Callable

import pytest

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from resetapp.web import problems
from tests.terms.looking import red, state, without


def test_error_pages_show_our_support_and_a_code(rehearsal: Rehearsal) -> None:
    for answer in (rehearsal.get("/no-such-page"), rehearsal.fail_at_hub()):
        assert "support@example.dk" in answer.text
        assert 'class="code"' in answer.text


def test_it_holds(look: Inspection) -> None:
    assert state("T12", look) is State.HOLDS


def test_red_with_wayf_first(looking: Callable[..., Inspection]) -> None:
    urls = ("https://www.wayf.dk/", "https://digst.dk/")
    assert red("T12", looking(terms={"status_urls": urls})) == {"T12.order"}


def test_red_when_wayf_is_given_as_support(looking: Callable[..., Inspection]) -> None:
    assert red("T12", looking(institution={"support_email": "sekretariat@wayf.dk"})) == {"T12.not_wayfs"}


def test_red_without_a_code(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "reference_of_request", lambda: None)
    assert red("T12", look) == {"T12.reference"}


def test_red_without_our_support(look: Inspection) -> None:
    assert "T12.ours" in red("T12", without(look, "base.html", "{{ help(reference|default(none)) }}"))
