"""Signature wrapping: an honest, signed assertion comes along, and the attacker's own is to be read instead.

The shapes are those of "On Breaking SAML: Be Whoever You Want to Be" (Somorovsky et al., 2012), fitted to messages
whose assertion is encrypted: the attacker has one honest assertion of his own and encrypts what he likes.
"""

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from resetapp.demo import messages
from resetapp.demo.messages import nemlogin_attributes
from tests.saml.scene import DS, SAML, SAMLP, Scene

VICTIM = "6102901234"
Shape = Callable[[etree._Element, etree._Element], list[etree._Element]]


def signature_of(assertion: etree._Element) -> etree._Element:
    return assertion.find(f"{DS}Signature")


def unsigned(assertion: etree._Element) -> etree._Element:
    copy = deepcopy(assertion)
    copy.remove(signature_of(copy))
    return copy


def element(tag: str, *children: etree._Element) -> etree._Element:
    made = etree.Element(tag)
    made.extend(children)
    return made


def evil_first(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    return [evil, honest]


def evil_last(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    return [honest, evil]


def honest_inside_evil(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.append(honest)
    return [evil]


def signature_on_evil_honest_inside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.insert(1, deepcopy(signature_of(honest)))
    evil.append(unsigned(honest))
    return [evil]


def honest_inside_the_signature_of_evil(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    signature = deepcopy(signature_of(honest))
    signature.append(unsigned(honest))
    evil.insert(1, signature)
    return [evil]


def honest_inside_an_object(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    signature = deepcopy(signature_of(honest))
    signature.append(element(f"{DS}Object", unsigned(honest)))
    evil.insert(1, signature)
    return [evil]


def honest_inside_the_key_info(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    signature = deepcopy(signature_of(honest))
    signature.find(f"{DS}KeyInfo/{DS}X509Data").append(unsigned(honest))
    evil.insert(1, signature)
    return [evil]


def honest_inside_advice(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.append(element(f"{SAML}Advice", honest))
    return [evil]


def honest_inside_an_attribute(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.find(f".//{SAML}AttributeValue").append(honest)
    return [evil]


def evil_inside_honest(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    honest.append(evil)
    return [honest]


def signature_on_evil_honest_beside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.insert(1, deepcopy(signature_of(honest)))
    return [evil, unsigned(honest)]


def same_id_honest_beside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.set("ID", honest.get("ID"))
    evil.insert(1, deepcopy(signature_of(honest)))
    return [evil, unsigned(honest)]


def same_id_alone(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.set("ID", honest.get("ID"))
    evil.insert(1, deepcopy(signature_of(honest)))
    return [evil]


def honest_response_inside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    return [element(f"{SAMLP}Response", honest), evil]


def evil_statement_added(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    honest.append(evil.find(f"{SAML}AttributeStatement"))
    return [honest]


SHAPES: dict[Shape, str] = {
    evil_first: "not-one-assertion",
    evil_last: "not-one-assertion",
    signature_on_evil_honest_beside: "not-one-assertion",
    same_id_honest_beside: "not-one-assertion",
    honest_response_inside: "not-one-assertion",
    honest_inside_evil: "several-assertions",
    evil_inside_honest: "several-assertions",
    signature_on_evil_honest_inside: "several-assertions",
    honest_inside_the_signature_of_evil: "several-assertions",
    honest_inside_an_object: "several-assertions",
    honest_inside_the_key_info: "several-assertions",
    honest_inside_advice: "several-assertions",
    honest_inside_an_attribute: "several-assertions",
    same_id_alone: "digest",
    evil_statement_added: "digest",
}


def honest_assertion(scene: Scene) -> etree._Element:
    assertion = messages.assertion_xml(scene.response())
    messages.sign(assertion, scene.hub)
    return assertion


def evil_assertion(scene: Scene) -> etree._Element:
    return messages.assertion_xml(scene.response(attributes=nemlogin_attributes(VICTIM, "Victim")))


@pytest.mark.parametrize(("shape", "reason"), SHAPES.items(), ids=[shape.__name__ for shape in SHAPES])
def test_a_wrapped_assertion_is_refused(scene: Scene, shape: Shape, reason: str) -> None:
    found = shape(evil_assertion(scene), honest_assertion(scene))
    plain = b"".join(messages.serialised(each) for each in found)
    assert scene.refusal(scene.sealed(plain)) == reason


def encrypted(scene: Scene, assertion: etree._Element) -> etree._Element:
    return messages.encrypt(messages.serialised(assertion), scene.certificate)


@pytest.mark.parametrize("honest_at", [2, 3])
def test_a_second_encrypted_assertion_is_refused_wherever_it_stands(scene: Scene, honest_at: int) -> None:
    envelope = messages.envelope_xml(scene.response())
    envelope.append(encrypted(scene, evil_assertion(scene)))
    envelope.insert(honest_at, encrypted(scene, honest_assertion(scene)))
    assert scene.refusal(messages.serialised(envelope)) == "response-shape"


def test_a_response_around_the_signed_response_is_refused(scene: Scene) -> None:
    signed = messages.envelope_xml(scene.response())
    signed.append(encrypted(scene, honest_assertion(scene)))
    signature = messages.sign(signed, scene.hub)
    outer = messages.envelope_xml(scene.response())
    outer.append(encrypted(scene, evil_assertion(scene)))
    outer.append(deepcopy(signed))
    assert scene.refusal(messages.serialised(outer)) == "signature-place"
    outer.remove(outer[-1])
    outer.insert(1, deepcopy(signature))
    assert scene.refusal(messages.serialised(outer)) == "reference"


def test_a_signed_response_does_not_vouch_for_the_assertion_inside(scene: Scene) -> None:
    envelope = messages.envelope_xml(scene.response())
    envelope.append(encrypted(scene, evil_assertion(scene)))
    messages.sign(envelope, scene.hub)
    assert scene.refusal(messages.serialised(envelope)) == "only-response-signed"


def test_the_wrapper_of_the_plaintext_cannot_be_left(scene: Scene) -> None:
    """The plaintext is read between <w> and </w>; it must not be able to close that and open its own."""
    honest = messages.serialised(honest_assertion(scene))
    for plain in (honest + b"</w><w>", b"</w>" + honest, honest + b"</w>", b"<w>" + honest, honest + b"<w/>", b""):
        assert scene.refusal(scene.sealed(plain)) in ("decryption", "not-one-assertion")
    for plain in (b"text" + honest, honest + b"text"):
        assert scene.refusal(scene.sealed(plain)) == "not-one-assertion"


def test_an_encrypted_assertion_inside_the_encryption_is_refused(scene: Scene) -> None:
    inner = messages.serialised(encrypted(scene, honest_assertion(scene)))
    assert scene.refusal(scene.sealed(inner)) == "not-one-assertion"
