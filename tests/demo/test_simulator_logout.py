"""Single logout at the simulated hub, from both sides."""

import base64
import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import etree

from resetapp.demo.hub import Hub
from resetapp.demo.messages import RESPONDER, SUCCESS, HubKey, logout_request, logout_response
from resetapp.demo.simulator import create_simulator
from tests.demo.driving import BASE, NS, SSO, asked, chosen, refused
from tests.demo.service_provider import ENTITY_ID, SLO, Form, ServiceProvider, authn_request, sent

HUB_SLO = BASE + "/saml2/idp/SingleLogoutService.php"


def our_request(issuer: str = ENTITY_ID) -> bytes:
    return logout_request(
        issuer=issuer,
        destination=HUB_SLO,
        name_id="_any",
        sp_name_qualifier=ENTITY_ID,
        session_index="_any",
        now=datetime.now(UTC),
        message_id="_ours",
    )


def our_answer(to: str, status: str = SUCCESS) -> bytes:
    return logout_response(
        issuer=ENTITY_ID, destination=HUB_SLO, in_response_to=to, now=datetime.now(UTC), status=(status,)
    )


def message_in(location: str, parameter: str) -> etree._Element:
    values = parse_qs(urlsplit(location).query)
    assert {"SigAlg", "Signature", "RelayState"} <= set(values)
    return etree.fromstring(zlib.decompress(base64.b64decode(values[parameter][0]), -15))


def started(client: FlaskClient) -> etree._Element:
    """The LogoutRequest of a logout that began somewhere else."""
    redirect = client.get("/hub/logout-everywhere")
    assert redirect.status_code == 303
    assert redirect.location.startswith(SLO + "?SAMLRequest=")
    return message_in(redirect.location, "SAMLRequest")


def test_our_logout_is_answered_with_success(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    answer = logged_in.get(sent(HUB_SLO, our_request(), sp.signing))
    assert answer.status_code == 303
    assert answer.location.startswith(SLO + "?SAMLResponse=")
    root = message_in(answer.location, "SAMLResponse")
    assert root.get("InResponseTo") == "_ours"
    assert root.find(".//samlp:StatusCode", NS).get("Value") == SUCCESS
    assert parse_qs(urlsplit(answer.location).query)["RelayState"] == ["state-1"]


def test_the_answers_instant_is_off_as_the_hubs_is(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    answer = logged_in.get(sent(HUB_SLO, our_request(), None))
    issued = datetime.fromisoformat(message_in(answer.location, "SAMLResponse").get("IssueInstant"))
    assert timedelta(minutes=58) < issued - datetime.now(UTC) < timedelta(minutes=62)


def test_logout_ends_the_identity_providers_session_too(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    logged_in.get(sent(HUB_SLO, our_request(), sp.signing))
    assert asked(logged_in, sp, authn_request(SSO, attributes="")).people, "the person is asked again"


def test_a_second_logout_and_one_without_a_login_fail(logged_in: FlaskClient, sp: ServiceProvider, hub: Hub) -> None:
    assert logged_in.get(sent(HUB_SLO, our_request(), sp.signing)).status_code == 303
    assert refused(logged_in.get(sent(HUB_SLO, our_request(), sp.signing)), "SLO failed")
    stranger = create_simulator(hub).test_client()
    assert refused(stranger.get(sent(HUB_SLO, our_request(), sp.signing)), "SLO failed")
    assert refused(stranger.get("/hub/logout-everywhere"), "SLO failed")


def test_an_unknown_or_badly_signed_logout_request_is_refused(logged_in: FlaskClient, hub_key: HubKey) -> None:
    assert refused(logged_in.get(sent(HUB_SLO, our_request("https://somebody.else"), None)), "Issuer")
    assert refused(logged_in.get(sent(HUB_SLO, our_request(), hub_key)), "signature")


def test_without_a_logout_endpoint_there_is_no_answer(
    logged_in: FlaskClient, sp: ServiceProvider, metadata: Path
) -> None:
    metadata.write_text(sp.metadata(logs_out=False))
    assert refused(logged_in.get(sent(HUB_SLO, our_request(), sp.signing)), "no SingleLogoutService")


def test_an_asynchronous_logout_wants_no_answer(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    extension = b'<a:Asynchronous xmlns:a="urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo"/>'
    after_issuer = b"</saml:Issuer><samlp:Extensions>" + extension + b"</samlp:Extensions>"
    xml = our_request().replace(b"</saml:Issuer>", after_issuer)
    page = logged_in.get(sent(HUB_SLO, xml, sp.signing))
    assert page.status_code == 200
    assert "SLO completed" in page.text


def test_logout_from_elsewhere_names_the_login_and_completes(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    request = started(logged_in)
    name_id = request.find("saml:NameID", NS)
    assert name_id.get("SPNameQualifier") == ENTITY_ID
    assert name_id.text.startswith("_")
    assert request.findtext("samlp:SessionIndex", "", NS).startswith("_")
    page = logged_in.get(sent(HUB_SLO, our_answer(request.get("ID")), sp.signing, "SAMLResponse"))
    assert page.status_code == 200
    assert "SLO completed" in page.text


def test_only_the_newest_of_two_logins_is_ended(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    first = started(logged_in).findtext("saml:NameID", "", NS)
    chosen(logged_in, asked(logged_in, sp), "mikkel")
    assert started(logged_in).findtext("saml:NameID", "", NS) != first


@pytest.mark.parametrize(("to", "status"), [("_wrong", SUCCESS), ("", RESPONDER)])
def test_a_wrong_answer_fails_the_logout(to: str, status: str, logged_in: FlaskClient, sp: ServiceProvider) -> None:
    answer = our_answer(to or started(logged_in).get("ID"), status)
    assert to == "" or started(logged_in) is not None
    assert refused(logged_in.get(sent(HUB_SLO, answer, sp.signing, "SAMLResponse")), "SLO failed")


def test_an_answer_that_nobody_asked_for_fails(logged_in: FlaskClient, sp: ServiceProvider) -> None:
    assert refused(logged_in.get(sent(HUB_SLO, our_answer("_x"), sp.signing, "SAMLResponse")), "no logout")


def test_the_hubs_post_quirk_puts_the_request_into_the_field_for_responses(logged_in: FlaskClient) -> None:
    page = logged_in.get("/hub/logout-everywhere?quirk=post")
    form = Form(page.text)
    assert form.action == SLO
    root = etree.fromstring(base64.b64decode(form.fields["SAMLResponse"]))
    assert etree.QName(root).localname == "LogoutRequest"
    assert root.find("ds:Signature", NS) is not None
    assert not re.search("SAMLRequest", page.text)
