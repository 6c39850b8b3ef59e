"""The simulator's pages, and how it is started."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree

from resetapp.demo.simulator import main
from tests.demo.driving import (
    BASE,
    SSO,
    asked,
    chosen,
    response_of,
)
from tests.demo.service_provider import Form, ServiceProvider, authn_request, sent


def test_pages_say_that_they_are_a_simulator_in_danish_and_english(client: FlaskClient, sp: ServiceProvider) -> None:
    request = sent(SSO, authn_request(SSO), sp.signing)
    danish, english = client.get(request).text, client.get(request + "&lang=en").text
    assert '<html lang="da">' in danish
    assert "Simulator – her er intet ægte" in danish
    assert "Adgangskode på Eksempelskolen" in danish
    assert '<html lang="en">' in english
    assert "Password at the Example School" in english
    assert '<html lang="en">' in client.get(request, headers={"Accept-Language": "en-GB,da;q=0.3"}).text


def test_the_language_switch_keeps_the_waiting_login(client: FlaskClient, sp: ServiceProvider) -> None:
    page = client.get(sent(SSO, authn_request(SSO), sp.signing)).text
    link = re.search(r'href="([^"]+)" lang="en"', page)
    assert link is not None
    english = client.get(link[1].replace("&amp;", "&"))
    assert '<html lang="en">' in english.text
    assert response_of(chosen(client, Form(english.text), "freja")) is not None


def test_names_are_escaped_and_nothing_is_inline(client: FlaskClient, sp: ServiceProvider) -> None:
    for page in (client.get("/"), client.get(sent(SSO, authn_request(SSO), sp.signing))):
        assert "&lt;af Årø&gt;" in page.text
        assert not re.search(r"<script(?! src)|<style| style=| on[a-z]+=", page.text)
        assert not re.search(r"[67890123]\d{5}-?\d{4}", page.text), "no CPR number on a page"


def test_the_policy_lets_a_form_go_to_the_service_provider_only(client: FlaskClient, sp: ServiceProvider) -> None:
    page = chosen(client, asked(client, sp), "freja")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' https://sp.example")
    assert page.headers["Cache-Control"] == "no-store"


def test_another_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "rebound.example"}).status_code == 400


def test_metadata_names_the_hubs_own_address(client: FlaskClient) -> None:
    root = etree.fromstring(client.get("/saml2/idp/metadata.php").data)
    assert root.get("entityID") == f"{BASE}/simulator"


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "example.dk", "::"])
def test_only_loopback_is_served(host: str, tmp_path: Path) -> None:
    arguments = ["--host", host, "--port", "1", "--folder", str(tmp_path), "--sp-metadata", str(tmp_path / "sp.xml")]
    with pytest.raises(SystemExit):
        main(arguments)
    assert not list(tmp_path.iterdir())


def test_metadata_can_be_written_before_anything_runs(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    arguments = ["--port", "4711", "--folder", str(folder), "--sp-metadata", str(tmp_path / "sp.xml")]
    main([*arguments, "--write-metadata"])
    first = (folder / "hub-metadata.xml").read_bytes()
    assert b"http://127.0.0.1:4711/saml2/idp/SSOService2.php" in first
    assert first.count(b"<ds:X509Certificate>") == 2
    main([*arguments, "--write-metadata"])
    assert (folder / "hub-metadata.xml").read_bytes() == first
