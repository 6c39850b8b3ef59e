"""The order in which an arriving Response is judged. Cheap questions first, private keys late, values last.

1. octets: size, base64, strict XML, known elements only, one owner per ID     (xml.py)
2. envelope: is it for us, from the hub, an answer to this browser's request?  (here)
3. status: anything but Success ends here; it only picks a page                (here)
4. the Response's own signature, if it has one                                (signatures.py)
5. decryption of the one EncryptedAssertion                                   (decryption.py)
6. the assertion's own signature, over exactly that assertion                 (signatures.py)
7. the octets that were signed are parsed anew: from here on nothing else is read
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.core.outcomes import Outcome
from resetapp.saml.decryption import decrypted_assertion
from resetapp.saml.faults import Refused, need
from resetapp.saml.instants import Clock, read_instant
from resetapp.saml.keys import DecryptionKey
from resetapp.saml.names import (
    ASSERTION,
    ASSERTION_VOCABULARY,
    ENCRYPTED_ASSERTION,
    ENTITY_FORMAT,
    RESPONSE,
    RESPONSE_VOCABULARY,
    SAML,
    SAMLP,
    STATUS,
    SUCCESS,
)
from resetapp.saml.signatures import own_signature, verified_octets
from resetapp.saml.xml import Element, inspect, parse, text

_FAILED_AT_THE_HUB: Mapping[str, tuple[str, Outcome]] = {
    STATUS + "AuthnFailed": ("authn-failed", Outcome.CANCELLED),
    STATUS + "RequestDenied": ("request-denied", Outcome.CANCELLED),
    STATUS + "NoAuthnContext": ("no-authn-context", Outcome.LOGIN_FAILED),
    STATUS + "NoPassive": ("no-passive", Outcome.LOGIN_FAILED),
}


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """The AuthnRequest of this browser that waits for its answer."""

    request_id: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Reception:
    """What is the same for every message that arrives: who we are, and whom we trust."""

    entity_id: str
    acs_url: str
    slo_url: str
    hub_entity_id: str
    allow_cbc: bool
    clock_skew: timedelta
    request_lifetime: timedelta

    def clock(self, now: datetime) -> Clock:
        return Clock(now, self.clock_skew)


class Keys(NamedTuple):
    """Those of the moment: with which the hub signs, and with which we open."""

    hub: Sequence[RSAPublicKey]
    decryption: Sequence[DecryptionKey]


def verified_assertion(xml: bytes, reception: Reception, keys: Keys, pending: PendingLogin, now: datetime) -> Element:
    """The assertion as it was signed, ready to be read by `profile`. Raises Refused."""
    response = parse(xml)
    need(response.tag == RESPONSE, "not-a-response")
    need(next(response.iter(ASSERTION), None) is None, "plain-assertion")  # S-01: the hub encrypts, always
    inspect(response, RESPONSE_VOCABULARY)
    _need_ours(response, reception, pending, now)
    signature = own_signature(response)
    encrypted = _encrypted_assertion(response, signature)
    if signature is not None:
        verified_octets(response, signature, keys.hub)
    assertion = decrypted_assertion(encrypted, keys.decryption, reception.allow_cbc)
    return _as_signed(assertion, keys.hub, response_is_signed=signature is not None)


def _need_ours(response: Element, reception: Reception, pending: PendingLogin, now: datetime) -> None:
    """All that can be asked before a private key is used. Nothing of it is signed; the assertion must say it again."""
    clock = reception.clock(now)
    need(response.get("Version") == "2.0", "version")
    need(response.get("Destination") == reception.acs_url, "destination")
    need(bool(pending.request_id), "no-pending-request")
    need(response.get("InResponseTo") == pending.request_id, "in-response-to")
    need(now - pending.requested_at <= reception.request_lifetime, "request-expired")
    need_issuer(response, reception.hub_entity_id, "issuer")
    issued = read_instant(response.get("IssueInstant"), "issue-instant")
    clock.need_fresh(issued, "issue-instant")
    need(issued >= pending.requested_at - clock.skew, "issue-instant")


def need_issuer(message: Element, hub_entity_id: str, reason: str) -> None:
    """The first child is the only Issuer and names the hub. Raises Refused."""
    first = next(iter(message), None)
    if first is None or first.tag != SAML + "Issuer":
        raise Refused(reason)
    need(first.get("Format") in (None, ENTITY_FORMAT), reason)
    need(text(first, reason) == hub_entity_id, reason)


def _encrypted_assertion(response: Element, signature: Element | None) -> Element:
    """A failure at the hub needs no valid signature: it gives nothing and only picks a page (wayf.md 5.1)."""
    rest = [child for child in response[1:] if child is not signature]
    tags = [child.tag for child in rest]
    need(tags[:1] == [SAMLP + "Status"], "status")
    _need_success(rest[0])
    need(tags[1:] == [ENCRYPTED_ASSERTION], "response-shape")
    return rest[1]


def _need_success(status: Element) -> None:
    codes = status_codes(status)
    if codes[0] == SUCCESS:
        return
    reason, outcome = next(
        (_FAILED_AT_THE_HUB[code] for code in codes if code in _FAILED_AT_THE_HUB), ("status", Outcome.LOGIN_FAILED)
    )
    raise Refused(reason, outcome)


def status_codes(status: Element) -> list[str]:
    """The values of the StatusCode and of those nested in it, outermost first. Never empty."""
    first = next(iter(status), None)
    if first is None or first.tag != SAMLP + "StatusCode":
        raise Refused("status")
    return [code.get("Value") or "" for code in first.iter(SAMLP + "StatusCode")]


def _as_signed(assertion: Element, hub_keys: Sequence[RSAPublicKey], *, response_is_signed: bool) -> Element:
    need(sum(1 for _ in assertion.iter(ASSERTION)) == 1, "several-assertions")
    inspect(assertion, ASSERTION_VOCABULARY)
    signature = own_signature(assertion)
    if signature is None:
        # layout B of the hub. The operator must ask WAYF to take `saml20.sign.response` off our entity
        raise Refused("only-response-signed" if response_is_signed else "unsigned-assertion")
    return parse(verified_octets(assertion, signature, hub_keys))
