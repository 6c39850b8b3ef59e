"""Our metadata: what WAYF registers, and what the hub takes its algorithms from."""

import base64
from dataclasses import replace

import pytest
import saml2.data.schemas
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from saml2.xml.schema import _create_xml_schema_validator, validate

from resetapp.saml.keys import create_key_pair, read_certificate
from resetapp.saml.service_provider import ServiceProvider
from resetapp.settings import KeyPair
from tests.builders import NOON
from tests.saml.scene import ACS, ENTITY, INSTITUTION, PUBLIC_URL, SLO, Scene

PREFIXES = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "mdui": "urn:oasis:names:tc:SAML:metadata:ui",
    "alg": "urn:oasis:names:tc:SAML:metadata:algsupport",
}
GCM = ["http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2009/xmlenc11#aes128-gcm"]
CBC = ["http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.w3.org/2001/04/xmlenc#aes128-cbc"]
TRANSPORT = ["http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"]
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture(scope="module")
def metadata(scene: Scene) -> etree._Element:
    return etree.fromstring(scene.sp.metadata())


def values(metadata: etree._Element, path: str) -> list[str]:
    return list(metadata.xpath(path, namespaces=PREFIXES))


def in_languages(metadata: etree._Element, path: str) -> dict[str, str]:
    return {node.get(LANG): node.text for node in metadata.xpath(path, namespaces=PREFIXES)}


def test_it_is_valid_by_the_schema(scene: Scene) -> None:
    (folder,) = saml2.data.schemas.__path__
    schema = _create_xml_schema_validator(f"{folder}/saml-schema-metadata-2.0.xsd")
    validate(scene.sp.metadata().decode(), schema)


def test_it_names_who_and_where_we_are(metadata: etree._Element) -> None:
    assert metadata.get("entityID") == ENTITY
    assert values(metadata, "//md:AssertionConsumerService/@Location") == [ACS]
    assert values(metadata, "//md:AssertionConsumerService/@Binding") == [
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    ]
    assert values(metadata, "//md:SingleLogoutService/@Location") == [SLO]
    assert values(metadata, "//md:SingleLogoutService/@Binding") == [
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    ]
    assert values(metadata, "//md:NameIDFormat/text()") == ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"]
    assert values(metadata, "//md:SPSSODescriptor/@AuthnRequestsSigned") == ["true"]
    assert values(metadata, "//md:SPSSODescriptor/@WantAssertionsSigned") == ["true"]


def test_it_offers_one_signing_method_and_no_weak_one(scene: Scene, metadata: etree._Element) -> None:
    assert values(metadata, "//alg:SigningMethod/@Algorithm") == ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"]
    for weak in (b"sha1", b"md5", b"dsa", b"rsa-1_5", b"cbc"):
        assert weak not in scene.sp.metadata()


def test_the_encryption_key_says_how_to_encrypt(metadata: etree._Element) -> None:
    assert values(metadata, "//md:KeyDescriptor/@use") == ["signing", "encryption"]
    assert values(metadata, "//md:KeyDescriptor[@use='encryption']/md:EncryptionMethod/@Algorithm") == GCM + TRANSPORT
    assert values(metadata, "//md:KeyDescriptor[@use='signing']/md:EncryptionMethod") == []


def test_cbc_is_offered_only_where_it_is_read(scene: Scene) -> None:
    metadata = etree.fromstring(scene.set_up(allow_cbc=True).sp.metadata())
    assert values(metadata, "//md:EncryptionMethod/@Algorithm") == GCM + CBC + TRANSPORT


def test_each_key_comes_with_its_own_certificate_and_the_first_first(scene: Scene) -> None:
    newer = KeyPair(scene.folder / "newer.key", scene.folder / "newer.crt")
    create_key_pair(newer, "newer", NOON)
    pairs = [newer, *scene.wayf.encryption]
    metadata = etree.fromstring(scene.set_up(encryption=tuple(pairs)).sp.metadata())
    published = values(metadata, "//ds:X509Certificate/text()")
    files = [scene.wayf.signing, *pairs]
    expected = [read_certificate(pair.certificate_file).public_bytes(Encoding.DER) for pair in files]
    assert [base64.b64decode(text) for text in published] == expected


def test_it_asks_for_two_attributes_and_would_like_two_more(metadata: etree._Element) -> None:
    found = metadata.xpath("//md:RequestedAttribute", namespaces=PREFIXES)
    assert [(node.get("FriendlyName"), node.get("Name"), node.get("isRequired")) for node in found] == [
        ("schacPersonalUniqueID", "urn:oid:1.3.6.1.4.1.25178.1.2.15", "true"),
        ("eduPersonAssurance", "urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "true"),
        ("cn", "urn:oid:2.5.4.3", "false"),
        ("schacHomeOrganization", "urn:oid:1.3.6.1.4.1.25178.1.2.9", "false"),
    ]
    assert {node.get("NameFormat") for node in found} == {"urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}


def test_people_can_read_what_it_is_for_in_both_languages(scene: Scene, metadata: etree._Element) -> None:
    wayf = scene.wayf
    assert in_languages(metadata, "//mdui:DisplayName") == {"da": wayf.service_name, "en": wayf.service_name_en}
    assert in_languages(metadata, "//mdui:Description") == {"da": wayf.purpose, "en": wayf.purpose_en}
    assert in_languages(metadata, "//mdui:PrivacyStatementURL") == dict.fromkeys(("da", "en"), f"{PUBLIC_URL}/privacy")
    assert in_languages(metadata, "//md:ServiceName") == {"da": wayf.service_name, "en": wayf.service_name_en}
    assert in_languages(metadata, "//md:OrganizationDisplayName") == {"da": INSTITUTION.name, "en": INSTITUTION.name_en}


def test_it_names_whom_to_write_to(metadata: etree._Element) -> None:
    contacts = metadata.xpath("//md:ContactPerson", namespaces=PREFIXES)
    assert {node.get("contactType"): node[0].text for node in contacts} == {
        "technical": "mailto:saml@example.dk",
        "support": "mailto:it@example.dk",
    }


def test_what_has_no_english_text_is_told_in_danish(scene: Scene) -> None:
    institution = replace(INSTITUTION, name_en="", support_email="", name="A & <B>")
    metadata = etree.fromstring(ServiceProvider(scene.wayf, f"{PUBLIC_URL}/", institution).metadata())
    assert in_languages(metadata, "//md:OrganizationName") == {"da": "A & <B>", "en": "A & <B>"}
    assert values(metadata, "//md:ContactPerson/@contactType") == ["technical"]
    assert values(metadata, "//md:AssertionConsumerService/@Location") == [ACS]
