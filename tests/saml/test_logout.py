"""Rows 29 to 31: logout messages of the hub, in the query string and posted."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from resetapp.demo import messages
from resetapp.demo.messages import RESPONDER, SUCCESS, HubKey
from resetapp.saml.names import PARTIAL_LOGOUT
from resetapp.saml.service_provider import LogoutAnswered, LogoutRequested
from tests.builders import NOON
from tests.saml.logout_scene import a_request, an_answer, changed, query, query_refusal, refusal
from tests.saml.scene import ACS, HUB, Change, Scene, add, double, gone, put, say

Read = Callable[[Scene, bytes, datetime], LogoutRequested | LogoutAnswered]


def redirected(scene: Scene, xml: bytes, now: datetime) -> LogoutRequested | LogoutAnswered:
    return scene.sp.read_logout(query(scene, xml), now)


def posted(scene: Scene, xml: bytes, now: datetime) -> LogoutRequested | LogoutAnswered:
    return scene.sp.read_posted_logout(messages.encoded(messages.signed(xml, scene.hub)), None, now)


BOTH_WAYS = pytest.mark.parametrize("read", [redirected, posted])


@BOTH_WAYS
def test_an_honest_request_names_the_login_to_end(scene: Scene, read: Read) -> None:
    assert read(scene, a_request(), NOON) == LogoutRequested(
        message_id="_hub-1",
        issuer=HUB,
        name_id="_name-1",
        session_indexes=("_index-1",),
        relay_state=None,
        expires_at=NOON + timedelta(minutes=6),
    )


@BOTH_WAYS
def test_a_request_without_an_index_means_every_login_of_the_name(scene: Scene, read: Read) -> None:
    found = read(scene, a_request(session_index=None), NOON)
    assert isinstance(found, LogoutRequested)
    assert found.session_indexes == ()


@BOTH_WAYS
def test_several_indexes_are_all_named(scene: Scene, read: Read) -> None:
    found = read(scene, changed(a_request(), double("samlp:SessionIndex")), NOON)
    assert isinstance(found, LogoutRequested)
    assert found.session_indexes == ("_index-1", "_index-1")


@BOTH_WAYS
def test_an_honest_answer_names_our_request(scene: Scene, read: Read) -> None:
    assert read(scene, an_answer(), NOON) == LogoutAnswered("_ours-1", success=True)
    assert read(scene, an_answer(status=(RESPONDER,)), NOON) == LogoutAnswered("_ours-1", success=False)


def test_the_root_and_not_the_parameter_tells_what_it_is(scene: Scene) -> None:
    """The hub posts a LogoutRequest in the field SAMLResponse."""
    assert isinstance(scene.sp.read_logout(query(scene, a_request(), "SAMLResponse"), NOON), LogoutRequested)
    assert isinstance(scene.sp.read_logout(query(scene, an_answer(), "SAMLRequest"), NOON), LogoutAnswered)


ANY_MESSAGE: list[tuple[Change, str]] = [
    (put(".", "Version", None), "version"),
    (put(".", "Version", "1.1"), "version"),
    (put(".", "Destination", None), "destination"),
    (put(".", "Destination", ACS), "destination"),
    (say("saml:Issuer", "https://other.example.org"), "issuer"),
    (say("saml:Issuer", ""), "issuer"),
    (put(".", "IssueInstant", None), "issue-instant"),
    (put(".", "IssueInstant", "now"), "issue-instant"),
    (add(".", "<samlp:Extensions/>"), "unknown-element"),
    (add(".", "<saml:Assertion/>"), "unknown-element"),
]
REQUESTS: list[tuple[Change, str]] = [
    (gone("saml:Issuer"), "issuer"),
    (gone("saml:NameID"), "shape"),
    (double("saml:NameID"), "shape"),
    (say("saml:NameID", ""), "name-id"),
    (say("samlp:SessionIndex", ""), "session-index"),
    (put(".", "NotOnOrAfter", ""), "not-on-or-after"),
    (put(".", "NotOnOrAfter", "2026-11-22T11:59:00Z"), "not-on-or-after"),
    (put(".", "IssueInstant", "2026-11-22T12:01:01Z"), "issue-instant"),
    (put(".", "IssueInstant", "2026-11-22T11:54:00Z"), "issue-instant"),
    (add(".", "<samlp:Status/>"), "shape"),
]
ANSWERS: list[tuple[Change, str]] = [
    (gone("saml:Issuer"), "issuer"),
    (gone("samlp:Status"), "shape"),
    (double("samlp:Status"), "shape"),
    (gone("samlp:Status/samlp:StatusCode"), "status"),
    (put(".", "InResponseTo", None), "shape"),
    (put(".", "InResponseTo", ""), "shape"),
    (put(".", "IssueInstant", "2026-11-22T15:01:01Z"), "issue-instant"),
    (put(".", "IssueInstant", "2026-11-22T08:54:00Z"), "issue-instant"),
]


@BOTH_WAYS
@pytest.mark.parametrize(("change", "reason"), [*ANY_MESSAGE, *REQUESTS])
def test_a_request_that_is_not_for_us_now_is_refused(scene: Scene, read: Read, change: Change, reason: str) -> None:
    xml = changed(a_request(), change)
    assert refusal(lambda: read(scene, xml, NOON)) == reason


@BOTH_WAYS
@pytest.mark.parametrize(("change", "reason"), [*ANY_MESSAGE, *ANSWERS])
def test_an_answer_that_is_not_for_us_now_is_refused(scene: Scene, read: Read, change: Change, reason: str) -> None:
    xml = changed(an_answer(), change)
    assert refusal(lambda: read(scene, xml, NOON)) == reason


def test_a_request_without_an_id_cannot_be_answered(scene: Scene) -> None:
    xml = changed(a_request(), put(".", "ID", None))
    assert query_refusal(scene, query(scene, xml)) == "shape"


def test_the_hub_writes_local_time_into_its_answers(scene: Scene) -> None:
    for instant in ("2026-11-22T14:59:59Z", "2026-11-22T09:00:00Z"):
        assert redirected(scene, changed(an_answer(), put(".", "IssueInstant", instant)), NOON)


def test_an_early_end_of_the_request_is_its_end(scene: Scene) -> None:
    found = redirected(scene, a_request(not_on_or_after=NOON + timedelta(seconds=30)), NOON)
    assert isinstance(found, LogoutRequested)
    assert found.expires_at == NOON + timedelta(seconds=90)


def test_a_response_at_the_logout_endpoint_is_refused(scene: Scene) -> None:
    assert query_refusal(scene, query(scene, scene.xml())) == "unknown-element"
    stray = b'<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">x</saml:NameID>'
    assert query_refusal(scene, query(scene, stray)) == "not-a-logout-message"


def posted_refusal(scene: Scene, xml: bytes) -> str:
    return refusal(lambda: scene.sp.read_posted_logout(messages.encoded(xml), None, NOON))


def test_a_posted_message_is_signed_as_a_whole(scene: Scene) -> None:
    good = messages.signed(a_request(), scene.hub)
    assert posted_refusal(scene, a_request()) == "unsigned"
    assert posted_refusal(scene, messages.signed(a_request(), HubKey.create("hub", 2048))) == "signature"
    assert posted_refusal(scene, good.replace(b"_name-1", b"_victim")) == "digest"
    assert posted_refusal(scene, changed(good, double("ds:Signature"))) == "several-signatures"
    assert posted_refusal(scene, changed(good, put(".", "Destination", ACS))) == "digest"
    assert posted_refusal(scene, good.replace(b"_hub-1", b"_hub-2", 1)) == "reference"
    reference = add("ds:Signature/ds:KeyInfo", '<ds:RetrievalMethod URI="http://127.0.0.1:9/"/>')
    assert posted_refusal(scene, changed(good, reference)) == "unknown-element"
    assert posted_refusal(scene, good + b"<!-- -->") == "markup-declaration"
    assert posted_refusal(scene, b"hello") == "not-xml"


def test_a_signed_login_does_not_pass_for_a_logout(scene: Scene) -> None:
    envelope = messages.error_response(scene.response(), scene.hub)
    assert posted_refusal(scene, envelope) == "unknown-element"


@BOTH_WAYS
def test_a_partial_logout_is_no_success_whatever_it_begins_with(scene: Scene, read: Read) -> None:
    """SAML core 3.7.3.2 names the second code alone; SimpleSAMLphp writes Success before it."""
    for first in (SUCCESS, RESPONDER):
        answer = read(scene, an_answer(status=(first, PARTIAL_LOGOUT)), NOON)
        assert answer == LogoutAnswered("_ours-1", success=False, partial=True)
