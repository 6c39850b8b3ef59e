"""Everything that is posted to the assertion consumer service without being an honest answer: refused, no login.

Each case begins as an honest message, so that what refuses it is the one thing that was changed. The gate's own
details are tested in tests/saml; here stands the issue's list, seen from outside.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from resetapp.demo import wrapping
from resetapp.demo.messages import (
    Cipher,
    HubKey,
    KeyTransport,
    LoginResponse,
    Signing,
    assertion_xml,
    encoded,
    encrypt,
    envelope_xml,
    login_response,
    serialised,
    sign,
)
from resetapp.demo.people import PERSONAS
from resetapp.storage.tables import Login, Visit
from tests.web.conftest import World

CPR = next(persona.cpr for persona in PERSONAS if persona.key == "freja") or ""
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


def refused(world: World, answer: TestResponse, status: int = 403) -> None:
    """A page with a reference code, the start of no login, and nothing of the cause for the browser."""
    assert answer.status_code == status
    assert "Henvisningskode" in answer.text
    assert not world.logged_in()
    with world.app.extensions["resetapp"].database.reading() as db:
        assert db.query(Login).filter(Login.completed_at.isnot(None)).count() == 0
        assert db.query(Visit).count() == 0


def honest(world: World, **changes: Any) -> LoginResponse:
    return world.hub.answer(world.start(), CPR, **changes)


def signed_assertion(world: World, response: LoginResponse) -> etree._Element:
    assertion = assertion_xml(response)
    sign(assertion, world.hub.key)
    return assertion


def sealed(world: World, assertion: etree._Element | bytes, response: LoginResponse) -> str:
    """A hand-made assertion, encrypted to us and put into an honest envelope."""
    octets = assertion if isinstance(assertion, bytes) else serialised(assertion)
    envelope = envelope_xml(response)
    envelope.append(encrypt(octets, world.hub.certificate, KeyTransport.MGF1P, Cipher.AES256_GCM))
    return encoded(serialised(envelope))


def test_an_honest_answer_opens_a_login(world: World) -> None:
    answer = world.post_response(world.hub.posted(honest(world)))
    assert (answer.status_code, answer.location) == (303, "/password")
    assert world.logged_in()


CHANGES: dict[str, dict[str, Any]] = {
    "unencrypted": {"encrypt": False},
    "unsigned": {"signing": Signing.NONE},
    "only the response signed": {"signing": Signing.RESPONSE},
    "wrong audience": {"audience": "https://other.example/saml/metadata"},
    "no audience": {"audience": None},
    "wrong recipient": {"recipient": "https://other.example/saml/acs"},
    "no recipient": {"recipient": None},
    "wrong destination": {"destination": "https://other.example/saml/acs"},
    "no destination": {"destination": None},
    "wrong in_response_to": {"in_response_to": "_somebody-elses"},
    "no in_response_to": {"in_response_to": None},
    "wrong issuer": {"issuer": "https://other.example"},
    "expired": {"not_on_or_after": timedelta(seconds=-61)},
    "confirmation expired": {"confirmation_not_on_or_after": timedelta(seconds=-61)},
    "not yet valid": {"not_before": timedelta(seconds=61)},
    "session over": {"session_not_on_or_after": timedelta(seconds=-61)},
    "other authority": {"authorities": ("https://saml.nemlog-in.dk", "https://idp.university.example")},
    "no authority": {"authorities": ()},
    "other home organisation": {"home_organization": "university.example"},
    "low level": {"level": ("Low",)},
    "no level": {"level": ()},
    "two levels": {"level": ("Substantial", "Low")},
    "legacy level, not switched on": {"level": ("3",)},
    "unknown level": {"level": ("Enormous",)},
    "two CPR numbers": {"cpr_values": (CPR, "6101901234")},
    "no CPR number": {"cpr_values": ()},
    "a pseudo CPR number": {"cpr_values": ("610190ABC4",)},
    "eleven digits": {"cpr_values": (CPR + "0",)},
    "an impossible date": {"cpr_values": ("0099901234",)},
    "CBC, not switched on": {"cipher": Cipher.AES256_CBC},
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_changed_value_is_enough(world: World, change: str) -> None:
    refused(world, world.post_response(world.hub.posted(honest(world, **CHANGES[change]))))


def test_signed_by_another_key(world: World) -> None:
    other = replace(world.hub, key=HubKey.create("test hub", bits=2048))
    refused(world, world.post_response(other.posted(honest(world))))


def test_edited_after_signing(world: World) -> None:
    response = honest(world)
    octets = serialised(signed_assertion(world, response))
    assert octets.count(CPR.encode()) >= 1
    refused(world, world.post_response(sealed(world, octets.replace(CPR.encode(), b"6101901234"), response)))


SHAPES = [
    wrapping.honest_inside_advice,
    wrapping.honest_inside_an_object,
    wrapping.evil_inside_the_signature,
    wrapping.signed_twice,
    wrapping.same_id_alone,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_signature_wrapping(world: World, shape: wrapping.Shape) -> None:
    response = honest(world)
    forged = assertion_xml(replace(response, assertion_id="_forged"))
    for value in forged.iter(f"{SAML}AttributeValue"):
        value.text = (value.text or "").replace(CPR, "6101901234")
    [wrapped] = shape(forged, signed_assertion(world, response))
    refused(world, world.post_response(sealed(world, wrapped, response)))


def test_two_assertions(world: World) -> None:
    response = honest(world)
    envelope = envelope_xml(response)
    for number in range(2):
        one = signed_assertion(world, replace(response, assertion_id=f"_a{number}"))
        envelope.append(encrypt(serialised(one), world.hub.certificate, KeyTransport.MGF1P, Cipher.AES256_GCM))
    refused(world, world.post_response(encoded(serialised(envelope))))


@pytest.mark.parametrize(
    "prologue",
    [b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY e "e">]>', b"<!-- c -->", b"<?pi?>", b"\xef\xbb\xbf<!DOCTYPE x>"],
)
def test_document_types_comments_and_instructions(world: World, prologue: bytes) -> None:
    octets = login_response(honest(world), world.hub.key, world.hub.certificate)
    refused(world, world.post_response(encoded(prologue + octets)))


def test_a_response_can_be_used_once(world: World) -> None:
    field = world.hub.posted(honest(world))
    assert world.post_response(field).status_code == 303
    world.client.delete_cookie("__Host-resetapp", domain="password.example.dk")
    assert world.post_response(field).status_code == 403
    assert not world.logged_in()


def test_an_assertion_cannot_be_moved_to_a_new_request(world: World) -> None:
    """The same assertion, freshly wrapped for another pending request of the same browser."""
    first = honest(world)
    assert world.post_response(world.hub.posted(first)).status_code == 303
    world.client.delete_cookie("__Host-resetapp", domain="password.example.dk")
    again = replace(first, in_response_to=world.start())
    assert world.post_response(world.hub.posted(again)).status_code == 403
    assert not world.logged_in()


def test_a_response_posted_in_another_browser(world: World) -> None:
    """Login CSRF: the attacker starts, logs in and hands the answer to the victim's browser."""
    field = world.hub.posted(honest(world))
    victim = world.other_browser()
    assert world.post_response(field, victim).status_code == 403
    assert not world.logged_in(victim)
    world.start(victim)  # a login of the victim's own does not help
    assert world.post_response(field, victim).status_code == 403
    assert not world.logged_in(victim)


