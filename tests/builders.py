"""Values for tests, honest by default and changed by keyword. All CPR numbers have the day + 60: they are nobody's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount
from resetapp.core.candidates import Candidate
from resetapp.core.cpr import CprNumber
from resetapp.core.people import AssuranceLevel, AuthenticatedPerson, SamlLogin
from resetapp.settings import Terms
from resetapp.storage.audit import Journal

A_RECORD = Terms(
    authority="Eksempel Universitet",
    cvr_number="01234560",
    role="authority",
    task="Administration af konti",
    general_terms_accepted_on=date(2026, 1, 5),
    nemlogin_terms_accepted_on=date(2026, 2, 5),
    terms_version="Januar 2026",
    reviewed_on=date(2026, 11, 1),
    risk_assessment="Sag 2026-0001",
    controller="Eksempel Universitet, Eksempelvej 1, 0000 Eksempel",
    recipients=("Drift A/S (databehandler)",),
    recipients_en=("Drift A/S (processor)",),
    rights_contact="rettigheder@example.dk",
    breach_contact="Vagten, +45 00 00 00 00",
)
"""A terms record that is complete."""
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JOURNAL = Journal(bytes(range(32)))
FREJA = CprNumber.parse("6101901234")
PERSON_KEY = b"k" * 32


class Clock:
    """The only fake there is: a clock that stands until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def a_saml_login(**changes: Any) -> SamlLogin:
    login = SamlLogin(
        issuer="https://hub.example",
        name_id="_nameid-1",
        name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        name_qualifier=None,
        sp_name_qualifier="https://sp.example",
        session_index="_index-1",
        authenticated_at=NOON,
        ends_at=None,
        assertion_id="_assertion-1",
        assertion_expires_at=NOON + timedelta(minutes=5),
    )
    return replace(login, **changes)


def a_person(cpr: CprNumber = FREJA, name: str = "Freja Holm", **login: Any) -> AuthenticatedPerson:
    return AuthenticatedPerson(cpr, name, AssuranceLevel.SUBSTANTIAL, a_saml_login(**login))


def an_account(username: str = "freja", **changes: Any) -> DirectoryAccount:
    account = DirectoryAccount(
        key=AccountKey("people", f"id-{username}"),
        dn=f"uid={username},ou=people,dc=example,dc=dk",
        username=username,
        display_name="Freja Holm",
        names=("Freja", "Holm"),
        state=AccountState.ACTIVE,
        cpr_numbers=frozenset({FREJA}),
    )
    return replace(account, **changes)


INVENTED_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="24" viewBox="0 0 60 24">'
    '<style>circle { fill: #ffffff }</style><circle cx="30" cy="12" r="10"/></svg>\n'
)
"""A picture of our own, in the place of the official mark."""


def a_candidate(key: AccountKey, username: str) -> Candidate:
    return Candidate.of(an_account(username, key=key))
