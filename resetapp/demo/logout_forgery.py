"""Logout messages, honest and false: whoever believes the false ones logs people out that have not asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from resetapp.demo.hub_memory import Participation
from resetapp.demo.messages import HubKey, SignatureAlgorithm, logout_request, logout_response, redirect_url

RELAY_STATE = "logout-everywhere"


@dataclass(frozen=True, slots=True)
class LogoutMaking:
    """What there is to make a logout message from."""

    issuer: str
    audience: str
    location: str
    named: Participation  # the login of this browser
    key: HubKey
    stranger: HubKey
    now: datetime
    message_id: str


LogoutForge = Callable[[LogoutMaking], str]  # the address with the message


def requested(key: str | None = "key", algorithm: str = "RSA_SHA256", **changes: object) -> LogoutForge:
    """A LogoutRequest, honest but for these values of `logout_request`; `key` names who signs, None: nobody."""

    def forge(making: LogoutMaking) -> str:
        signer = getattr(making, key) if key else None
        xml = request_xml(making, **changes)
        method = SignatureAlgorithm[algorithm]
        return redirect_url(making.location, "SAMLRequest", xml, RELAY_STATE, signer, method)

    return forge


def request_xml(making: LogoutMaking, **changes: object) -> bytes:
    """The LogoutRequest, not yet signed."""
    honest = {
        "issuer": making.issuer,
        "destination": making.location,
        "name_id": making.named.name_id,
        "name_id_format": making.named.name_id_format,
        "sp_name_qualifier": making.audience,
        "session_index": making.named.session_index,
        "now": making.now,
        "message_id": making.message_id,
    }
    return logout_request(**{**honest, **changes})  # type: ignore[arg-type]


def expired(making: LogoutMaking) -> str:
    return requested(not_on_or_after=making.now - timedelta(minutes=5))(making)


def answered(making: LogoutMaking) -> str:
    """A LogoutResponse, signed by the hub, that nobody waits for."""
    xml = logout_response(
        issuer=making.issuer, destination=making.location, in_response_to="_never-asked", now=making.now
    )
    return redirect_url(making.location, "SAMLResponse", xml, None, making.key)
