"""Rows 5 to 8 and 12: signatures that are missing, doubled, weak, somebody else's or not over what is read."""

import base64
from copy import deepcopy
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from resetapp.demo import messages
from resetapp.demo.hub_crypto import canonical
from resetapp.demo.messages import DigestAlgorithm, HubKey, SignatureAlgorithm, Signing
from tests.saml.scene import CPR, DS, HUB, Change, Scene, add, at, double, gone, put, say

INFO = "ds:Signature/ds:SignedInfo"
REFERENCE = f"{INFO}/ds:Reference"
TRANSFORMS = f"{REFERENCE}/ds:Transforms"
DSIG = DS[1:-1]
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
PREFIXES = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="x">{{}}</ec:InclusiveNamespaces>'
TRANSFORM = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'


def resigned(scene: Scene, change: Change) -> Change:
    """Changes SignedInfo and signs it anew with the hub's own key: only the shape is then at fault."""

    def tamper(assertion: etree._Element) -> None:
        change(assertion)
        info = at(INFO)(assertion)
        value = scene.hub.private.sign(canonical(info), padding.PKCS1v15(), hashes.SHA256())
        at("ds:Signature/ds:SignatureValue")(assertion).text = base64.b64encode(value).decode()

    return tamper


def test_an_assertion_without_a_signature_is_refused_though_it_is_encrypted(scene: Scene) -> None:
    assert scene.refusal(scene.xml(signing=Signing.NONE)) == "unsigned-assertion"


def test_a_signature_on_the_response_alone_is_refused_with_its_own_reason(scene: Scene) -> None:
    """So that the operator sees what to ask WAYF for."""
    assert scene.refusal(scene.xml(signing=Signing.RESPONSE)) == "only-response-signed"


def test_values_changed_after_signing_are_refused(scene: Scene) -> None:
    def another_person(assertion: etree._Element) -> None:
        for value in assertion.iter("{urn:oasis:names:tc:SAML:2.0:assertion}AttributeValue"):
            value.text = value.text.replace(CPR, "6102901234")

    assert scene.refusal(scene.made(after=another_person)) == "digest"
    assert scene.refusal(scene.made(after=put(".", "Version", "2.00"))) == "digest"
    assert scene.refusal(scene.made(after=say("saml:Subject/saml:NameID", "x"))) == "digest"


def test_white_space_counts(scene: Scene) -> None:
    def more_space(assertion: etree._Element) -> None:
        assertion.text = "\n"

    assert scene.refusal(scene.made(after=more_space)) == "digest"


def test_a_stranger_with_his_own_certificate_inside_is_refused(scene: Scene) -> None:
    stranger = HubKey.create("hub", 2048)
    xml = messages.login_response(scene.response(), stranger, scene.certificate)
    assert scene.refusal(xml) == "signature"


def test_a_key_info_of_the_hub_does_not_help_the_stranger(scene: Scene) -> None:
    stranger = HubKey.create("hub", 2048)
    assertion = messages.assertion_xml(scene.response())
    signature = messages.sign(assertion, stranger)
    signature.find(f".//{DS}X509Certificate").text = scene.hub.certificate_text()
    assert scene.refusal(scene.sealed(messages.serialised(assertion))) == "signature"


def test_key_info_is_not_needed_and_not_read(scene: Scene) -> None:
    assert scene.read(scene.made(after=gone("ds:Signature/ds:KeyInfo"))).cpr.digits == CPR
    rubbish = say("ds:Signature/ds:KeyInfo/ds:X509Data/ds:X509Certificate", "rubbish")
    assert scene.read(scene.made(after=rubbish)).cpr.digits == CPR


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signature_algorithm": SignatureAlgorithm.RSA_SHA1}, "signature-algorithm"),
        ({"digest_algorithm": DigestAlgorithm.SHA1}, "digest-algorithm"),
    ],
)
def test_sha1_is_refused(scene: Scene, changes: dict[str, Any], reason: str) -> None:
    assert scene.refusal(scene.xml(**changes)) == reason
    assert scene.refusal(scene.xml(signing=Signing.BOTH, **changes)) == reason


