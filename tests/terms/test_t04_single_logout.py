"""T4: WAYF's call ends the session before it is answered, with no cookie, and is always answered."""

from typing import Any

import pytest

from resetapp.saml.service_provider import ServiceProvider
from resetapp.storage import logins
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import red, state


def test_the_hub_ends_a_login_and_is_answered(rehearsal: Rehearsal) -> None:
    here, other = rehearsal.log_in(), rehearsal.log_in("noah")
    answer = rehearsal.end_at_hub(here)
    assert answer.location.startswith("https://hub.example/slo?SAMLResponse=")
    assert not rehearsal.logged_in(here.browser)
    assert rehearsal.logged_in(other.browser)


def test_it_holds(look: Inspection) -> None:
    assert state("T4", look) is State.HOLDS


def test_red_when_the_session_goes_on(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "end_logins_of", lambda *_: 0)
    assert red("T4", look) == {"T4.ended"}


def test_red_without_an_answer(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServiceProvider, "answer_logout", lambda *_: "https://hub.example/")
    assert red("T4", look) == {"T4.answered", "T4.answered_again"}


def test_red_when_the_answer_is_not_signed_by_us(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ServiceProvider.answer_logout

    def unsigned(*given: Any) -> str:
        return answer(*given).partition("&Signature=")[0] + "&Signature=AAAA"

    monkeypatch.setattr(ServiceProvider, "answer_logout", unsigned)
    assert red("T4", look) == {"T4.answered", "T4.answered_again"}


def test_red_when_only_the_first_request_is_answered(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, answered = ServiceProvider.answer_logout, []

    def once(*given: Any) -> str:
        answered.append(given)
        return answer(*given) if len(answered) == 1 else "https://hub.example/"

    monkeypatch.setattr(ServiceProvider, "answer_logout", once)
    assert red("T4", look) == {"T4.answered_again"}


def test_red_without_an_endpoint_in_the_metadata(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ServiceProvider.metadata
    monkeypatch.setattr(
        ServiceProvider,
        "metadata",
        lambda provider: whole(provider).replace(b"SingleLogoutService", b"ManageNameIDService"),
    )
    assert red("T4", look) == {"T4.registered"}
