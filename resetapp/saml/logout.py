"""Logout messages that arrive: the hub asks us to end a login, or answers our own request (wayf.md 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.saml.faults import Refused, need
from resetapp.saml.gate import Reception, need_issuer, status_codes
from resetapp.saml.instants import MESSAGE_LIFETIME, Clock, read_instant
from resetapp.saml.names import LOGOUT_REQUEST, LOGOUT_RESPONSE, LOGOUT_VOCABULARY, PARTIAL_LOGOUT, SAML, SAMLP, SUCCESS
from resetapp.saml.signatures import own_signature, verified_octets
from resetapp.saml.xml import Element, children, inspect, parse, text

_LOCAL_TIME_DRIFT = timedelta(hours=3)  # the hub writes local time with a Z into LogoutResponse (saml.md 2, row 4c)


@dataclass(frozen=True, slots=True)
class LogoutRequested:
    """The hub ends a login. `session_indexes` empty: every login of that NameID."""

    message_id: str
    issuer: str
    name_id: str
    session_indexes: tuple[str, ...]
    relay_state: str | None
    expires_at: datetime  # from then on the message is refused for its age


@dataclass(frozen=True, slots=True)
class LogoutAnswered:
    """The hub's answer to our LogoutRequest `in_response_to`; whether that one waits is for the caller to know."""

    in_response_to: str
    success: bool  # of everything: with a second code beside Success it is less than that
    partial: bool = False  # here and there, not everywhere


def signed_octets(xml: bytes, hub_keys: Sequence[RSAPublicKey]) -> bytes:
    """A posted message: the signature is in the XML and covers all of it. Raises Refused."""
    message = parse(xml)
    inspect(message, LOGOUT_VOCABULARY)
    signature = own_signature(message)
    if signature is None:
        raise Refused("unsigned")
    return verified_octets(message, signature, hub_keys)


def logout_message(
    xml: bytes, relay_state: str | None, reception: Reception, now: datetime
) -> LogoutRequested | LogoutAnswered:
    """`xml` is verified. The root element tells what it is: the hub posts requests in the field SAMLResponse."""
    message, clock = parse(xml), reception.clock(now)
    inspect(message, LOGOUT_VOCABULARY)
    need(message.tag in (LOGOUT_REQUEST, LOGOUT_RESPONSE), "not-a-logout-message")
    need(message.get("Version") == "2.0", "version")
    need(message.get("Destination") == reception.slo_url, "destination")
    need_issuer(message, reception.hub_entity_id, "issuer")
    issued = read_instant(message.get("IssueInstant"), "issue-instant")
    if message.tag == LOGOUT_REQUEST:
        return _request(message, relay_state, reception.hub_entity_id, issued, clock)
    return _answer(message, issued, clock)


def _request(message: Element, relay_state: str | None, issuer: str, issued: datetime, clock: Clock) -> LogoutRequested:
    clock.need_fresh(issued, "issue-instant")
    ends = [issued + MESSAGE_LIFETIME]
    if message.get("NotOnOrAfter") is not None:
        ends.append(read_instant(message.get("NotOnOrAfter"), "not-on-or-after"))
        clock.need_not_over(ends[-1], "not-on-or-after")
    _, name_id, *indexes = children(message, SAML + "Issuer", SAML + "NameID", *_session_index_tags(message))
    return LogoutRequested(
        message_id=_required(message, "ID"),
        issuer=issuer,
        name_id=text(name_id, "name-id"),
        session_indexes=tuple(text(index, "session-index") for index in indexes),
        relay_state=relay_state,
        expires_at=clock.last_chance(*ends),
    )


def _session_index_tags(message: Element) -> list[str]:
    return [SAMLP + "SessionIndex"] * (len(message) - 2)


def _answer(message: Element, issued: datetime, clock: Clock) -> LogoutAnswered:
    clock.need_fresh(issued, "issue-instant", drift=_LOCAL_TIME_DRIFT)
    _, status = children(message, SAML + "Issuer", SAMLP + "Status")
    codes = status_codes(status)
    asked = _required(message, "InResponseTo")
    return LogoutAnswered(asked, success=codes == [SUCCESS], partial=PARTIAL_LOGOUT in codes)


def _required(message: Element, attribute: str) -> str:
    value = message.get(attribute)
    if not value:
        raise Refused("shape")
    return value
