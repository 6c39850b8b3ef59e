"""The hub's metadata: what a service provider reads to know whom to trust and where to go."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from resetapp.demo.hub_crypto import DS, child, sign
from resetapp.demo.hub_keys import HubKey

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_NAME_ID = "urn:oasis:names:tc:SAML:2.0:nameid-format:"


def hub_metadata(
    entity_id: str,
    sso_url: str,
    slo_url: str | None,
    signing_keys: Sequence[HubKey],
    *,
    valid_until: datetime | None = None,
    feed_key: HubKey | None = None,
) -> bytes:
    """One EntityDescriptor. Several `signing_keys` make a roll-over; a `feed_key` signs the whole, like WAYF's feed."""
    entity = etree.Element(f"{{{MD}}}EntityDescriptor", {"entityID": entity_id}, nsmap={"md": MD})
    if valid_until is not None:
        entity.set("validUntil", f"{valid_until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    role = child(entity, f"{{{MD}}}IDPSSODescriptor", protocolSupportEnumeration=SAMLP)
    for key in signing_keys:
        _key_descriptor(role, key)
    for binding in (REDIRECT, POST) if slo_url else ():
        child(role, f"{{{MD}}}SingleLogoutService", Binding=binding, Location=slo_url)
    for kind in ("transient", "persistent"):
        child(role, f"{{{MD}}}NameIDFormat", _NAME_ID + kind)
    for binding in (REDIRECT, POST):
        child(role, f"{{{MD}}}SingleSignOnService", Binding=binding, Location=sso_url)
    if feed_key is not None:
        entity.set("ID", "_metadata")
        sign(entity, feed_key, position=0)
    return bytes(etree.tostring(entity, xml_declaration=True, encoding="utf-8"))


def _key_descriptor(role: etree._Element, key: HubKey) -> None:
    descriptor = child(role, f"{{{MD}}}KeyDescriptor", use="signing")
    info = etree.SubElement(descriptor, f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    child(child(info, f"{{{DS}}}X509Data"), f"{{{DS}}}X509Certificate", key.certificate_text())
