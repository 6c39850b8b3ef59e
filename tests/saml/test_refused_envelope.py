"""Rows 13 to 20 on the Response itself: the cheap questions, before a key is used."""

from datetime import datetime, timedelta

import pytest
from lxml import etree

from resetapp.core.outcomes import Outcome
from resetapp.demo import messages
from resetapp.demo.hub_envelope import instant
from resetapp.demo.messages import AUTHN_FAILED, RESPONDER, SUCCESS
from resetapp.saml.service_provider import PendingLogin
from tests.builders import NOON
from tests.saml.scene import ACS, CPR, HUB, SAMLP, SLO, Change, Scene, add, double, gone, put, say

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put(".", "Version", None), "version"),
        (put(".", "Version", "1.1"), "version"),
        (put(".", "Destination", None), "destination"),
        (put(".", "Destination", ""), "destination"),
        (put(".", "Destination", f"{ACS}/"), "destination"),
        (put(".", "Destination", SLO), "destination"),
        (put(".", "InResponseTo", None), "in-response-to"),
        (put(".", "InResponseTo", ""), "in-response-to"),
        (put(".", "InResponseTo", "_request-2"), "in-response-to"),
        (gone("saml:Issuer"), "issuer"),
        (say("saml:Issuer", ""), "issuer"),
        (say("saml:Issuer", "https://other.example.org"), "issuer"),
        (say("saml:Issuer", f"{HUB} "), "issuer"),
        (put("saml:Issuer", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"), "issuer"),
        (double("saml:Issuer"), "status"),
        (put(".", "IssueInstant", None), "issue-instant"),
        (put(".", "IssueInstant", "2026-11-22T12:00:00"), "issue-instant"),
        (put(".", "IssueInstant", "2026-11-22T12:00:00+00:00"), "issue-instant"),
        (put(".", "IssueInstant", "2026-11-22T12:00:00Z\n "), "issue-instant"),
        (put(".", "IssueInstant", "2026-02-30T12:00:00Z"), "issue-instant"),
        (put(".", "IssueInstant", "9999-12-31T23:59:59Z"), "issue-instant"),
        (gone("samlp:Status"), "status"),
        (gone("samlp:Status/samlp:StatusCode"), "status"),
        (put("samlp:Status/samlp:StatusCode", "Value", None), "status"),
        (put("samlp:Status/samlp:StatusCode", "Value", "Success"), "status"),
        (put("samlp:Status/samlp:StatusCode", "Value", STATUS + "Requester"), "status"),
        (gone("saml:EncryptedAssertion"), "response-shape"),
        (double("saml:EncryptedAssertion"), "response-shape"),
        (add(".", "<saml:Assertion/>"), "plain-assertion"),
        (add("saml:EncryptedAssertion", "<saml:Assertion/>"), "plain-assertion"),
    ],
)
def test_an_envelope_that_is_not_for_us_now_is_refused(scene: Scene, change: Change, reason: str) -> None:
    assert scene.refusal(scene.made(envelope=change)) == reason


def test_another_element_does_not_pass_for_the_status(scene: Scene) -> None:
    def renamed(response: etree._Element) -> None:
        response.find(f"{SAMLP}Status").tag = f"{SAMLP}StatusMessage"

    def emptied(response: etree._Element) -> None:
        del response[1:]

    assert scene.refusal(scene.made(envelope=renamed)) == "status"
    assert scene.refusal(scene.made(envelope=emptied)) == "status"


def test_a_plain_assertion_is_refused_however_well_it_is_signed(scene: Scene) -> None:
    assert scene.refusal(scene.xml(encrypt=False)) == "plain-assertion"


