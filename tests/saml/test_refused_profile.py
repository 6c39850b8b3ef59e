"""Rows 13 to 26 on the assertion itself, all of them signed by the hub: each value missing, and each value wrong."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from resetapp.demo.hub_envelope import instant
from resetapp.saml.service_provider import PendingLogin
from tests.builders import NOON
from tests.saml.scene import ACS, CPR, ENTITY, HUB, Change, Scene, add, double, gone, put, say

DATA = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
CONFIRMATION = "saml:Subject/saml:SubjectConfirmation"
RESTRICTION = "saml:Conditions/saml:AudienceRestriction"
CONTEXT = "saml:AuthnStatement/saml:AuthnContext"
FIRST = "saml:AttributeStatement/saml:Attribute[1]"
METHOD = "urn:oasis:names:tc:SAML:2.0:cm:"
OTHER_AUDIENCE = (
    "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>"
)
NAMED_OTHERWISE = f"<saml:AudienceRestriction><saml:NameID>{ENTITY}</saml:NameID></saml:AudienceRestriction>"
NO_AUDIENCE = "<saml:AudienceRestriction/>"


def emptied(path: str) -> Change:
    def change(root: etree._Element) -> None:
        for node in root.xpath(path, namespaces={"saml": "urn:oasis:names:tc:SAML:2.0:assertion"}):
            del node[:]

    return change


def nameless_attribute(root: etree._Element) -> None:
    add("saml:AttributeStatement", "<saml:Attribute><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>")(
        root
    )


HEADER: list[tuple[Change, str]] = [
    (put(".", "ID", None), "reference"),
    (put(".", "Version", None), "assertion-version"),
    (put(".", "Version", "1.1"), "assertion-version"),
    (gone("saml:Issuer"), "assertion-issuer"),
    (say("saml:Issuer", ""), "assertion-issuer"),
    (say("saml:Issuer", "https://other.example.org"), "assertion-issuer"),
    (say("saml:Issuer", HUB + " "), "assertion-issuer"),
    (put("saml:Issuer", "Format", METHOD), "assertion-issuer"),
    (put(".", "IssueInstant", None), "assertion-issue-instant"),
    (put(".", "IssueInstant", "yesterday"), "assertion-issue-instant"),
    (put(".", "IssueInstant", "2026-11-22T12:01:01Z"), "assertion-issue-instant"),
    (put(".", "IssueInstant", "2026-11-22T11:57:59Z"), "assertion-issue-instant"),
]

SUBJECT: list[tuple[Change, str]] = [
    (gone("saml:Subject"), "assertion-shape"),
    (double("saml:Subject"), "assertion-shape"),
    (gone("saml:Subject/saml:NameID"), "subject"),
    (double("saml:Subject/saml:NameID"), "subject"),
    (say("saml:Subject/saml:NameID", ""), "name-id"),
    (say("saml:Subject/saml:NameID", " "), "name-id"),
    (say("saml:Subject/saml:NameID", "x" * 257), "name-id"),
    (gone(CONFIRMATION), "subject"),
    (double(CONFIRMATION), "subject"),
    (put(CONFIRMATION, "Method", None), "confirmation-method"),
    (put(CONFIRMATION, "Method", METHOD + "sender-vouches"), "confirmation-method"),
    (put(CONFIRMATION, "Method", METHOD + "holder-of-key"), "confirmation-method"),
    (gone(DATA), "confirmation"),
    (double(DATA), "confirmation"),
    (add(CONFIRMATION, "<saml:NameID>x</saml:NameID>", 0), "confirmation"),
    (add(DATA, "<ds:KeyInfo/>"), "confirmation"),
    (put(DATA, "Recipient", None), "recipient"),
    (put(DATA, "Recipient", ""), "recipient"),
    (put(DATA, "Recipient", ACS + "/"), "recipient"),
    (put(DATA, "InResponseTo", None), "confirmation-in-response-to"),
    (put(DATA, "InResponseTo", "_request-2"), "confirmation-in-response-to"),
    (put(DATA, "NotOnOrAfter", None), "confirmation-not-on-or-after"),
    (put(DATA, "NotOnOrAfter", "later"), "confirmation-not-on-or-after"),
    (put(DATA, "NotBefore", "2026-11-22T11:00:00Z"), "confirmation-not-before"),
    (put(DATA, "Address", "192.0.2.1"), "unknown-attribute"),
]

CONDITIONS: list[tuple[Change, str]] = [
    (gone("saml:Conditions"), "assertion-shape"),
    (double("saml:Conditions"), "assertion-shape"),
    (put("saml:Conditions", "NotBefore", None), "not-before"),
    (put("saml:Conditions", "NotBefore", "2026-11-22"), "not-before"),
    (put("saml:Conditions", "NotOnOrAfter", None), "not-on-or-after"),
    (put("saml:Conditions", "NotOnOrAfter", ""), "not-on-or-after"),
    (emptied("saml:Conditions"), "audience"),
    (gone(RESTRICTION), "audience"),
    (emptied(RESTRICTION), "audience"),
    (say(f"{RESTRICTION}/saml:Audience", ""), "audience"),
    (say(f"{RESTRICTION}/saml:Audience", ENTITY + "/"), "audience"),
    (say(f"{RESTRICTION}/saml:Audience", "https://other.example"), "audience"),
    (add("saml:Conditions", OTHER_AUDIENCE), "audience"),
    (add("saml:Conditions", OTHER_AUDIENCE, 0), "audience"),
    (add("saml:Conditions", NO_AUDIENCE), "audience"),
    (add("saml:Conditions", NAMED_OTHERWISE), "audience"),
    (add(RESTRICTION, "<saml:OneTimeUse/>"), "audience"),
    (add("saml:Conditions", "<saml:Audience>x</saml:Audience>"), "unknown-condition"),
]

AUTHENTICATION: list[tuple[Change, str]] = [
    (gone("saml:AuthnStatement"), "assertion-shape"),
    (double("saml:AuthnStatement"), "assertion-shape"),
    (put("saml:AuthnStatement", "AuthnInstant", None), "authn-instant"),
    (put("saml:AuthnStatement", "AuthnInstant", "now"), "authn-instant"),
    (put("saml:AuthnStatement", "SessionIndex", ""), "session-index"),
    (put("saml:AuthnStatement", "SessionIndex", "x" * 257), "session-index"),
    (put("saml:AuthnStatement", "SessionNotOnOrAfter", ""), "session-not-on-or-after"),
    (gone(CONTEXT), "authn-context"),
    (double(CONTEXT), "authn-context"),
    (emptied(CONTEXT), "authn-context"),
    (gone(f"{CONTEXT}/saml:AuthnContextClassRef"), "authn-context"),
    (double(f"{CONTEXT}/saml:AuthnContextClassRef"), "authn-context"),
    (say(f"{CONTEXT}/saml:AuthnContextClassRef", ""), "authn-context"),
    (say(f"{CONTEXT}/saml:AuthenticatingAuthority[2]", ""), "authn-context"),
    (add(CONTEXT, "<saml:Audience>x</saml:Audience>"), "authn-context"),
]

ATTRIBUTES: list[tuple[Change, str]] = [
    (gone("saml:AttributeStatement"), "assertion-shape"),
    (double("saml:AttributeStatement"), "assertion-shape"),
    (emptied("saml:AttributeStatement"), "no-attributes"),
    (double(FIRST), "attribute-twice"),
    (put(FIRST, "Name", None), "attribute-shape"),
    (put(FIRST, "Name", ""), "attribute-shape"),
    (nameless_attribute, "attribute-shape"),
    (add("saml:AttributeStatement", "<saml:AttributeValue>x</saml:AttributeValue>"), "attribute-shape"),
    (add("saml:AttributeStatement", "<saml:Subject/>"), "attribute-shape"),
    (add(FIRST, "<saml:NameID>x</saml:NameID>"), "attribute-value"),
    (add(f"{FIRST}/saml:AttributeValue", "<saml:NameID>x</saml:NameID>"), "stray-text"),
    (add(FIRST, "<saml:AttributeValue><saml:NameID>x</saml:NameID></saml:AttributeValue>"), "attribute-value"),
]


@pytest.mark.parametrize(("change", "reason"), [*HEADER, *SUBJECT, *CONDITIONS, *AUTHENTICATION, *ATTRIBUTES])
def test_an_assertion_that_breaks_the_profile_is_refused(scene: Scene, change: Change, reason: str) -> None:
    assert scene.refusal(scene.made(before=change)) == reason


SECOND = timedelta(seconds=1)
SKEW = timedelta(seconds=60)
SIX_MINUTES = timedelta(minutes=6)


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [
        ("not_on_or_after", -SKEW, "not-on-or-after"),
        ("confirmation_not_on_or_after", -SKEW, "confirmation-not-on-or-after"),
        ("session_not_on_or_after", -SKEW, "session-not-on-or-after"),
    ],
)
def test_an_end_counts_one_second_inside_and_at_the_bound(
    scene: Scene, name: str, limit: timedelta, reason: str
) -> None:
    assert scene.read(scene.xml(**{name: limit + SECOND})).cpr.digits == CPR
    assert scene.refusal(scene.xml(**{name: limit})) == reason


def test_a_beginning_counts_to_the_second(scene: Scene) -> None:
    assert scene.read(scene.xml(not_before=SKEW)).cpr.digits == CPR
    assert scene.refusal(scene.xml(not_before=SKEW + SECOND)) == "not-before"


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        (NOON + SKEW, True),
        (NOON + SKEW + SECOND, False),
        (NOON - timedelta(minutes=1) - timedelta(minutes=5) - SKEW, True),  # five minutes before the request
        (NOON - timedelta(minutes=1) - timedelta(minutes=5) - SKEW - SECOND, False),
    ],
)
def test_the_login_is_a_new_one(scene: Scene, moment: datetime, accepted: bool) -> None:
    """ForceAuthn was asked for; an old login may be that of whoever used the browser before."""
    xml = scene.xml(authn_instant=moment)
    if accepted:
        assert scene.read(xml).login.authenticated_at == moment
    else:
        assert scene.refusal(xml) == "authn-instant"


@pytest.mark.parametrize(("offset", "accepted"), [(SKEW, True), (SKEW + SECOND, False)])
def test_the_assertion_is_not_from_the_future(scene: Scene, offset: timedelta, accepted: bool) -> None:
    xml = scene.made(before=put(".", "IssueInstant", instant(NOON + offset)))
    if accepted:
        assert scene.read(xml).cpr.digits == CPR
    else:
        assert scene.refusal(xml) == "assertion-issue-instant"


def test_the_assertion_is_not_older_than_five_minutes(scene: Scene) -> None:
    pending = PendingLogin("_request-1", NOON - timedelta(minutes=9))
    lasting: dict[str, Any] = {
        "not_on_or_after": timedelta(hours=1),
        "confirmation_not_on_or_after": timedelta(hours=1),
    }

    def issued(ago: timedelta) -> bytes:
        return scene.made(before=put(".", "IssueInstant", instant(NOON - ago)), **lasting)

    assert scene.read(issued(SIX_MINUTES - SECOND), pending=pending).cpr.digits == CPR
    assert scene.refusal(issued(SIX_MINUTES), pending=pending) == "assertion-issue-instant"


def test_the_difference_of_clocks_is_a_setting(scene: Scene) -> None:
    strict = scene.set_up(clock_skew=timedelta(0))
    assert strict.read(scene.xml(not_before=timedelta(0))).cpr.digits == CPR
    assert strict.refusal(scene.xml(not_before=SECOND)) == "not-before"
    assert strict.refusal(scene.xml(not_on_or_after=timedelta(0))) == "not-on-or-after"


def test_an_assertion_of_another_entity_or_endpoint_is_refused(scene: Scene) -> None:
    assert scene.refusal(scene.xml(audience="https://other.example")) == "audience"
    assert scene.refusal(scene.xml(audience=None)) == "audience"
    assert scene.refusal(scene.xml(recipient="https://other.example/saml/acs")) == "recipient"
    assert scene.refusal(scene.xml(issuer="https://other.example")) == "issuer"
    assert scene.refusal(scene.xml(class_ref=None)) == "authn-context"
    assert scene.refusal(scene.xml(name_id=None)) == "subject"
