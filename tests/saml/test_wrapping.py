"""Signature wrapping: an honest, signed assertion comes along, and the attacker's own is to be read instead.

The shapes are the simulator's (`resetapp.demo.wrapping`), where each of them can be clicked.
"""

from copy import deepcopy

import pytest
from lxml import etree

from resetapp.demo import messages
from resetapp.demo import wrapping as shapes
from resetapp.demo.messages import nemlogin_attributes
from resetapp.demo.wrapping import Shape
from tests.saml.scene import Scene

VICTIM = "6102901234"

SHAPES: dict[Shape, str] = {
    shapes.evil_first: "not-one-assertion",
    shapes.evil_last: "not-one-assertion",
    shapes.signature_on_evil_honest_beside: "not-one-assertion",
    shapes.same_id_honest_beside: "not-one-assertion",
    shapes.honest_response_inside: "not-one-assertion",
    shapes.honest_inside_evil: "several-assertions",
    shapes.evil_inside_honest: "several-assertions",
    shapes.signature_on_evil_honest_inside: "several-assertions",
    shapes.honest_inside_the_signature_of_evil: "several-assertions",
    shapes.honest_inside_an_object: "several-assertions",
    shapes.honest_inside_the_key_info: "several-assertions",
    shapes.honest_inside_advice: "several-assertions",
    shapes.honest_inside_an_attribute: "several-assertions",
    shapes.same_id_alone: "digest",
    shapes.evil_statement_added: "digest",
    shapes.evil_inside_the_signature: "several-assertions",
    shapes.signed_twice: "several-signatures",
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