@pytest.mark.parametrize(
    ("issued", "reason"),
    [
        (NOON + timedelta(seconds=60), None),
        (NOON + timedelta(seconds=61), "issue-instant"),
        (NOON - timedelta(seconds=120), None),  # the request left at 11:59
        (NOON - timedelta(seconds=121), "issue-instant"),
    ],
)
def test_the_response_is_neither_from_the_future_nor_older_than_the_request(
    scene: Scene, issued: datetime, reason: str | None
) -> None:
    xml = scene.made(envelope=put(".", "IssueInstant", instant(issued)))
    if reason is None:
        assert scene.read(xml).cpr.digits == CPR
    else:
        assert scene.refusal(xml) == reason


def test_a_response_is_good_for_five_minutes_and_the_difference_of_two_clocks(scene: Scene) -> None:
    lasting = timedelta(hours=1)
    xml = scene.xml(not_on_or_after=lasting, confirmation_not_on_or_after=lasting)
    end = NOON + timedelta(minutes=5) + scene.wayf.clock_skew
    assert scene.read(xml, end - timedelta(seconds=1)).cpr.digits == CPR
    assert scene.refusal(xml, end) == "issue-instant"


def test_the_request_waits_for_ten_minutes_and_no_longer(scene: Scene) -> None:
    def asked(ago: timedelta) -> PendingLogin:
        return PendingLogin("_request-1", NOON - ago)

    assert scene.read(scene.xml(), pending=asked(timedelta(minutes=10))).cpr.digits == CPR
    assert scene.refusal(scene.xml(), pending=asked(timedelta(minutes=10, seconds=1))) == "request-expired"


def test_without_a_request_of_this_browser_nothing_is_accepted(scene: Scene) -> None:
    nobody = PendingLogin("", NOON)
    assert scene.refusal(scene.xml(in_response_to=""), pending=nobody) == "no-pending-request"
    assert scene.refusal(scene.xml(in_response_to=None), pending=nobody) == "no-pending-request"
    assert scene.refusal(scene.xml(), pending=PendingLogin("_another", NOON)) == "in-response-to"


@pytest.mark.parametrize(
    ("codes", "reason", "outcome"),
    [
        ((RESPONDER, AUTHN_FAILED), "authn-failed", Outcome.CANCELLED),
        ((RESPONDER, STATUS + "RequestDenied"), "request-denied", Outcome.CANCELLED),
        ((RESPONDER, STATUS + "NoAuthnContext"), "no-authn-context", Outcome.LOGIN_FAILED),
        ((RESPONDER, STATUS + "NoPassive"), "no-passive", Outcome.LOGIN_FAILED),
        ((RESPONDER,), "status", Outcome.LOGIN_FAILED),
        ((RESPONDER, SUCCESS), "status", Outcome.LOGIN_FAILED),
        ((STATUS + "Requester", "https://example.org/own"), "status", Outcome.LOGIN_FAILED),
    ],
)
def test_a_failure_at_the_hub_picks_a_page(scene: Scene, codes: tuple[str, ...], reason: str, outcome: Outcome) -> None:
    response = scene.response(status=codes, status_message="the person said no")
    assert scene.refusal(messages.error_response(response, scene.hub), outcome=outcome) == reason
    assert scene.refusal(messages.error_response(response, None), outcome=outcome) == reason


def test_somebody_elses_failure_picks_no_page(scene: Scene) -> None:
    response = scene.response(status=(RESPONDER, AUTHN_FAILED), in_response_to="_request-2")
    assert scene.refusal(messages.error_response(response, scene.hub)) == "in-response-to"


def test_a_failure_with_an_assertion_is_a_failure(scene: Scene) -> None:
    assert scene.refusal(scene.xml(status=(RESPONDER, AUTHN_FAILED)), outcome=Outcome.CANCELLED) == "authn-failed"


def test_a_logout_message_at_the_assertion_consumer_service_is_refused(scene: Scene) -> None:
    answer = messages.logout_response(issuer=HUB, destination=ACS, in_response_to="_request-1", now=NOON)
    assert scene.refusal(messages.signed(answer, scene.hub)) == "not-a-response"