@pytest.mark.parametrize(
    "method",
    [
        None,
        "",
        DSIG + "rsa-sha1",
        DSIG + "dsa-sha1",
        DSIG + "hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
    ],
)
def test_signature_methods_that_are_not_on_the_list_are_refused(scene: Scene, method: str | None) -> None:
    change = put(f"{INFO}/ds:SignatureMethod", "Algorithm", method)
    assert scene.refusal(scene.made(after=resigned(scene, change))) == "signature-algorithm"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put(f"{INFO}/ds:CanonicalizationMethod", "Algorithm", INCLUSIVE), "canonicalization"),
        (put(f"{INFO}/ds:CanonicalizationMethod", "Algorithm", EXCLUSIVE + "WithComments"), "canonicalization"),
        (put(f"{INFO}/ds:CanonicalizationMethod", "Algorithm", None), "canonicalization"),
        (add(f"{INFO}/ds:CanonicalizationMethod", TRANSFORM), "canonicalization"),
        (add(f"{INFO}/ds:CanonicalizationMethod", PREFIXES.format("<ds:KeyInfo/>")), "canonicalization"),
        (add(f"{TRANSFORMS}/ds:Transform[2]", PREFIXES.format("<ds:KeyInfo/>")), "canonicalization"),
        (add(f"{INFO}/ds:SignatureMethod", TRANSFORM), "signature-shape"),
        (put(REFERENCE, "URI", None), "reference"),
        (put(REFERENCE, "URI", ""), "reference"),
        (put(REFERENCE, "URI", "#"), "reference"),
        (put(REFERENCE, "URI", "#_another"), "reference"),
        (put(REFERENCE, "URI", "http://127.0.0.1:9/"), "reference"),
        (put(REFERENCE, "URI", "#xpointer(/)"), "reference"),
        (put(REFERENCE, "Type", "http://www.w3.org/2000/09/xmldsig#Object"), "unknown-attribute"),
        (double(REFERENCE), "signature-shape"),
        (gone(REFERENCE), "signature-shape"),
        (gone(TRANSFORMS), "signature-shape"),
        (gone(f"{TRANSFORMS}/ds:Transform[1]"), "transforms"),
        (gone(f"{TRANSFORMS}/ds:Transform[2]"), "transforms"),
        (add(TRANSFORMS, TRANSFORM), "transforms"),
        (put(f"{TRANSFORMS}/ds:Transform[1]", "Algorithm", EXCLUSIVE), "transforms"),
        (put(f"{TRANSFORMS}/ds:Transform[2]", "Algorithm", INCLUSIVE), "transforms"),
        (put(f"{TRANSFORMS}/ds:Transform[2]", "Algorithm", EXCLUSIVE + "WithComments"), "transforms"),
        (
            put(f"{TRANSFORMS}/ds:Transform[2]", "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
            "transforms",
        ),
        (put(f"{TRANSFORMS}/ds:Transform[2]", "Algorithm", "http://www.w3.org/2002/06/xmldsig-filter2"), "transforms"),
        (add(f"{TRANSFORMS}/ds:Transform[1]", TRANSFORM), "transforms"),
        (add(f"{TRANSFORMS}/ds:Transform[2]", TRANSFORM), "canonicalization"),
        (put(f"{REFERENCE}/ds:DigestMethod", "Algorithm", DSIG + "sha1"), "digest-algorithm"),
        (
            put(f"{REFERENCE}/ds:DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5"),
            "digest-algorithm",
        ),
        (put(f"{REFERENCE}/ds:DigestMethod", "Algorithm", None), "digest-algorithm"),
        (add(f"{REFERENCE}/ds:DigestMethod", TRANSFORM), "signature-shape"),
        (say(f"{REFERENCE}/ds:DigestValue", ""), "empty-value"),
        (say(f"{REFERENCE}/ds:DigestValue", "AAAA"), "digest"),
        (say(f"{REFERENCE}/ds:DigestValue", "not base64!"), "base64"),
        (add(f"{REFERENCE}/ds:DigestValue", "<ds:KeyInfo/>"), "stray-text"),
        (double(f"{REFERENCE}/ds:DigestValue"), "signature-shape"),
    ],
)
def test_another_shape_is_refused_even_when_the_hub_itself_signed_it(scene: Scene, change: Change, reason: str) -> None:
    assert scene.refusal(scene.made(after=resigned(scene, change))) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (gone(INFO), "signature-shape"),
        (double(INFO), "signature-shape"),
        (gone("ds:Signature/ds:SignatureValue"), "signature-shape"),
        (double("ds:Signature/ds:SignatureValue"), "signature-shape"),
        (say("ds:Signature/ds:SignatureValue", ""), "empty-value"),
        (say("ds:Signature/ds:SignatureValue", "AAAA"), "signature"),
        (say("ds:Signature/ds:SignatureValue", "not base64!"), "base64"),
        (add("ds:Signature/ds:SignatureValue", "<ds:KeyInfo/>"), "stray-text"),
        (double("ds:Signature/ds:KeyInfo"), "signature-shape"),
        (add("ds:Signature", "<ds:X509Data/>"), "signature-shape"),
    ],
)
def test_a_broken_signature_is_refused(scene: Scene, change: Change, reason: str) -> None:
    assert scene.refusal(scene.made(after=change)) == reason


