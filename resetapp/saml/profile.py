"""What a verified assertion must say: for us, from the hub, now, about one login (SAML profiles 4.1.4.3).

Reads the octets that were signed and nothing else. Every question is asked of every assertion, whatever we asked for
and whatever the envelope said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from resetapp.core.people import SamlLogin
from resetapp.saml.faults import need
from resetapp.saml.gate import PendingLogin, Reception, need_issuer
from resetapp.saml.instants import MESSAGE_LIFETIME, Clock, read_instant
from resetapp.saml.names import BEARER, SAML
from resetapp.saml.xml import Element, children, text

_PARTS = [SAML + name for name in ("Issuer", "Subject", "Conditions", "AuthnStatement", "AttributeStatement")]
_ATTRIBUTE, _ATTRIBUTE_VALUE = SAML + "Attribute", SAML + "AttributeValue"
_LONGEST_NAME = 256  # SAML core 8.3.7: identifiers hold at most 256 characters
_LOGIN_BEFORE_REQUEST = timedelta(minutes=5)  # S-07: ForceAuthn asked for a new login, not for an old one


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the assertion says about the person, still as text: `attributes` by their names on the wire."""

    login: SamlLogin
    authorities: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]


def testimony(assertion: Element, reception: Reception, pending: PendingLogin, now: datetime) -> Testimony:
    """Raises Refused when any rule of the profile is broken."""
    clock = reception.clock(now)
    issued = _need_header(assertion, reception, pending, clock)
    _, subject, conditions, authn, statement = children(assertion, *_PARTS, reason="assertion-shape")
    name_id, confirmed_until = _subject(subject, reception, pending, clock)
    valid_until = _conditions(conditions, reception.entity_id, clock)
    expires_at = clock.last_chance(confirmed_until, valid_until, issued + MESSAGE_LIFETIME)
    return Testimony(
        login=_login(assertion, name_id, authn, pending, clock, reception.hub_entity_id, expires_at),
        authorities=_authorities(authn),
        attributes=_attributes(statement),
    )


def _need_header(assertion: Element, reception: Reception, pending: PendingLogin, clock: Clock) -> datetime:
    need(assertion.get("Version") == "2.0", "assertion-version")
    need_issuer(assertion, reception.hub_entity_id, "assertion-issuer")
    issued = read_instant(assertion.get("IssueInstant"), "assertion-issue-instant")
    clock.need_fresh(issued, "assertion-issue-instant")
    need(issued >= pending.requested_at - clock.skew, "assertion-issue-instant")
    return issued


def _subject(subject: Element, reception: Reception, pending: PendingLogin, clock: Clock) -> tuple[Element, datetime]:
    """The NameID and the moment until which the bearer may present the assertion."""
    name_id, confirmation = children(subject, SAML + "NameID", SAML + "SubjectConfirmation", reason="subject")
    _short(text(name_id, "name-id"), "name-id")
    need(confirmation.get("Method") == BEARER, "confirmation-method")
    (data,) = children(confirmation, SAML + "SubjectConfirmationData", reason="confirmation")
    children(data, reason="confirmation")
    need(data.get("Recipient") == reception.acs_url, "recipient")
    need(data.get("InResponseTo") == pending.request_id, "confirmation-in-response-to")
    need(data.get("NotBefore") is None, "confirmation-not-before")  # SAML profiles 4.1.4.2
    until = read_instant(data.get("NotOnOrAfter"), "confirmation-not-on-or-after")
    clock.need_not_over(until, "confirmation-not-on-or-after")
    return name_id, until


def _conditions(conditions: Element, entity_id: str, clock: Clock) -> datetime:
    """All conditions hold, and there is none that we do not know (SAML core 2.5.1.1). Their NotOnOrAfter."""
    clock.need_begun(read_instant(conditions.get("NotBefore"), "not-before"), "not-before")
    until = read_instant(conditions.get("NotOnOrAfter"), "not-on-or-after")
    clock.need_not_over(until, "not-on-or-after")
    known = {SAML + "AudienceRestriction", SAML + "OneTimeUse"}  # every assertion is used once here, asked for or not
    need(all(child.tag in known for child in conditions), "unknown-condition")
    restrictions = [child for child in conditions if child.tag == SAML + "AudienceRestriction"]
    need(bool(restrictions), "audience")
    for restriction in restrictions:  # several are AND, the audiences in one are OR (SAML core 2.5.1.4)
        need(all(child.tag == SAML + "Audience" for child in restriction), "audience")
        need(entity_id in [text(audience, "audience") for audience in restriction], "audience")
    return until


def _login(
    assertion: Element,
    name_id: Element,
    authn: Element,
    pending: PendingLogin,
    clock: Clock,
    issuer: str,
    expires_at: datetime,
) -> SamlLogin:
    return SamlLogin(
        issuer=issuer,
        name_id=text(name_id),
        name_id_format=name_id.get("Format") or "",
        name_qualifier=name_id.get("NameQualifier"),
        sp_name_qualifier=name_id.get("SPNameQualifier"),
        session_index=_session_index(authn),
        authenticated_at=_authenticated_at(authn, pending, clock),
        ends_at=_ends_at(authn, clock),
        assertion_id=_short(assertion.get("ID") or "", "assertion-id"),
        assertion_expires_at=expires_at,
    )


def _authenticated_at(authn: Element, pending: PendingLogin, clock: Clock) -> datetime:
    """A login that is older than our request was somebody's before us in this browser: ForceAuthn was not heeded."""
    instant = read_instant(authn.get("AuthnInstant"), "authn-instant")
    clock.need_begun(instant, "authn-instant")
    need(instant >= pending.requested_at - _LOGIN_BEFORE_REQUEST - clock.skew, "authn-instant")
    return instant


def _session_index(authn: Element) -> str | None:
    index = authn.get("SessionIndex")
    return None if index is None else _short(index, "session-index")


def _ends_at(authn: Element, clock: Clock) -> datetime | None:
    written = authn.get("SessionNotOnOrAfter")
    if written is None:
        return None
    ends_at = read_instant(written, "session-not-on-or-after")
    clock.need_not_over(ends_at, "session-not-on-or-after")
    return ends_at


def _authorities(authn: Element) -> tuple[str, ...]:
    """AuthenticatingAuthority, in the order of the chain: the last one spoke to the hub (wayf.md 3.3)."""
    parts = [child for child in authn if child.tag != SAML + "SubjectLocality"]
    need([part.tag for part in parts] == [SAML + "AuthnContext"], "authn-context")
    tags = [node.tag for node in parts[0]]
    need(
        tags == [SAML + "AuthnContextClassRef", *[SAML + "AuthenticatingAuthority"] * (len(tags) - 1)], "authn-context"
    )
    _class_ref, *authorities = [text(node, "authn-context") for node in parts[0]]
    return tuple(authorities)


def _attributes(statement: Element) -> Mapping[str, tuple[str, ...]]:
    """Attribute names are there once: of two with one name, which would count is up to the reader (row 26)."""
    found: dict[str, tuple[str, ...]] = {}
    for attribute in statement[:]:
        name, values = attribute.get("Name") or "", attribute[:]
        need(attribute.tag == _ATTRIBUTE and bool(name), "attribute-shape")
        need(name not in found, "attribute-twice")
        for value in values:
            need(value.tag == _ATTRIBUTE_VALUE and not len(value), "attribute-value")
        found[name] = tuple([value.text or "" for value in values])
    need(bool(found), "no-attributes")
    return found


def _short(value: str, reason: str) -> str:
    need(0 < len(value) <= _LONGEST_NAME, reason)
    return value
