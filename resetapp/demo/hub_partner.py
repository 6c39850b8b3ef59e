"""The service provider as its metadata describes it to the hub."""

import base64
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from lxml import etree

from resetapp.demo.hub_crypto import DS, Cipher, KeyTransport
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_metadata import MD, POST, REDIRECT
from resetapp.demo.hub_xml import parsed

_NS = {"md": MD, "ds": DS, "mdui": "urn:oasis:names:tc:SAML:metadata:ui"}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Endpoint:
    binding: str
    location: str
    index: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Partner:
    """What the hub reads (wayf.dk registers the same fields); anything else in the metadata is passed over."""

    entity_id: str
    consumers: tuple[Endpoint, ...]
    logouts: tuple[Endpoint, ...]
    signing: tuple[x509.Certificate, ...]
    encryption: x509.Certificate | None  # the first one for encryption, or for any use
    key_transport: KeyTransport
    cipher: Cipher
    requested: tuple[str, ...]  # attribute names, in the metadata's order
    display_names: dict[str, str]  # by language

    def display_name(self, language: str) -> str:
        return self.display_names.get(language) or next(iter(self.display_names.values()), self.entity_id)

    @property
    def logout_answer_location(self) -> str | None:
        """Where a LogoutResponse goes: Redirect first, and the Location, never a ResponseLocation."""
        redirect = [endpoint for endpoint in self.logouts if endpoint.binding == REDIRECT]
        return (redirect or [*self.logouts, Endpoint("", "")])[0].location or None


def read_partner(file: Path) -> Partner:
    """Raises HubFailure while there is no metadata, or none of a service provider."""
    try:
        root = parsed(file.read_bytes())
    except OSError:
        raise HubFailure("unknown service provider: its metadata cannot be read") from None
    role = root.find("md:SPSSODescriptor", _NS)
    if root.tag != f"{{{MD}}}EntityDescriptor" or role is None:
        raise HubFailure("unknown service provider: its metadata has no SPSSODescriptor")
    return _partner(root.get("entityID", ""), role)


def _partner(entity_id: str, role: etree._Element) -> Partner:
    encryption = next(iter(_key_descriptors(role, "encryption")), None)
    methods = [] if encryption is None else [m.get("Algorithm") for m in encryption.findall("md:EncryptionMethod", _NS)]
    names = role.findall("md:Extensions/mdui:UIInfo/mdui:DisplayName", _NS)
    return Partner(
        entity_id=entity_id,
        consumers=_endpoints(role, "AssertionConsumerService"),
        logouts=_endpoints(role, "SingleLogoutService"),
        signing=tuple(map(_certificate, _key_descriptors(role, "signing"))),
        encryption=None if encryption is None else _certificate(encryption),
        key_transport=next((KeyTransport(m) for m in methods if m in _TRANSPORTS), KeyTransport.OAEP_SHA256),
        cipher=next((Cipher(m) for m in methods if m in set(Cipher)), Cipher.AES256_GCM),
        requested=_requested(role),
        display_names={name.get(_LANG, ""): (name.text or "").strip() for name in names},
    )


_TRANSPORTS = frozenset({KeyTransport.MGF1P, KeyTransport.OAEP_SHA256})


def _key_descriptors(role: etree._Element, use: str) -> list[etree._Element]:
    return [key for key in role.findall("md:KeyDescriptor", _NS) if key.get("use") in (use, None)]


def _certificate(descriptor: etree._Element) -> x509.Certificate:
    text = descriptor.findtext("ds:KeyInfo/ds:X509Data/ds:X509Certificate", "", _NS)
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join(text.split())))
    except ValueError:
        raise HubFailure("a certificate in the service provider's metadata cannot be read") from None


def _endpoints(role: etree._Element, name: str) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(e.get("Binding", ""), e.get("Location", ""), e.get("index"), e.get("isDefault") in ("true", "1"))
        for e in role.findall(f"md:{name}", _NS)
    )


def _requested(role: etree._Element) -> tuple[str, ...]:
    """Of the first AttributeConsumingService only; a leading asterisk is trimmed, as the hub does."""
    service = role.find("md:AttributeConsumingService", _NS)
    wanted = [] if service is None else service.findall("md:RequestedAttribute", _NS)
    return tuple(attribute.get("Name", "").lstrip("*") for attribute in wanted)


def consumer(partner: Partner, url: str | None, index: str | None, binding: str | None) -> str:
    """The assertion consumer service that a request names, by URL, by index or by default. Raises HubFailure."""
    posted = [endpoint for endpoint in partner.consumers if endpoint.binding == (binding or POST) == POST]
    if url is not None:
        posted = [endpoint for endpoint in posted if endpoint.location == url]
    elif index is not None:
        posted = [endpoint for endpoint in posted if endpoint.index == index]
    posted.sort(key=lambda endpoint: not endpoint.default)
    if not posted:
        raise HubFailure("AssertionConsumerService not found in the service provider's metadata")
    return posted[0].location
