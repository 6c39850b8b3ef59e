"""What we send: signed with RSA-SHA256 over the query, valid by the schema, and asking for what it should."""

import base64
import zlib
from datetime import timedelta
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree
from saml2.xml.schema import validate

from resetapp.demo import messages
from resetapp.saml.keys import read_private_key
from resetapp.saml.service_provider import LogoutRequested
from resetapp.trouble import LoginRefused, LogoutRefused
from tests.builders import NOON
from tests.saml.logout_scene import refusal
from tests.saml.scene import ACS, ENTITY, HUB, SAML, SAMLP, Scene

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
REQUEST = LogoutRequested("_hub-1", HUB, "_n", (), "state ~/æ", NOON)


def verified(scene: Scene, url: str) -> etree._Element:
    """Verifies the signature over the query exactly as it is in the address, as SAML bindings 3.4.4.1 says."""
    signed, _, signature = urlsplit(url).query.partition("&Signature=")
    assert parse_qs(signed)["SigAlg"] == [RSA_SHA256]
    public = read_private_key(scene.wayf.signing.key_file).public_key()
    public.verify(base64.b64decode(unquote_plus(signature)), signed.encode(), PKCS1v15(), hashes.SHA256())
    parameters = parse_qs(signed)
    (message,) = parameters.get("SAMLRequest") or parameters["SAMLResponse"]
    xml = zlib.decompress(base64.b64decode(message), -15)
    validate(xml.decode())
    return etree.fromstring(xml)


def test_a_login_asks_for_a_fresh_one_at_nemlogin_and_level_substantial(scene: Scene) -> None:
    sent = scene.sp.start_login("state-1", NOON)
    assert sent.url.startswith(f"{HUB}/sso?SAMLRequest=")
    assert parse_qs(urlsplit(sent.url).query)["RelayState"] == ["state-1"]
    request = verified(scene, sent.url)
    assert request.tag == f"{SAMLP}AuthnRequest"
    assert dict(request.attrib) == {
        "ID": sent.message_id,
        "Version": "2.0",
        "IssueInstant": "2026-11-22T12:00:00Z",
        "Destination": f"{HUB}/sso",
        "ForceAuthn": "true",
        "AssertionConsumerServiceURL": ACS,
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        "ProviderName": "Ny adgangskode",
    }
    assert request.findtext(f"{SAML}Issuer") == ENTITY
    assert request.find(f"{SAMLP}NameIDPolicy").get("Format") == "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    context = request.find(f"{SAMLP}RequestedAuthnContext")
    assert context.get("Comparison") == "minimum"
    assert context.findtext(f"{SAML}AuthnContextClassRef") == "https://data.gov.dk/concept/core/nsis/loa/Substantial"
    entries = request.findall(f"{SAMLP}Scoping/{SAMLP}IDPList/{SAMLP}IDPEntry")
    assert [entry.get("ProviderID") for entry in entries] == ["https://nemlogin.wayf.dk"]


def test_without_scoping_none_is_sent(scene: Scene) -> None:
    request = verified(scene, scene.set_up(scoping=()).sp.start_login("s", NOON).url)
    assert request.find(f"{SAMLP}Scoping") is None


def test_no_two_messages_have_one_id(scene: Scene) -> None:
    ids = {scene.sp.start_login("s", NOON).message_id for _ in range(100)}
    assert len(ids) == 100
    assert all(len(message_id) == 41 and message_id.startswith("_") for message_id in ids)


def test_a_relay_state_that_the_hub_would_forget_is_not_sent(scene: Scene) -> None:
    assert scene.sp.start_login("s" * 80, NOON).url
    with pytest.raises(ValueError, match="80"):
        scene.sp.start_login("s" * 81, NOON)


