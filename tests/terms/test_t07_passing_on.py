"""T7: we are a service and no broker, and nothing of the ticket leaves by a page, the log or the database."""

import logging
from typing import Any

import pytest

from resetapp import matching
from resetapp.saml.service_provider import ServiceProvider
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import red, state


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


def test_red_when_we_are_an_identity_provider_too(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ServiceProvider.metadata
    role = b"<md:IDPSSODescriptor/><md:Organization>"
    monkeypatch.setattr(
        ServiceProvider, "metadata", lambda provider: whole(provider).replace(b"<md:Organization>", role)
    )
    assert red("T7", look) == {"T7.no_broker"}
