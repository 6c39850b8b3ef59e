"""What all SAML protocol messages share: ID, instant, destination, issuer, status; and how they are written out."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from resetapp.demo.hub_crypto import SAML, child, sign
from resetapp.demo.hub_keys import HubKey

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS, RESPONDER = STATUS + "Success", STATUS + "Responder"
AUTHN_FAILED, NO_PASSIVE = STATUS + "AuthnFailed", STATUS + "NoPassive"


def new_id() -> str:
    """`_` and 28 base64url characters, as the hub makes them."""
    return "_" + secrets.token_urlsafe(21)


def instant(moment: datetime) -> str:
    """xs:dateTime in UTC, whole seconds. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place in a message")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def signed(xml: bytes, key: HubKey) -> bytes:
    """The message with an enveloped signature of its root, for the POST binding."""
    root = etree.fromstring(xml)
    sign(root, key)
    return serialised(root)


def serialised(element: etree._Element) -> bytes:
    return bytes(etree.tostring(element, encoding="utf-8"))


def encoded(xml: bytes) -> str:
    """Base64 for a form field of the POST binding."""
    return base64.b64encode(xml).decode()


def message(
    name: str, message_id: str | None, now: datetime, destination: str | None, in_response_to: str | None = None
) -> etree._Element:
    """A root element of the protocol, `name` as in samlp:Response, with the attributes common to all."""
    root = etree.Element(f"{{{SAMLP}}}{name}", nsmap={"samlp": SAMLP, "saml": SAML})
    put(root, ID=message_id, Version="2.0", IssueInstant=instant(now))
    put(root, Destination=destination, InResponseTo=in_response_to)
    return root


def put(element: etree._Element, **attributes: str | None) -> None:
    """Sets attributes; one that is None is left out."""
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)


def add_issuer(parent: etree._Element, entity_id: str | None) -> None:
    if entity_id is not None:
        child(parent, f"{{{SAML}}}Issuer", entity_id)


def add_status(parent: etree._Element, codes: Sequence[str], text: str | None) -> None:
    outer = node = child(parent, f"{{{SAMLP}}}Status")
    for code in codes:
        node = child(node, f"{{{SAMLP}}}StatusCode", Value=code)
    if text is not None:
        child(outer, f"{{{SAMLP}}}StatusMessage", text)
