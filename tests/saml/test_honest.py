"""What an honest hub sends is accepted, in every algorithm of the profile."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from resetapp.core.cpr import CprNumber
from resetapp.core.people import AssuranceLevel
from resetapp.demo import messages
from resetapp.demo.messages import (
    OIDS,
    Cipher,
    DigestAlgorithm,
    HubKey,
    KeyTransport,
    SignatureAlgorithm,
    Signing,
    nemlogin_attributes,
)
from resetapp.saml.keys import create_key_pair
from resetapp.settings import KeyPair
from tests.builders import NOON
from tests.saml.scene import CPR, DS, ENTITY, HUB, Scene, add, at, gone, put

SHA2 = [SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.RSA_SHA384, SignatureAlgorithm.RSA_SHA512]
DIGESTS = [DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512]
OAEP = [KeyTransport.MGF1P, KeyTransport.OAEP_SHA256]
GCM = [Cipher.AES128_GCM, Cipher.AES192_GCM, Cipher.AES256_GCM]


def test_an_honest_response_tells_who_logged_in(scene: Scene) -> None:
    response = scene.response()
    person = scene.read(messages.login_response(response, scene.hub, scene.certificate))
    assert person.cpr == CprNumber.parse(CPR)
    assert person.name == "Ida Ørsted"
    assert person.assurance is AssuranceLevel.SUBSTANTIAL
    assert person.login.issuer == HUB
    assert person.login.name_id == response.name_id
    assert person.login.name_id_format == "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    assert person.login.sp_name_qualifier == ENTITY
    assert person.login.name_qualifier is None
    assert person.login.session_index == response.session_index
    assert person.login.authenticated_at == NOON
    assert person.login.ends_at == NOON + timedelta(hours=4)
    assert person.login.assertion_id == response.assertion_id


def test_the_assertion_is_remembered_as_long_as_it_could_be_used_again(scene: Scene) -> None:
    xml = scene.xml()
    expires_at = scene.read(xml).login.assertion_expires_at
    assert expires_at == NOON + timedelta(minutes=4) + scene.wayf.clock_skew
    assert scene.refusal(xml, expires_at) == "confirmation-not-on-or-after"


def test_the_hub_says_less_and_is_believed_all_the_same(scene: Scene) -> None:
    person = scene.read(scene.xml(session_index=None, session_not_on_or_after=None))
    assert person.login.session_index is None
    assert person.login.ends_at is None


@pytest.mark.parametrize(("transport", "cipher"), list(product(OAEP, GCM)))
def test_every_encryption_of_the_profile_is_read(scene: Scene, transport: KeyTransport, cipher: Cipher) -> None:
    assert scene.read(scene.xml(key_transport=transport, cipher=cipher)).cpr.digits == CPR


@pytest.mark.parametrize(("signature", "digest"), list(product(SHA2, DIGESTS)))
def test_every_signature_of_the_profile_is_verified(
    scene: Scene, signature: SignatureAlgorithm, digest: DigestAlgorithm
) -> None:
    assert scene.read(scene.xml(signature_algorithm=signature, digest_algorithm=digest)).cpr.digits == CPR


@pytest.mark.parametrize("cipher", [Cipher.AES128_CBC, Cipher.AES256_CBC])
def test_cbc_is_read_only_where_it_is_switched_on(scene: Scene, cipher: Cipher) -> None:
    assert scene.set_up(allow_cbc=True).read(scene.xml(cipher=cipher)).cpr.digits == CPR
    assert scene.refusal(scene.xml(cipher=cipher)) == "content-algorithm"


def test_a_response_that_is_signed_too_is_accepted(scene: Scene) -> None:
    assert scene.read(scene.xml(signing=Signing.BOTH)).cpr.digits == CPR


def test_a_missing_digest_method_means_sha1_inside_oaep(scene: Scene) -> None:
    xml = scene.made(envelope=gone("//xenc:EncryptedKey/xenc:EncryptionMethod/ds:DigestMethod"))
    assert scene.read(xml).cpr.digits == CPR


def test_prefixes_declared_around_the_encrypted_assertion_are_known_inside(scene: Scene) -> None:
    response = scene.response()
    assertion = messages.assertion_xml(response)
    messages.sign(assertion, scene.hub)
    plain = messages.serialised(assertion).replace(b' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', b"")
    assert b"xmlns:saml" not in plain
    assert scene.read(scene.sealed(plain)).cpr.digits == CPR


def test_line_breaks_between_elements_and_in_base64_are_kept_and_understood(scene: Scene) -> None:
    def indented(assertion: etree._Element) -> None:
        etree.indent(assertion)

    def tail(assertion: etree._Element) -> None:
        assertion.find(f"{DS}Signature").tail = "\n"  # part of what is signed, and lost with the signature by lxml

    assert scene.read(scene.made(before=indented)).cpr.digits == CPR
    assert scene.refusal(scene.made(before=indented, after=tail)) == "digest"
    encoded = messages.encoded(scene.xml())
    lines = "\r\n".join(encoded[i : i + 76] for i in range(0, len(encoded), 76))
    assert scene.sp.read_response(lines, scene.pending, NOON).cpr.digits == CPR


def test_inclusive_namespaces_are_honoured_when_named(scene: Scene) -> None:
    """Some identity providers name `xs` so that an xsi:type survives; it changes what is signed."""
    ec = "http://www.w3.org/2001/10/xml-exc-c14n#"
    prefix_list = f'<ec:InclusiveNamespaces xmlns:ec="{ec}" PrefixList="xs"/>'
    response = scene.response()
    plain = messages.serialised(messages.assertion_xml(response))
    with_xs = etree.fromstring(plain.replace(b"<saml:Assertion ", b'<saml:Assertion xmlns:xs="urn:x" ', 1))
    signature = messages.sign(with_xs, scene.hub)
    _resign_with_prefixes(with_xs, signature, prefix_list, scene.hub)
    assert scene.read(scene.sealed(messages.serialised(with_xs))).cpr.digits == CPR
    signature.find(f".//{{{ec}}}InclusiveNamespaces").set("PrefixList", "")
    assert scene.refusal(scene.sealed(messages.serialised(with_xs))) == "signature"


def _resign_with_prefixes(assertion: etree._Element, signature: etree._Element, prefix_list: str, hub: HubKey) -> None:
    """The same signature, made over canonical forms that keep the prefix `xs`."""

    def octets(node: etree._Element) -> bytes:
        return bytes(etree.tostring(node, method="c14n", exclusive=True, inclusive_ns_prefixes=["xs"]))

    bare = etree.fromstring(etree.tostring(assertion))
    bare.remove(bare.find(f"{DS}Signature"))
    info = signature.find(f"{DS}SignedInfo")
    info.find(f".//{DS}DigestValue").text = base64.b64encode(hashlib.sha256(octets(bare)).digest()).decode()
    info.find(f"{DS}CanonicalizationMethod").append(etree.fromstring(prefix_list))
    info.findall(f".//{DS}Transform")[1].append(etree.fromstring(prefix_list))
    value = hub.private.sign(octets(info), PKCS1v15(), hashes.SHA256())
    signature.find(f"{DS}SignatureValue").text = base64.b64encode(value).decode()


def test_attributes_are_known_by_their_short_names_too(scene: Scene) -> None:
    by_oid = nemlogin_attributes(CPR, "Ida Ørsted")
    by_name = {name: by_oid[oid] for name, oid in OIDS.items() if oid in by_oid}
    person = scene.read(scene.xml(attributes=by_name))
    assert (person.cpr.digits, person.name) == (CPR, "Ida Ørsted")


def test_base64_attributes_are_read_where_that_is_agreed(scene: Scene) -> None:
    person = scene.set_up(base64_attributes=True).read(scene.xml(base64_attributes=True))
    assert (person.cpr.digits, person.name) == (CPR, "Ida Ørsted")
    assert scene.set_up(base64_attributes=True).refusal(scene.xml()) == "base64"
    not_utf8 = {**nemlogin_attributes(CPR, "Ida"), OIDS["cn"]: ("/w==",)}
    encoded = {
        name: values if name == OIDS["cn"] else tuple(messages.encoded(v.encode()) for v in values)
        for name, values in not_utf8.items()
    }
    assert scene.set_up(base64_attributes=True).refusal(scene.xml(attributes=encoded)) == "attribute-value"


def test_what_the_schema_allows_and_we_do_not_need_is_passed_over(scene: Scene) -> None:
    def more(assertion: etree._Element) -> None:
        add("saml:Conditions", "<saml:OneTimeUse/>")(assertion)
        add("saml:AuthnStatement", '<saml:SubjectLocality Address="192.0.2.1"/>', 0)(assertion)
        add("saml:Conditions/saml:AudienceRestriction", "<saml:Audience>https://other.example</saml:Audience>")(
            assertion
        )
        put("saml:Issuer", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity")(assertion)
        put("saml:AuthnStatement", "AuthnInstant", "2026-11-22T11:59:30.1234567Z")(assertion)
        at("saml:AttributeStatement/saml:Attribute[1]/saml:AttributeValue")(assertion).set(
            "{http://www.w3.org/2001/XMLSchema-instance}type", "xs:string"
        )

    person = scene.read(scene.made(before=more))
    assert person.login.authenticated_at == datetime(2026, 11, 22, 11, 59, 30, 123456, tzinfo=UTC)


def test_during_roll_over_the_old_and_the_new_key_of_the_hub_are_believed(scene: Scene) -> None:
    new = HubKey.create("hub, new", 2048)
    metadata = scene.folder / "roll-over.xml"
    metadata.write_bytes(messages.hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [scene.hub, new]))
    both = scene.set_up(hub_metadata_file=metadata)
    assert both.read(scene.xml()).cpr.digits == CPR
    assert both.read(messages.login_response(scene.response(), new, scene.certificate)).cpr.digits == CPR
    assert scene.refusal(messages.login_response(scene.response(), new, scene.certificate)) == "signature"


def test_during_roll_over_both_of_our_keys_decrypt(scene: Scene) -> None:
    new = KeyPair(scene.folder / "new.key", scene.folder / "new.crt")
    create_key_pair(new, "new", NOON)
    both = scene.set_up(encryption=(new, *scene.wayf.encryption))
    assert both.read(scene.xml()).cpr.digits == CPR
    assert scene.set_up(encryption=(new,)).refusal(scene.xml()) == "decryption"


@pytest.mark.parametrize("name", ["", "  "])
def test_a_name_is_a_courtesy_and_may_be_missing(scene: Scene, name: str) -> None:
    attributes = {
        wire: values
        for wire, values in nemlogin_attributes(CPR, "x").items()
        if wire not in (OIDS["cn"], OIDS["displayName"])
    }
    assert scene.read(scene.xml(attributes=attributes)).name == ""
    assert scene.read(scene.xml(attributes={**attributes, OIDS["cn"]: (name,)})).name == ""
    assert scene.read(scene.xml(attributes={**attributes, OIDS["displayName"]: ("Ida",)})).name == "Ida"


def test_the_declaration_of_xml_may_stand_in_front(scene: Scene) -> None:
    for start in (b"<?xml version='1.0' encoding='UTF-8'?>\n", b'<?xml version="1.0"?>'):
        assert scene.read(start + scene.xml()).cpr.digits == CPR


def test_marks_of_exclamation_and_question_are_text_like_any_other(scene: Scene) -> None:
    """They begin declarations and instructions only behind a `<`."""
    xml = scene.xml(attributes=nemlogin_attributes(CPR, "Hvem? Mig!"))
    assert scene.read(b'<?xml version="1.0"?>' + xml).name == "Hvem? Mig!"