def test_an_answer_that_comes_too_late(world: World) -> None:
    request = world.start()
    world.clock.forward(minutes=10, seconds=1)
    answer = world.post_response(world.hub.posted(world.hub.answer(request, CPR)))
    refused(world, answer)
    assert "tog for lang tid" in answer.text


@pytest.mark.parametrize(
    "field",
    ["", "%%%", "PHhtbA", base64.b64encode(b"not xml").decode(), base64.b64encode(b"<a/>").decode(), "A" * 200_000],
)
def test_what_is_no_message_at_all(world: World, field: str) -> None:
    world.start()
    refused(world, world.post_response(field))


def test_a_body_over_the_limit_is_not_read(world: World) -> None:
    world.start()
    refused(world, world.post_response("A" * 300_000), 413)


def test_a_bomb_of_elements(world: World) -> None:
    response = honest(world)
    octets = serialised(envelope_xml(response)).replace(b"</samlp:Response>", b"<a>" * 3000)
    refused(world, world.post_response(encoded(octets + b"</a>" * 3000 + b"</samlp:Response>")))


def test_a_broken_answer_does_not_spoil_the_genuine_one(world: World) -> None:
    """Anybody can make a browser post rubbish here; the person who is just logging in must not pay for it."""
    response = honest(world)
    assert world.post_response(encoded(b"<rubbish/>")).status_code == 403
    assert world.post_response(world.hub.posted(response)).status_code == 303


def test_the_browser_is_told_nothing_about_the_cause(world: World) -> None:
    """One page for every broken message: only the reference code differs."""
    pages = set()
    for change in ("unsigned", "wrong audience", "expired", "wrong destination"):
        page = world.post_response(world.hub.posted(honest(world, **CHANGES[change]))).text
        pages.add(re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}", "", page))
    assert len(pages) == 1


def test_after_too_many_broken_answers_to_one_request_no_more_are_parsed(make_world: Callable[..., World]) -> None:
    world = make_world()
    limits = replace(world.settings.limits, failed_answers_per_login=3)
    world = make_world(limits=limits)
    response = honest(world)
    for _ in range(3):
        assert world.post_response("PHhtbC8+").status_code == 403
    assert world.post_response(world.hub.posted(response)).status_code == 403
    assert not world.logged_in()
    assert world.log_in(CPR, world.other_browser()).status_code == 303  # from the same address
