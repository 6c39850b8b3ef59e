"""The hub as its metadata describes it: signing keys and endpoints."""

from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.saml.instants import read_instant
from resetapp.saml.keys import SMALLEST_KEY, public_key_of
from resetapp.saml.names import DS, MD, REDIRECT, SAMLP_URI
from resetapp.saml.xml import Element, decode64

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Hub:
    """What we need to know of the hub."""

    entity_id: str
    sso_url: str
    slo_url: str | None  # where a LogoutRequest goes; None: the hub publishes no redirect endpoint
    slo_response_url: str | None  # where a LogoutResponse goes
    signing_keys: tuple[RSAPublicKey, ...]  # several while the hub changes its key
    passed_over: int  # signing keys that are not RSA of at least 2048 bits: nothing is believed from them
    valid_until: datetime | None

    def expired(self, now: datetime) -> bool:
        """After validUntil nothing in the file may be relied on (SAML metadata 2.3.2)."""
        return self.valid_until is not None and now >= self.valid_until


class Unfit(Exception):
    """The document is metadata, but not what we need. The text is ours."""


def hub_in(root: Element, entity_id: str) -> Hub:
    """The one entity of this name in an EntityDescriptor or a feed of many. Raises Unfit or Refused."""
    entity = _only(
        (node for node in root.iter(MD + "EntityDescriptor") if node.get("entityID") == entity_id), entity_id
    )
    role = _only(
        (
            node
            for node in _named(entity, "IDPSSODescriptor")
            if SAMLP_URI in _words(node, "protocolSupportEnumeration")
        ),
        "an IDPSSODescriptor for SAML 2.0",
    )
    sso, logout = _redirect(role, "SingleSignOnService"), _redirect(role, "SingleLogoutService")
    if sso is None:
        raise Unfit("holds no SingleSignOnService with HTTP-Redirect")
    keys, passed_over = _signing_keys(role)
    return Hub(
        entity_id=entity_id,
        sso_url=_location(sso, "Location"),
        slo_url=None if logout is None else _location(logout, "Location"),
        slo_response_url=None if logout is None else _location(logout, _response_attribute(logout)),
        signing_keys=keys,
        passed_over=passed_over,
        valid_until=_valid_until(role),
    )


def _only(found: Iterable[Element], what: str) -> Element:
    nodes = list(found)
    if len(nodes) != 1:
        raise Unfit(f"holds {what} {len(nodes)} times instead of once")
    return nodes[0]


def _named(node: Element, name: str) -> list[Element]:
    return [child for child in node if child.tag == MD + name]


def _words(node: Element, attribute: str) -> list[str]:
    return (node.get(attribute) or "").split()


def _redirect(role: Element, name: str) -> Element | None:
    return next((node for node in _named(role, name) if node.get("Binding") == REDIRECT), None)


def _response_attribute(logout: Element) -> str:
    return "ResponseLocation" if logout.get("ResponseLocation") else "Location"


def _location(endpoint: Element, attribute: str) -> str:
    """An https address; plain http only on this machine, for the simulator."""
    url = endpoint.get(attribute) or ""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return url
    raise Unfit("holds an endpoint that is not an https address")


def _signing_keys(role: Element) -> tuple[tuple[RSAPublicKey, ...], int]:
    """Whether a certificate has expired is not asked: the metadata decides which keys count (WAYF, wayf.md 5.3)."""
    descriptors = [node for node in _named(role, "KeyDescriptor") if node.get("use") in (None, "signing")]
    certificates = [node for descriptor in descriptors for node in descriptor.iter(DS + "X509Certificate")]
    keys = [_public_key(node) for node in certificates]
    strong = tuple(key for key in keys if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_KEY)
    if not strong:
        raise Unfit(f"holds no signing certificate with an RSA key of at least {SMALLEST_KEY} bits")
    return strong, len(keys) - len(strong)


def _public_key(node: Element) -> object:
    try:
        return public_key_of(x509.load_der_x509_certificate(decode64(node.text or "")))
    except (ValueError, Base64Error):
        raise Unfit("holds a signing certificate that cannot be read") from None


def _valid_until(role: Element) -> datetime | None:
    """The earliest of the descriptor, its entity and every group around it (SAML metadata 2.2.1, 2.3.1)."""
    ends: list[datetime] = []
    node: Element | None = role
    while node is not None:
        written = node.get("validUntil")
        if written is not None:
            ends.append(read_instant(written, "valid-until"))
        node = node.getparent()
    return min(ends, default=None)
