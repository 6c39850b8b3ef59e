"""False and faulty answers, made as an attacker or a broken hub would make them. The service must refuse each."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta

from cryptography import x509
from lxml import etree

from resetapp.demo.hub_attributes import FRIENDLY_NAMES
from resetapp.demo.hub_crypto import DS, SAML
from resetapp.demo.messages import (
    HubKey,
    LoginResponse,
    Signing,
    assertion_xml,
    encrypt,
    envelope_xml,
    login_response,
    serialised,
    sign,
)
from resetapp.demo.wrapping import Shape

_STATEMENT = f"{{{SAML}}}AttributeStatement"
_CPR = b"dk:CPR:"
_ENTITY = b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
_LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@dataclass(frozen=True, slots=True)
class Making:
    """What there is to make a false answer from."""

    claimed: LoginResponse  # the answer about the victim
    own: LoginResponse  # the attacker's honest answer about himself, to the same request
    key: HubKey  # the hub's
    older_key: HubKey  # the hub's other one, in its metadata too
    stranger: HubKey  # nobody's: in no metadata
    certificate: x509.Certificate  # the service provider's, for encryption


Forge = Callable[[Making], bytes]


def honest(making: Making) -> bytes:
    """The hub's ordinary answer."""
    return login_response(making.claimed, making.key, making.certificate)


def changed(**changes: object) -> Forge:
    """Honest but for these fields of `LoginResponse`."""

    def forge(making: Making) -> bytes:
        claimed = replace(making.claimed, **changes)  # type: ignore[arg-type]
        return honest(replace(making, claimed=claimed))

    return forge


def shifted(offset: timedelta) -> Forge:
    """By a hub whose clock is off."""
    return lambda making: changed(now=making.claimed.now + offset, authn_instant=None)(making)


def an_old_login(making: Making) -> bytes:
    """A new assertion about a login of an hour ago, although a new login was asked for."""
    return changed(authn_instant=making.claimed.now - timedelta(hours=1))(making)


def by_the_older_key(making: Making) -> bytes:
    return honest(replace(making, key=making.older_key))


def by_a_stranger(making: Making) -> bytes:
    return honest(replace(making, key=making.stranger))


def by_a_stranger_with_the_hubs_certificate(making: Making) -> bytes:
    """Only the certificate beside the signature is the hub's; whoever reads it there believes the wrong thing."""
    assertion = _signed(making.claimed, making.stranger)
    certificate = assertion.find(f".//{{{DS}}}X509Certificate")
    certificate.text = making.key.certificate_text()
    return _sealed([assertion], making)


def edited(making: Making) -> bytes:
    """The attacker's own assertion, in which he writes the victim's attributes after it was signed."""
    assertion = _signed(making.own, making.key)
    assertion.replace(assertion.find(_STATEMENT), assertion_xml(making.claimed).find(_STATEMENT))
    return _sealed([assertion], making)


def stripped(making: Making) -> bytes:
    """The signature's frame is there, its value is not."""
    assertion = _signed(making.claimed, making.key)
    assertion.find(f".//{{{DS}}}SignatureValue").text = ""
    return _sealed([assertion], making)


def wrapped(shape: Shape) -> Forge:
    def forge(making: Making) -> bytes:
        evil = assertion_xml(replace(making.claimed, assertion_id="_evil"))
        return _sealed(shape(evil, _signed(making.own, making.key)), making)

    return forge


def vouched_by_the_envelope(making: Making) -> bytes:
    """The Response is signed, the assertion inside is the attacker's."""
    return changed(signing=Signing.RESPONSE)(making)


def two_encrypted(making: Making) -> bytes:
    """The victim's unsigned assertion first, the attacker's honest one behind it."""
    envelope = envelope_xml(making.own)
    for assertion in (assertion_xml(making.claimed), _signed(making.own, making.key)):
        envelope.append(encrypt(serialised(assertion), making.certificate))
    return serialised(envelope)


def for_somebody_else(making: Making) -> bytes:
    """Encrypted to a key that is not the service's."""
    return honest(replace(making, certificate=making.stranger.certificate))


def with_a_comment(making: Making) -> bytes:
    """Canonicalisation drops comments, so the signature holds, and some readers see half of the value only."""
    octets = serialised(_signed(making.claimed, making.key))
    return _sealed_octets(octets.replace(_CPR, _CPR + b"<!-- -->", 1), making)


def with_an_entity(making: Making) -> bytes:
    return _ENTITY + honest(making)


def with_laughs(making: Making) -> bytes:
    """Entities that grow when they are read."""
    return _LAUGHS + honest(making)


def rubbish(_: Making) -> bytes:
    return b"<html><body>502 Bad Gateway</body></html>"


def too_much(making: Making) -> bytes:
    """Thousands of elements, to keep the reader busy."""
    end = b"</samlp:Response>"
    return honest(making).replace(end, b"<x/>" * 5000 + end)


def by_short_names(making: Making) -> bytes:
    """Attributes under their LDAP names, as some service providers have it registered."""
    named = {FRIENDLY_NAMES.get(name, name): values for name, values in making.claimed.attributes.items()}
    return changed(attributes=named)(making)


def unanswered(making: Making) -> bytes:
    """To no request at all."""
    return changed(in_response_to=None)(making)


def rewrapped(old: LoginResponse, request_id: str, making: Making) -> bytes:
    """An old assertion, to the letter, in a new envelope for another request."""
    envelope = envelope_xml(replace(making.own, in_response_to=request_id))
    envelope.append(encrypt(serialised(_signed(old, making.key)), making.certificate))
    return serialised(envelope)


def _signed(response: LoginResponse, key: HubKey) -> etree._Element:
    assertion = assertion_xml(response)
    sign(assertion, key)
    return assertion


def _sealed(assertions: list[etree._Element], making: Making) -> bytes:
    return _sealed_octets(b"".join(serialised(deepcopy(each)) for each in assertions), making)


def _sealed_octets(octets: bytes, making: Making) -> bytes:
    """Anything at all, encrypted for the service: its public key is public."""
    envelope = envelope_xml(making.own)
    envelope.append(encrypt(octets, making.certificate, making.own.key_transport, making.own.cipher))
    return serialised(envelope)
