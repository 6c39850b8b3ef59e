"""Rows 2 to 4 and 10 of the hostile list: what is refused before and while parsing."""

import re
import tracemalloc

import pytest
from lxml import etree

from resetapp.demo import messages
from resetapp.saml.faults import Refused
from resetapp.saml.names import ASSERTION_VOCABULARY, LOGOUT_VOCABULARY, RESPONSE_VOCABULARY, Vocabulary
from resetapp.saml.xml import MESSAGE_LIMIT, parse
from tests.builders import NOON
from tests.saml.scene import CPR, Change, Scene, add, at, double, put, say

ISSUER = b"<saml:Issuer>"


def wedged(xml: bytes, what: bytes) -> bytes:
    """`what` at the beginning of the first Issuer's text."""
    assert ISSUER in xml
    return xml.replace(ISSUER, ISSUER + what, 1)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        ("", "not-xml"),
        ("%%%%", "base64"),
        ("PHNhbWw+Ü", "base64"),
        ("PHNhbWw+PC9zYW1sPg", "base64"),  # no padding
        ("PHNhbWw+PC9zYW1sPg==PHg+", "base64"),
        ("eJyzKU4sLtYHAAVuAf4=", "not-xml"),  # deflated: never inflated when posted
        (messages.encoded(b"hello"), "not-xml"),
        (messages.encoded(b"<saml"), "not-xml"),
        (messages.encoded(b"\n<a/>"), "not-xml"),
        (messages.encoded(b"\xef\xbb\xbf<a/>"), "not-xml"),
        (messages.encoded("<sæml/>".encode("latin-1")), "not-xml"),
        (messages.encoded('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16")), "not-xml"),
        (messages.encoded(b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>'), "processing-instruction"),
        (messages.encoded(b'<?xml version="1.0"?><?x ?><a/>'), "processing-instruction"),
        (messages.encoded(b'<?xml version="1.0"?><a/><?x ?>'), "processing-instruction"),
        (messages.encoded(b"<a>&unknown;</a>"), "not-xml"),
        (messages.encoded(b"<a/>"), "not-a-response"),
        (messages.encoded(b"<a/>\x00"), "not-xml"),
    ],
)
def test_a_field_that_holds_no_message_is_refused(scene: Scene, encoded: str, reason: str) -> None:
    assert scene.field_refusal(encoded) == reason


def test_a_field_one_character_too_long_is_refused(scene: Scene) -> None:
    encoded = messages.encoded(scene.xml())
    assert scene.sp.read_response(encoded + " " * (MESSAGE_LIMIT - len(encoded)), scene.pending, NOON).cpr.digits == CPR
    assert scene.field_refusal(encoded + " " * (MESSAGE_LIMIT + 1 - len(encoded))) == "too-large"


def test_no_document_of_any_origin_is_longer_than_the_limit() -> None:
    room = MESSAGE_LIMIT - len(b"<a></a>")
    assert parse(b"<a>" + b" " * room + b"</a>").tag == "a"
    with pytest.raises(Refused, match="too-large"):
        parse(b"<a>" + b" " * (room + 1) + b"</a>")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (b"<!-- -->", "markup-declaration"),
        (b"<![CDATA[x]]>", "markup-declaration"),
        (b"<?php ?>", "processing-instruction"),
    ],
)
def test_what_cuts_a_value_short_for_some_readers_is_refused(scene: Scene, what: bytes, reason: str) -> None:
    assert scene.refusal(wedged(scene.xml(), what)) == reason


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a [<!ENTITY e "x">]>',
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE a [<!ATTLIST a ID CDATA "x">]>',
    ],
)
def test_a_dtd_is_refused_whatever_it_says(scene: Scene, doctype: bytes) -> None:
    assert scene.refusal(doctype + scene.xml()) == "markup-declaration"


def test_billions_of_laughs_cost_nothing(scene: Scene) -> None:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    xml = b'<!DOCTYPE a [<!ENTITY e0 "ha">' + entities + b"]><a>&e9;</a>"
    tracemalloc.start()
    assert scene.refusal(xml) == "markup-declaration"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("what", [b"<!-- -->", b"<![CDATA[x]]>", b"<?php ?>", b"<!DOCTYPE a>"])
def test_the_same_is_refused_inside_the_encryption(scene: Scene, what: bytes) -> None:
    """A processing instruction even survives canonicalisation: the hub would have signed it."""
    assertion = messages.assertion_xml(scene.response())
    messages.sign(assertion, scene.hub)
    assert scene.refusal(scene.sealed(wedged(messages.serialised(assertion), what))) == "decryption"


def test_a_signed_processing_instruction_does_not_shorten_a_value(scene: Scene) -> None:
    def cut(assertion: etree._Element) -> None:
        name_id = at("saml:Subject/saml:NameID")(assertion)
        name_id.text = "victim"
        name_id.append(etree.ProcessingInstruction("x"))
        name_id[0].tail = "-and-somebody"

    assert scene.refusal(scene.made(before=cut)) == "decryption"


