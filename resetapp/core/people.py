"""Who logged in: what is left of a verified assertion."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from resetapp.core.cpr import CprNumber


class AssuranceLevel(IntEnum):
    """NSIS assurance levels in their order, so that ``>=`` reads as meant."""

    LOW = 1
    SUBSTANTIAL = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class SamlLogin:
    """What single logout and replay protection need to know of a login. All times are aware and in UTC."""

    issuer: str
    name_id: str
    name_id_format: str
    name_qualifier: str | None
    sp_name_qualifier: str | None
    session_index: str | None
    authenticated_at: datetime
    ends_at: datetime | None  # SessionNotOnOrAfter: the hub's own limit for this login
    assertion_id: str
    assertion_expires_at: datetime  # after this moment the assertion would be refused anyway


@dataclass(frozen=True, slots=True)
class AuthenticatedPerson:
    """A person vouched for by a verified assertion. Lives from the assertion consumer service to the match."""

    cpr: CprNumber
    name: str
    assurance: AssuranceLevel
    login: SamlLogin
