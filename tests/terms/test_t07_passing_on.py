"""T7: we are a service and no broker, and nothing of the ticket leaves by a page, the log or the database."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from flask import redirect, request, session

from resetapp import matching
from resetapp.saml.service_provider import ServiceProvider
from resetapp.storage import logins
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from resetapp.web.house import services
from tests.terms.looking import red, state, without


def test_the_number_is_nowhere_after_a_login_and_a_new_password(rehearsal: Rehearsal) -> None:
    here = rehearsal.log_in()
    rehearsal.set_password(here)
    number = rehearsal.personal_number("freja")
    assert "password.set" in rehearsal.logged()
    assert number not in rehearsal.logged()
    assert number.encode() not in rehearsal.stored()


def test_it_holds(look: Inspection) -> None:
    assert state("T7", look) is State.HOLDS


def test_red_when_the_log_tells_the_number(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    match = matching.match

    def telling(cpr: Any, directories: Any) -> Any:
        logging.getLogger("resetapp").info("looking for %s", cpr.digits)
        return match(cpr, directories)

    monkeypatch.setattr(matching, "match", telling)
    assert red("T7", look) == {"T7.number_stays"}


def test_red_when_the_database_keeps_the_number(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    complete = logins.complete_login

    def keeping(db: Any, pending: Any, person: Any, *rest: Any) -> Any:
        return complete(db, pending, replace(person, login=replace(person.login, issuer=person.cpr.digits)), *rest)

    monkeypatch.setattr(logins, "complete_login", keeping)
    assert red("T7", look) == {"T7.number_stays"}


def test_red_when_a_page_shows_the_number(look: Inspection) -> None:
    number = look.rehearsal.personal_number("freja")
    assert red("T7", without(look, "reset/password.html", "<h1", f"{number}<h1")) == {"T7.number_stays"}


def test_red_when_the_log_tells_the_tickets_name(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    complete = logins.complete_login

    def telling(db: Any, pending: Any, person: Any, *rest: Any) -> Any:
        logging.getLogger("resetapp").info("login of %s", person.login.name_id)
        return complete(db, pending, person, *rest)

    monkeypatch.setattr(logins, "complete_login", telling)
    assert red("T7", look) == {"T7.names_stay"}


def test_red_with_an_address_that_issues_tickets(look: Inspection) -> None:
    def issue() -> Any:
        return redirect("https://other.example/acs?SAMLResponse=ticket") if "SAMLRequest" in request.args else ""

    look.rehearsal.app.add_url_rule("/saml/sso", "saml.sso", issue)
    assert red("T7", look) == {"T7.addresses", "T7.hands_nothing_on"}


def test_red_when_an_address_of_ours_hands_the_ticket_on(look: Inspection) -> None:
    def tell() -> str:
        token = session.get("token", "")
        with services().database.reading() as db:
            found = logins.find_login(db, token)
            return str(found.name_id) if found else ""

    look.rehearsal.app.view_functions["reset.cookies"] = tell
    assert red("T7", look) == {"T7.hands_nothing_on"}


def test_red_with_an_address_that_nobody_has_reviewed(look: Inspection) -> None:
    look.rehearsal.app.add_url_rule("/userinfo", "reset.userinfo", lambda: "", methods=["POST"])
    assert red("T7", look) == {"T7.addresses"}


def test_red_when_we_are_an_identity_provider_too(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ServiceProvider.metadata
    role = b"<md:IDPSSODescriptor/><md:Organization>"
    monkeypatch.setattr(
        ServiceProvider, "metadata", lambda provider: whole(provider).replace(b"<md:Organization>", role)
    )
    assert red("T7", look) == {"T7.no_broker"}
