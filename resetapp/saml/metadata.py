"""Our metadata for WAYF, from a template of our own. The order of elements is the schema's.

pysaml2's generator names no EncryptionMethod and offers MD5, SHA-1 and DSA for signing; the hub picks the first
algorithm of our list that it knows (wayf.md 5), so the list says exactly what we want.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from lxml.builder import ElementMaker

from resetapp.saml.attributes import REQUESTED, WantedAttribute
from resetapp.saml.endpoints import Endpoints
from resetapp.saml.keys import read_key_pair
from resetapp.saml.names import (
    DS_URI,
    MD_URI,
    POST,
    REDIRECT,
    RSA_SHA256,
    SAMLP_URI,
    TRANSIENT,
    URI_NAME_FORMAT,
    XENC11_URI,
    XENC_URI,
)
from resetapp.saml.xml import Element
from resetapp.settings.model import Institution, Wayf

_NAMESPACES = {
    "md": MD_URI,
    "ds": DS_URI,
    "mdui": "urn:oasis:names:tc:SAML:metadata:ui",
    "alg": "urn:oasis:names:tc:SAML:metadata:algsupport",
}
_MD, _DS, _MDUI, _ALG = (ElementMaker(namespace=uri, nsmap=_NAMESPACES) for uri in _NAMESPACES.values())
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_GCM = (XENC11_URI + "aes256-gcm", XENC11_URI + "aes128-gcm")
_CBC = (XENC_URI + "aes256-cbc", XENC_URI + "aes128-cbc")
_KEY_TRANSPORT = XENC_URI + "rsa-oaep-mgf1p"


def own_metadata(wayf: Wayf, public_url: str, institution: Institution) -> bytes:
    """As the settings and the keys on disk say; the hub's side is not asked. Raises SamlConfigurationError."""
    signing = [read_key_pair(pair)[1] for pair in (wayf.signing, *wayf.also_signing)]
    encryption = [read_key_pair(pair)[1] for pair in wayf.encryption]
    return metadata(wayf, institution, Endpoints.below(public_url), public_url, signing, encryption)


def metadata(
    wayf: Wayf,
    institution: Institution,
    endpoints: Endpoints,
    public_url: str,
    signing: Sequence[x509.Certificate],
    encryption: Sequence[x509.Certificate],
) -> bytes:
    """A UTF-8 document. The hub encrypts to the first of `encryption` (wayf.md 5.2) and believes all of `signing`."""
    entity = _MD.EntityDescriptor(
        _MD.SPSSODescriptor(
            _MD.Extensions(_ALG.SigningMethod(Algorithm=RSA_SHA256), _user_interface(wayf, public_url)),
            *(_key("signing", certificate) for certificate in signing),
            *(_key("encryption", certificate, *_encryption_methods(wayf.allow_cbc)) for certificate in encryption),
            _MD.SingleLogoutService(Binding=REDIRECT, Location=endpoints.slo),
            _MD.NameIDFormat(TRANSIENT),
            _MD.AssertionConsumerService(Binding=POST, Location=endpoints.acs, index="0", isDefault="true"),
            _attributes(wayf),
            AuthnRequestsSigned="true",
            WantAssertionsSigned="true",
            protocolSupportEnumeration=SAMLP_URI,
        ),
        _organization(institution, public_url),
        *_contacts(wayf, institution),
        entityID=wayf.entity_id,
    )
    octets: bytes = etree.tostring(entity, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return octets


def _in_both(make: Callable[..., Element], danish: str, english: str) -> list[Element]:
    return [make(danish, {_LANGUAGE: "da"}), make(english or danish, {_LANGUAGE: "en"})]


def _user_interface(wayf: Wayf, public_url: str) -> Element:
    """What a person sees at the hub and in MitID: "Log på" with our DisplayName, and the purpose (wayf.md 7.2)."""
    privacy = f"{public_url.rstrip('/')}/privacy"
    interface: Element = _MDUI.UIInfo(
        *_in_both(_MDUI.DisplayName, wayf.service_name, wayf.service_name_en),
        *_in_both(_MDUI.Description, wayf.purpose, wayf.purpose_en),
        *_in_both(_MDUI.InformationURL, public_url, public_url),
        *_in_both(_MDUI.PrivacyStatementURL, privacy, privacy),
    )
    return interface


def _key(use: str, certificate: x509.Certificate, *methods: Element) -> Element:
    text = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    info = _DS.KeyInfo(_DS.X509Data(_DS.X509Certificate(text)))
    descriptor: Element = _MD.KeyDescriptor(info, *methods, use=use)
    return descriptor


def _encryption_methods(allow_cbc: bool) -> list[Element]:
    """The first of each kind that the hub knows is what it uses (saml.md 2, row 2b)."""
    algorithms = (*_GCM, *(_CBC if allow_cbc else ()), _KEY_TRANSPORT)
    return [_MD.EncryptionMethod(Algorithm=algorithm) for algorithm in algorithms]


def _attributes(wayf: Wayf) -> Element:
    service: Element = _MD.AttributeConsumingService(
        *_in_both(_MD.ServiceName, wayf.service_name, wayf.service_name_en),
        *_in_both(_MD.ServiceDescription, wayf.purpose, wayf.purpose_en),
        *(_requested(attribute) for attribute in REQUESTED),
        index="0",
        isDefault="true",
    )
    return service


def _requested(attribute: WantedAttribute) -> Element:
    """The hub copies Name and NameFormat from here into its assertions (wayf.md 3.2)."""
    requested: Element = _MD.RequestedAttribute(
        FriendlyName=attribute.basic,
        Name=attribute.oid,
        NameFormat=URI_NAME_FORMAT,
        isRequired="true" if attribute.required else "false",
    )
    return requested


def _organization(institution: Institution, public_url: str) -> Element:
    organization: Element = _MD.Organization(
        *_in_both(_MD.OrganizationName, institution.name, institution.name_en),
        *_in_both(_MD.OrganizationDisplayName, institution.name, institution.name_en),
        *_in_both(_MD.OrganizationURL, public_url, public_url),
    )
    return organization


def _contacts(wayf: Wayf, institution: Institution) -> list[Element]:
    addresses = {"technical": wayf.technical_contact, "support": institution.support_email}
    return [
        _MD.ContactPerson(_MD.EmailAddress(f"mailto:{address}"), contactType=kind)
        for kind, address in addresses.items()
        if address
    ]