def nested(depth: int) -> bytes:
    """A Response as deep as told, of elements that are known."""
    levels = depth - 2
    status = b"<samlp:StatusCode Value='x'>" * levels + b"</samlp:StatusCode>" * levels
    return (
        b"<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'><samlp:Status>"
        + status
        + b"</samlp:Status></samlp:Response>"
    )


def test_a_document_one_level_too_deep_is_refused(scene: Scene) -> None:
    assert scene.refusal(nested(30)) == "version"
    assert scene.refusal(nested(31)) == "too-deep"
    assert scene.refusal(nested(2000)) == "not-xml"


def wide(elements: int) -> bytes:
    return (
        b"<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'>"
        + b"<samlp:Status/>" * (elements - 1)
        + b"</samlp:Response>"
    )


def test_a_document_with_one_element_too_many_is_refused(scene: Scene) -> None:
    assert scene.refusal(wide(2000)) == "version"
    assert scene.refusal(wide(2001)) == "too-many-elements"


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        (b" id='_x'", "id-spelling"),
        (b" Id='_x'", "id-spelling"),
        (b" xml:id='_x'", "id-spelling"),
        (b" xmlns:y='urn:y' y:ID='_x'", "id-spelling"),
        (b" onload='x'", "unknown-attribute"),
        (b" xmlns:y='urn:y' y:Version='2.0'", "unknown-attribute"),
    ],
)
def test_a_second_spelling_of_id_and_unknown_attributes_are_refused(
    scene: Scene, attribute: bytes, reason: str
) -> None:
    xml = scene.xml()
    assert scene.refusal(re.sub(rb" ID=", attribute + rb" ID=", xml, count=1)) == reason


@pytest.mark.parametrize("attribute", ["id", "{http://www.w3.org/XML/1998/namespace}id", "{urn:y}ID"])
def test_the_assertion_has_one_spelling_of_id_as_well(scene: Scene, attribute: str) -> None:
    assert scene.refusal(scene.made(before=put(".", attribute, "_x"))) == "id-spelling"


def test_an_id_stands_at_messages_and_assertions_only(scene: Scene) -> None:
    assert scene.refusal(scene.made(envelope=put("samlp:Status", "ID", "_x"))) == "unknown-attribute"


@pytest.mark.parametrize("vocabulary", [RESPONSE_VOCABULARY, ASSERTION_VOCABULARY, LOGOUT_VOCABULARY])
def test_no_list_of_attributes_lets_another_spelling_of_id_in(vocabulary: Vocabulary) -> None:
    names = {name for allowed in vocabulary.values() for name in allowed}
    assert {name for name in names if name.rpartition("}")[2].lower() == "id"} == {"ID"}


def test_two_elements_with_one_id_are_refused(scene: Scene) -> None:
    def same_id(assertion: etree._Element) -> None:
        add("saml:Subject", f'<saml:Assertion ID="{assertion.get("ID")}"/>')(assertion)

    def same_id_again(response: etree._Element) -> None:
        add(".", f'<samlp:Response ID="{response.get("ID")}"/>')(response)

    assert scene.refusal(scene.made(envelope=same_id_again)) == "id-not-unique"
    assert scene.refusal(scene.made(after=same_id)) == "several-assertions"


def test_an_empty_id_names_nothing(scene: Scene) -> None:
    assert scene.refusal(scene.made(envelope=put(".", "ID", ""))) == "id-not-unique"
    assert scene.refusal(scene.made(before=put(".", "ID", ""))) == "id-not-unique"
    assert scene.refusal(scene.made(before=put(".", "ID", "_" + "x" * 256))) == "assertion-id"


@pytest.mark.parametrize(
    "change",
    [
        add(".", "<samlp:Extensions/>", 1),
        add("samlp:Status", "<samlp:StatusDetail/>"),
        add(".", "<saml:EncryptedID/>"),
        add(".", "<ds:Object/>"),
    ],
)
def test_elements_that_have_no_business_in_a_response_are_refused(scene: Scene, change: Change) -> None:
    assert scene.refusal(scene.made(envelope=change)) == "unknown-element"


@pytest.mark.parametrize(
    "change",
    [
        add(".", "<saml:Advice/>"),
        add("saml:Subject", "<saml:EncryptedID/>"),
        add("ds:Signature", "<ds:Object/>"),
        add("ds:Signature/ds:KeyInfo", '<ds:RetrievalMethod URI="http://127.0.0.1:9/"/>'),
        add("saml:AttributeStatement", "<saml:EncryptedAttribute/>"),
        add("saml:Conditions", "<saml:ProxyRestriction/>"),
    ],
)
def test_elements_that_have_no_business_in_an_assertion_are_refused(scene: Scene, change: Change) -> None:
    assert scene.refusal(scene.made(after=change)) == "unknown-element"


def test_text_between_elements_is_refused(scene: Scene) -> None:
    def tail(root: etree._Element) -> None:
        root[0].tail = "text"

    assert scene.refusal(scene.made(envelope=tail)) == "stray-text"
    assert scene.refusal(scene.made(envelope=say("samlp:Status", "text"))) == "stray-text"
    assert scene.refusal(scene.made(before=tail)) == "stray-text"
    assert scene.refusal(scene.made(envelope=double("samlp:Status"))) == "response-shape"
