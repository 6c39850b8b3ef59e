"""What the simulated hub refuses: its own error page, HTTP 500, and nothing for the service provider."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from resetapp.demo.messages import HubKey, SignatureAlgorithm, logout_request, redirect_url
from tests.demo.driving import (
    BASE,
    SSO,
    Clock,
    asked,
    chosen,
    refused,
)
from tests.demo.service_provider import ACS, ENTITY_ID, ServiceProvider, authn_request, instant, posted, sent


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"issuer": "https://somebody.else"}, "Issuer"),
        ({"acs": ACS + "/"}, "AssertionConsumerService"),
        ({"acs": "https://evil.example/acs"}, "AssertionConsumerService"),
        ({"destination": SSO + "?x=1"}, "Destination"),
        ({"issued": "2026-01-01T00:00:00Z"}, "IssueInstant"),
        ({"attributes": 'Forced="true"'}, "schema"),
        ({"inside": "<saml:Advice/>"}, "schema"),
        ({"inside": '<samlp:NameIDPolicy Format="urn:x"/>'}, "NameIDPolicy"),
        ({"providers": ("https://idp.unknown.example",)}, "identity provider"),
    ],
)
def test_wrong_requests_are_refused(
    wrong: dict[str, Any], words: str, client: FlaskClient, sp: ServiceProvider
) -> None:
    xml = authn_request(**{"destination": SSO, **wrong})
    assert refused(client.get(sent(SSO, xml, sp.signing)), words)


@pytest.mark.parametrize(
    ("xml", "words"), [(b"<!DOCTYPE a><a/>", "document type"), (b"<a", "not XML"), (b"<a/>", "schema")]
)
def test_what_is_no_saml_is_refused(xml: bytes, words: str, client: FlaskClient, sp: ServiceProvider) -> None:
    assert refused(client.get(sent(SSO, xml, sp.signing)), words)


def test_a_logout_does_not_belong_at_the_login(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    xml = logout_request(
        issuer=ENTITY_ID,
        destination=SSO,
        name_id="_n",
        sp_name_qualifier=None,
        session_index=None,
        now=datetime.now(UTC),
    )
    assert refused(logged_in.get(sent(SSO, xml, sp.signing)), "AuthnRequest was expected")


@pytest.mark.parametrize("seconds", [-100, 100])
def test_a_signed_request_is_fresh_to_ninety_seconds(seconds: int, client: FlaskClient, sp: ServiceProvider) -> None:
    xml = authn_request(SSO, issued=instant(timedelta(seconds=seconds)))
    assert refused(client.get(sent(SSO, xml, sp.signing)), "90 seconds")
    almost = authn_request(SSO, issued=instant(timedelta(seconds=seconds * 0.8)))
    assert client.get(sent(SSO, almost, sp.signing)).status_code == 200


def test_wrong_signatures_are_refused(client: FlaskClient, sp: ServiceProvider, hub_key: HubKey) -> None:
    good = sent(SSO, authn_request(SSO), sp.signing)
    assert refused(client.get(sent(SSO, authn_request(SSO), hub_key)), "signature")
    assert refused(client.get(good.replace("state-1", "state-2")), "signature")
    weak = redirect_url(SSO, "SAMLRequest", authn_request(SSO), None, sp.signing, SignatureAlgorithm.RSA_SHA1)
    assert refused(client.get(weak.removeprefix(BASE)), "signature")
    assert refused(client.get(re.sub("SigAlg=[^&]+", "SigAlg=none", good)), "signature")
    assert refused(client.post(SSO.removeprefix(BASE), data=posted(authn_request(SSO), hub_key)), "signature")


@pytest.mark.parametrize("query", ["", "SAMLRequest=", "SAMLRequest=%21", "SAMLRequest=QUJD", "RelayState=x"])
def test_nonsense_is_refused(query: str, client: FlaskClient) -> None:
    assert refused(client.get(f"/saml2/idp/SSOService2.php?{query}"), "")


def test_the_hub_forgets_a_request_after_three_minutes(client: FlaskClient, sp: ServiceProvider, clock: Clock) -> None:
    form = asked(client, sp)
    clock.offset = timedelta(seconds=181)
    assert refused(chosen(client, form, "freja"), "expired")


def test_a_request_is_answered_once(client: FlaskClient, sp: ServiceProvider) -> None:
    form = asked(client, sp)
    assert chosen(client, form, "freja").status_code == 200
    assert refused(chosen(client, form, "freja"), "expired")


def test_low_assurance_never_leaves_the_hub(client: FlaskClient, sp: ServiceProvider) -> None:
    assert refused(chosen(client, asked(client, sp), "jonas"), "not supported: Low")


def test_who_waits_too_long_sees_the_hubs_error(client: FlaskClient, sp: ServiceProvider) -> None:
    assert refused(chosen(client, asked(client, sp), "soeren"), "expired")


def test_unknown_people_and_ways_are_refused(client: FlaskClient, sp: ServiceProvider) -> None:
    assert refused(chosen(client, asked(client, sp), "nobody"), "person")
    assert refused(chosen(client, asked(client, sp), "freja", encryption="ROT13"), "way")


def test_without_an_encryption_key_there_is_no_nemlogin(
    client: FlaskClient, sp: ServiceProvider, metadata: Path
) -> None:
    metadata.write_text(sp.metadata(encrypts=False))
    assert refused(chosen(client, asked(client, sp), "freja"), "encryption key")


def test_the_simulator_may_start_before_the_service_provider(
    client: FlaskClient, sp: ServiceProvider, metadata: Path
) -> None:
    metadata.unlink()
    assert client.get("/").status_code == 200
    assert refused(client.get(sent(SSO, authn_request(SSO), sp.signing)), "service provider")
    metadata.write_text(sp.metadata())
    assert asked(client, sp).people
