"""Logout messages, the redirect binding, metadata and keys of the simulated hub."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from resetapp.demo.hub_crypto import canonical
from resetapp.demo.hub_xml import checked, parsed
from resetapp.demo.messages import (
    RESPONDER,
    HubKey,
    encoded,
    hub_metadata,
    logout_request,
    logout_response,
    redirect_url,
    signed,
)
from tests.demo.driving import NS
from tests.demo.service_provider import ACS, ENTITY_ID
from tests.demo.xmlsec1 import XmlSec

HUB_ID = "http://127.0.0.1:9/saml2/idp/metadata.php"
NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def test_a_logout_request_is_signed_in_the_query_or_in_the_form(hub_key: HubKey, xmlsec: XmlSec) -> None:
    xml = logout_request(
        issuer=HUB_ID, destination=ACS, name_id="_n", sp_name_qualifier=ENTITY_ID, session_index="_s", now=NOW
    )
    root = etree.fromstring(xml)
    assert [etree.QName(child).localname for child in root] == ["Issuer", "NameID", "SessionIndex"]
    assert xmlsec.accepts(signed(xml, hub_key), "LogoutRequest")
    assert base64.b64decode(encoded(xml)) == xml
    assert checked(parsed(signed(xml, hub_key))) is not None
    answer = logout_response(issuer=HUB_ID, destination=ACS, in_response_to="_r", now=NOW, status=(RESPONDER,))
    assert checked(parsed(answer)) is not None


def test_the_redirects_signature_covers_the_query_as_it_is_sent(hub_key: HubKey) -> None:
    xml = logout_response(issuer=HUB_ID, destination=ACS, in_response_to="_r", now=NOW)
    url = redirect_url("https://sp.example/slo?a=1", "SAMLResponse", xml, "a/b c", hub_key)
    query = urlsplit(url).query.removeprefix("a=1&")
    octets, _, signature = query.partition("&Signature=")
    assert [part.partition("=")[0] for part in octets.split("&")] == ["SAMLResponse", "RelayState", "SigAlg"]
    public = hub_key.certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    value = base64.b64decode(parse_qs(f"s={signature}")["s"][0])
    public.verify(value, octets.encode(), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(value, octets.replace("%2F", "%2f").encode(), padding.PKCS1v15(), hashes.SHA256())
    assert zlib.decompress(base64.b64decode(parse_qs(query)["SAMLResponse"][0]), -15) == xml


def test_an_unsigned_redirect_has_neither_algorithm_nor_signature() -> None:
    url = redirect_url("https://sp.example/slo", "SAMLRequest", b"<a/>", None, None)
    assert set(parse_qs(urlsplit(url).query)) == {"SAMLRequest"}


def test_metadata_publishes_all_signing_keys_and_both_bindings(hub_key: HubKey, sp_key: HubKey) -> None:
    until = NOW + timedelta(days=5)
    xml = hub_metadata(HUB_ID, "http://h/sso", "http://h/slo", [hub_key, sp_key], valid_until=until)
    text = xml.decode()
    assert hub_key.certificate_text() in text
    assert sp_key.certificate_text() in text
    assert 'validUntil="2026-08-06T12:00:00Z"' in text
    assert text.count("http://h/sso") == text.count("http://h/slo") == 2


def test_a_signed_feed_puts_its_signature_first(hub_key: HubKey, sp_key: HubKey) -> None:
    root = etree.fromstring(hub_metadata(HUB_ID, "http://h/sso", None, [hub_key], feed_key=sp_key))
    assert etree.QName(root[0]).localname == "Signature"
    value = base64.b64decode(root.findtext(".//ds:SignatureValue", "", NS))
    info = canonical(root.find(".//ds:SignedInfo", NS))
    sp_key.private.public_key().verify(value, info, padding.PKCS1v15(), hashes.SHA256())


def test_keys_are_kept_and_only_the_owner_can_read_them(tmp_path: Path) -> None:
    first, second = (HubKey.kept_in(tmp_path, "hub", 2048) for _ in range(2))
    assert first.certificate == second.certificate
    assert (tmp_path / "hub.key").stat().st_mode & 0o777 == 0o600