def test_a_logout_names_the_login_exactly_as_it_came(scene: Scene) -> None:
    login = scene.read(scene.xml()).login
    sent = scene.sp.start_logout(login, "state-2", NOON)
    assert sent is not None
    assert sent.url.startswith(f"{HUB}/slo?SAMLRequest=")
    request = verified(scene, sent.url)
    assert request.tag == f"{SAMLP}LogoutRequest"
    assert request.get("ID") == sent.message_id
    assert request.get("Destination") == f"{HUB}/slo"
    assert request.get("IssueInstant") == "2026-11-22T12:00:00Z"
    assert request.get("NotOnOrAfter") == "2026-11-22T12:05:00Z"
    assert request.findtext(f"{SAML}Issuer") == ENTITY
    name_id = request.find(f"{SAML}NameID")
    assert name_id.text == login.name_id
    assert dict(name_id.attrib) == {"Format": login.name_id_format, "SPNameQualifier": ENTITY}
    assert request.findtext(f"{SAMLP}SessionIndex") == login.session_index


def test_a_login_without_an_index_is_ended_by_its_name_alone(scene: Scene) -> None:
    login = scene.read(scene.xml(session_index=None)).login
    sent = scene.sp.start_logout(login, "s", NOON)
    assert sent is not None
    assert verified(scene, sent.url).find(f"{SAMLP}SessionIndex") is None


def test_the_hubs_logout_is_answered(scene: Scene) -> None:
    url = scene.sp.answer_logout(REQUEST, NOON)
    assert url.startswith(f"{HUB}/slo?SAMLResponse=")
    assert parse_qs(urlsplit(url).query)["RelayState"] == ["state ~/æ"]
    response = verified(scene, url)
    assert response.tag == f"{SAMLP}LogoutResponse"
    assert response.get("InResponseTo") == "_hub-1"
    assert response.get("Destination") == f"{HUB}/slo"
    assert response.findtext(f"{SAML}Issuer") == ENTITY
    code = response.find(f"{SAMLP}Status/{SAMLP}StatusCode")
    assert code.get("Value") == "urn:oasis:names:tc:SAML:2.0:status:Success"


def hub_metadata(scene: Scene, change: tuple[bytes, bytes] = (b"", b""), slo: str | None = f"{HUB}/slo") -> Scene:
    path = scene.folder / "other-hub.xml"
    xml = messages.hub_metadata(HUB, f"{HUB}/sso?tenant=1", slo, [scene.hub])
    path.write_bytes(xml.replace(*change) if change[0] else xml)
    return scene.set_up(hub_metadata_file=path)


def test_a_hub_without_logout_is_neither_asked_nor_answered(scene: Scene) -> None:
    silent = hub_metadata(scene, slo=None)
    assert silent.sp.start_logout(scene.read(scene.xml()).login, "s", NOON) is None
    with pytest.raises(LogoutRefused) as caught:
        silent.sp.answer_logout(REQUEST, NOON)
    assert caught.value.reason == "no-endpoint"


def test_an_endpoint_with_a_query_of_its_own_keeps_it(scene: Scene) -> None:
    url = hub_metadata(scene).sp.start_login("s", NOON).url
    assert url.startswith(f"{HUB}/sso?tenant=1&SAMLRequest=")


def test_answers_go_where_the_hub_wants_answers(scene: Scene) -> None:
    location = f'Location="{HUB}/slo"'.encode()
    other = hub_metadata(scene, (location, location + b' ResponseLocation="https://answers.example.org:8443/a"'))
    assert other.sp.answer_logout(REQUEST, NOON).startswith("https://answers.example.org:8443/a?SAMLResponse=")


def test_after_the_end_of_the_hubs_metadata_nobody_logs_in_or_out(scene: Scene) -> None:
    path = scene.folder / "ending-hub.xml"
    end = NOON + timedelta(minutes=1)
    path.write_bytes(messages.hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [scene.hub], valid_until=end))
    ending = scene.set_up(hub_metadata_file=path)
    before = end - timedelta(seconds=1)
    assert ending.read(scene.xml(), before)
    assert ending.sp.start_login("s", before)
    assert ending.refusal(scene.xml(), end) == "hub-metadata-expired"
    with pytest.raises(LoginRefused) as caught:
        ending.sp.start_login("s", end)
    assert caught.value.reason == "hub-metadata-expired"
    assert refusal(lambda: ending.sp.read_logout(b"", end)) == "hub-metadata-expired"
    assert refusal(lambda: ending.sp.read_posted_logout("", None, end)) == "hub-metadata-expired"
