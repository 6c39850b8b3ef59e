"""The hub's messages, judged by xmlsec1: an implementation that shares no code with ours."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from resetapp.demo.hub_xml import checked, parsed
from resetapp.demo.messages import (
    AUTHN_FAILED,
    OIDS,
    RESPONDER,
    Cipher,
    DigestAlgorithm,
    HubKey,
    KeyTransport,
    LoginResponse,
    SignatureAlgorithm,
    Signing,
    assertion_xml,
    encrypt,
    envelope_xml,
    error_response,
    login_response,
    nemlogin_attributes,
    serialised,
    sign,
)
from tests.demo.driving import NS
from tests.demo.service_provider import ACS, ENTITY_ID
from tests.demo.xmlsec1 import XmlSec

HUB_ID = "http://127.0.0.1:9/saml2/idp/metadata.php"
NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def honest() -> LoginResponse:
    attributes = nemlogin_attributes("7403014138", "Bjørg <Å> & Co")
    return LoginResponse.honest(HUB_ID, ACS, ENTITY_ID, "_request", attributes, NOW)


@pytest.mark.parametrize("cipher", Cipher)
def test_xmlsec1_decrypts_and_verifies_the_login(
    cipher: Cipher, honest: LoginResponse, hub_key: HubKey, sp_key: HubKey, xmlsec: XmlSec
) -> None:
    xml = login_response(replace(honest, cipher=cipher), hub_key, sp_key.certificate)
    assert b"7403014138" not in xml
    plain = xmlsec.decrypted(xml)
    assert b"7403014138" in plain
    assert xmlsec.accepts(plain, "Assertion")
    assert not xmlsec.accepts(plain.replace(b"7403014138", b"7403014111"), "Assertion")


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SignatureAlgorithm.RSA_SHA256, DigestAlgorithm.SHA256),
        (SignatureAlgorithm.RSA_SHA384, DigestAlgorithm.SHA384),
        (SignatureAlgorithm.RSA_SHA512, DigestAlgorithm.SHA512),
        (SignatureAlgorithm.RSA_SHA1, DigestAlgorithm.SHA1),
    ],
)
def test_xmlsec1_verifies_every_signature_algorithm(
    method: SignatureAlgorithm, digest: DigestAlgorithm, honest: LoginResponse, hub_key: HubKey, xmlsec: XmlSec
) -> None:
    response = replace(honest, signature_algorithm=method, digest_algorithm=digest, encrypt=False)
    xml = login_response(response, hub_key)
    assert method.encode() in xml
    assert digest.encode() in xml
    assert xmlsec.accepts(xml, "Assertion")


@pytest.mark.parametrize("layout", Signing)
def test_the_layouts_sign_what_they_say(
    layout: Signing, honest: LoginResponse, hub_key: HubKey, sp_key: HubKey, xmlsec: XmlSec
) -> None:
    xml = login_response(replace(honest, signing=layout), hub_key, sp_key.certificate)
    plain = xmlsec.decrypted(xml)
    assert xmlsec.accepts(plain, "Assertion") == (layout in (Signing.ASSERTION, Signing.BOTH))
    assert xmlsec.accepts(xml, "Response") == (layout in (Signing.RESPONSE, Signing.BOTH))


def test_the_other_key_transport_opens_with_the_private_key(
    honest: LoginResponse, hub_key: HubKey, sp_key: HubKey
) -> None:
    response = replace(honest, key_transport=KeyTransport.OAEP_SHA256)
    root = etree.fromstring(login_response(response, hub_key, sp_key.certificate))
    method = root.find(".//xenc:EncryptedKey/xenc:EncryptionMethod", NS)
    assert [part.get("Algorithm").rpartition("#")[2] for part in method.iter()] == ["rsa-oaep", "sha256", "mgf1sha256"]
    value = base64.b64decode(root.findtext(".//xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue", "", NS))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert len(sp_key.private.decrypt(value, oaep)) == 32


def test_the_message_has_the_shape_of_the_hubs(honest: LoginResponse, hub_key: HubKey, sp_key: HubKey) -> None:
    root = etree.fromstring(login_response(honest, hub_key, sp_key.certificate))
    assert [etree.QName(child).localname for child in root] == ["Issuer", "Status", "EncryptedAssertion"]
    assert set(root.attrib) == {"ID", "Version", "IssueInstant", "Destination", "InResponseTo"}
    assertion = assertion_xml(honest)
    sign(assertion, hub_key)
    names = [etree.QName(child).localname for child in assertion]
    assert names == ["Issuer", "Signature", "Subject", "Conditions", "AuthnStatement", "AttributeStatement"]
    data = assertion.find("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", NS)
    assert set(data.attrib) == {"NotOnOrAfter", "Recipient", "InResponseTo"}
    authorities = assertion.findall("saml:AuthnStatement/saml:AuthnContext/saml:AuthenticatingAuthority", NS)
    assert [authority.text for authority in authorities] == ["https://saml.nemlog-in.dk", "https://nemlogin.wayf.dk"]


@pytest.mark.parametrize("layout", Signing)
@pytest.mark.parametrize("encrypts", [True, False])
def test_every_login_fits_the_saml_schema(
    layout: Signing, encrypts: bool, honest: LoginResponse, hub_key: HubKey, sp_key: HubKey
) -> None:
    response = replace(honest, signing=layout, encrypt=encrypts)
    assert checked(parsed(login_response(response, hub_key, sp_key.certificate))) is not None


def test_times_are_the_hubs(honest: LoginResponse) -> None:
    assertion = assertion_xml(honest)
    conditions, statement = assertion.find("saml:Conditions", NS), assertion.find("saml:AuthnStatement", NS)
    assert conditions.get("NotBefore") == "2026-08-01T11:59:50Z"
    assert conditions.get("NotOnOrAfter") == "2026-08-01T12:04:00Z"
    assert statement.get("SessionNotOnOrAfter") == "2026-08-01T16:00:00Z"
    with pytest.raises(ValueError, match="naive"):
        assertion_xml(replace(honest, now=datetime(2026, 8, 1)))


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("issuer", "saml:Issuer"),
        ("name_id", "saml:Subject/saml:NameID"),
        ("audience", "saml:Conditions/saml:AudienceRestriction"),
        ("class_ref", "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef"),
    ],
)
def test_a_field_set_to_none_is_left_out(field: str, path: str, honest: LoginResponse) -> None:
    assert assertion_xml(honest).find(path, NS) is not None
    assert assertion_xml(replace(honest, **{field: None})).find(path, NS) is None  # type: ignore[arg-type]


def test_steps_can_be_taken_one_by_one_with_tampering_between(
    honest: LoginResponse, hub_key: HubKey, sp_key: HubKey, xmlsec: XmlSec
) -> None:
    assertion = assertion_xml(honest)
    sign(assertion, hub_key)
    assertion.find("saml:Issuer", NS).text = "https://somebody.else"
    envelope = envelope_xml(honest)
    envelope.append(encrypt(serialised(assertion), sp_key.certificate))
    plain = xmlsec.decrypted(serialised(envelope))
    assert b"https://somebody.else" in plain
    assert not xmlsec.accepts(plain, "Assertion")


def test_messages_differ_each_time(honest: LoginResponse) -> None:
    other = LoginResponse.honest(HUB_ID, ACS, ENTITY_ID, "_request", {}, NOW)
    for name in ("response_id", "assertion_id", "name_id", "session_index"):
        assert getattr(honest, name) != getattr(other, name)
        assert len(getattr(honest, name)) == 29


def test_no_cpr_number_and_no_key_is_in_a_repr(honest: LoginResponse, hub_key: HubKey) -> None:
    assert "7403014138" not in repr(honest)
    assert "private" not in repr(hub_key)


def test_an_encrypted_response_needs_a_certificate(honest: LoginResponse, hub_key: HubKey) -> None:
    with pytest.raises(ValueError, match="certificate"):
        login_response(honest, hub_key)


def test_attributes_follow_the_hubs_rules() -> None:
    found = nemlogin_attributes("7403014138", "Freja Holm Nielsen")
    assert found[OIDS["schacPersonalUniqueID"]] == ("urn:mace:terena.org:schac:personalUniqueID:dk:CPR:7403014138",)
    assert found[OIDS["norEduPersonNIN"]] == ("7403014138",)
    assert found[OIDS["schacDateOfBirth"]] == ("20010314",)
    assert found[OIDS["sn"]] == ("Nielsen",)
    assert found[OIDS["schacHomeOrganization"]] == ("sikker-adgang.dk",)
    assert found[OIDS["eduPersonPrincipalName"]][0].startswith("PID:9208-2002-2-")


def test_a_company_login_without_cpr_has_no_cpr_attribute() -> None:
    found = nemlogin_attributes(None, "Thomas Aagaard", cvr="12345678", organization="Eksempelskolen")
    assert not {OIDS["schacPersonalUniqueID"], OIDS["norEduPersonNIN"], OIDS["schacDateOfBirth"]} & set(found)
    assert found[OIDS["eduPersonPrincipalName"]][0].startswith("CVR:12345678-RID:")


def test_blank_and_repeated_values_are_dropped_and_pseudo_numbers_are_kept() -> None:
    found = nemlogin_attributes(None, "A B", ["", "3", "3"], cpr_values=["700187YUD1"])
    assert found[OIDS["eduPersonAssurance"]] == ("3",)
    assert found[OIDS["schacPersonalUniqueID"]][0].endswith(":700187YUD1")
    assert OIDS["schacDateOfBirth"] not in found


@pytest.mark.parametrize(("name", "format_end"), [("urn:oid:2.5.4.3", ":uri"), ("cn", ":basic")])
def test_attribute_names_and_values_can_take_the_hubs_other_forms(
    name: str, format_end: str, honest: LoginResponse
) -> None:
    plain = assertion_xml(replace(honest, attributes={name: ["Åse"]})).find(".//saml:Attribute", NS)
    assert plain.get("NameFormat").endswith(format_end)
    assert plain.findtext("saml:AttributeValue", "", NS) == "Åse"
    wrapped = assertion_xml(replace(honest, attributes={name: ["Åse"]}, base64_attributes=True))
    assert base64.b64decode(wrapped.findtext(".//saml:AttributeValue", "", NS)).decode() == "Åse"


def test_an_error_is_signed_on_the_response_and_carries_no_assertion(
    honest: LoginResponse, hub_key: HubKey, xmlsec: XmlSec
) -> None:
    failed = replace(honest, status=(RESPONDER, AUTHN_FAILED), status_message="cancelled")
    xml = error_response(failed, hub_key)
    assert xmlsec.accepts(xml, "Response")
    root = etree.fromstring(xml)
    assert [code.get("Value") for code in root.iterfind(".//samlp:StatusCode", NS)] == [RESPONDER, AUTHN_FAILED]
    assert root.find("saml:EncryptedAssertion", NS) is None
    assert etree.fromstring(error_response(failed, None)).find("ds:Signature", NS) is None