def moved(path: str) -> Change:
    """The signature as a child of another element."""

    def change(assertion: etree._Element) -> None:
        at(path)(assertion).append(assertion.find(f"{DS}Signature"))

    return change


@pytest.mark.parametrize("path", [".", "saml:Subject", "saml:Issuer", "saml:AttributeStatement"])
def test_a_signature_anywhere_but_after_the_issuer_is_refused(scene: Scene, path: str) -> None:
    assert scene.refusal(scene.made(after=moved(path))) in ("signature-place", "stray-text")


def test_two_signatures_are_refused_though_both_are_good(scene: Scene) -> None:
    def again(assertion: etree._Element) -> None:
        messages.sign(assertion, scene.hub, position=2)

    assert scene.refusal(scene.made(after=double("ds:Signature"))) == "several-signatures"
    assert scene.refusal(scene.made(after=again)) == "several-signatures"


def test_a_bad_signature_on_the_response_counts_though_none_is_asked_for(scene: Scene) -> None:
    def by(key: HubKey) -> Change:
        return lambda response: messages.sign(response, key)

    def changed_afterwards(response: etree._Element) -> None:
        messages.sign(response, scene.hub)
        response.set("Consent", "urn:oasis:names:tc:SAML:2.0:consent:obtained")

    def twice(response: etree._Element) -> None:
        messages.sign(response, scene.hub)
        messages.sign(response, scene.hub, position=2)

    def at_the_end(response: etree._Element) -> None:
        messages.sign(response, scene.hub, position=3)

    assert scene.read(scene.made(envelope=by(scene.hub))).cpr.digits == CPR
    assert scene.refusal(scene.made(envelope=by(HubKey.create("hub", 2048)))) == "signature"
    assert scene.refusal(scene.made(envelope=changed_afterwards)) == "digest"
    assert scene.refusal(scene.made(envelope=twice)) == "several-signatures"
    assert scene.refusal(scene.made(envelope=at_the_end)) == "signature-place"


def test_a_key_that_is_too_short_is_not_believed(scene: Scene) -> None:
    short = HubKey.create("hub", 1024)
    metadata = scene.folder / "short.xml"
    metadata.write_bytes(messages.hub_metadata(HUB, f"{HUB}/sso", None, [scene.hub, short]))
    xml = messages.login_response(scene.response(), short, scene.certificate)
    assert scene.set_up(hub_metadata_file=metadata).refusal(xml) == "signature"


def test_a_signature_moved_to_another_assertion_is_refused(scene: Scene) -> None:
    other = messages.assertion_xml(scene.response())
    signature = messages.sign(other, scene.hub)

    def swap(assertion: etree._Element) -> None:
        assertion.replace(assertion.find(f"{DS}Signature"), deepcopy(signature))

    assert scene.refusal(scene.made(after=swap)) == "reference"


def test_the_id_must_be_there_for_the_reference_to_name_it(scene: Scene) -> None:
    assertion = messages.assertion_xml(scene.response(assertion_id=None))
    assertion.set("ID", "")
    messages.sign(assertion, scene.hub)
    del assertion.attrib["ID"]
    assert scene.refusal(scene.sealed(messages.serialised(assertion))) == "reference"


def test_an_assertion_that_has_no_canonical_form_is_refused(scene: Scene) -> None:
    """Where a library answers with nothing instead, the digest of nothing is easily met."""
    assertion = messages.assertion_xml(scene.response())
    messages.sign(assertion, scene.hub)
    plain = messages.serialised(assertion).replace(b"<saml:Subject>", b'<saml:Subject xmlns:x="relative">')
    assert scene.refusal(scene.sealed(plain)) == "canonical-form"
