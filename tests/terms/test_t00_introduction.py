"""T0: nobody logs in before the record is filled in, and the metadata tell the purpose."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from resetapp.settings import Terms
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.web import saml as web_saml
from tests.terms.looking import STANDS, missing, red, state


def test_with_an_empty_record_nobody_can_log_in_and_everything_else_works(look: Inspection) -> None:
    assert state("T0", look) in STANDS
    with look.record(Terms()) as rehearsal:
        start = rehearsal.get("/")
        assert "Her er ikke åbent for login" in start.text
        assert "+45 00 00 00 00" in start.text
        assert "Sign-in is not open here" in rehearsal.get("/?lang=en").text
        assert rehearsal.get("/login").status_code == 403
        for path in ("/", "/privacy", "/cookies", "/saml/metadata", "/theme.css"):
            assert rehearsal.get(path).status_code == 200


def test_a_complete_record_opens_the_login(look: Inspection) -> None:
    with look.record(look.settings.terms) as rehearsal:
        assert "Log ind med MitID" in rehearsal.get("/").text
        assert rehearsal.logged_in(rehearsal.log_in().browser)


def test_one_key_left_empty_keeps_it_closed(look: Inspection) -> None:
    with look.record(replace(look.settings.terms, risk_assessment="")) as rehearsal:
        assert not rehearsal.logged_in(rehearsal.log_in().browser)


def test_red_when_the_login_is_open_all_the_same(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_saml, "_demand_open", lambda: None)
    assert red("T0", look) == {"T0.closed_when_empty"}


def test_red_without_a_purpose(looking: Callable[..., Inspection]) -> None:
    assert red("T0", looking(wayf={"purpose": "", "purpose_en": ""})) == {"T0.purpose"}


def test_an_agreement_without_a_date_is_still_to_be_declared(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"nemlogin_terms_accepted_on": None})
    assert state("T0", look) is State.TO_BE_DECLARED
    assert missing("T0", look) == {"nemlogin_terms_accepted_on"}
