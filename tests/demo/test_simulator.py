"""The simulated hub, driven by a service provider made by hand: logins."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from resetapp.demo.messages import AUTHN_FAILED, NO_PASSIVE, OIDS, RESPONDER, KeyTransport
from resetapp.demo.people import PERSONAS, Persona
from tests.demo.driving import (
    BASE,
    NS,
    SSO,
    asked,
    attributes,
    authorities,
    chosen,
    opened,
    response_of,
    status,
)
from tests.demo.service_provider import ENTITY_ID, Form, ServiceProvider, authn_request, instant, posted, sent


def test_a_person_logs_in(client: FlaskClient, sp: ServiceProvider) -> None:
    form = asked(client, sp)
    assert form.people == [persona.key for persona in PERSONAS]
    response = response_of(chosen(client, form, "freja"))
    assert response.get("InResponseTo") == "_request"
    assertion = opened(response, sp)
    assert assertion.findtext(".//saml:Audience", "", NS) == ENTITY_ID
    assert authorities(assertion) == ["https://saml.nemlog-in.dk", "https://nemlogin.wayf.dk"]
    assert attributes(assertion) == {
        "schacPersonalUniqueID": ["urn:mace:terena.org:schac:personalUniqueID:dk:CPR:7403014138"],
        "eduPersonAssurance": ["Substantial"],
        "cn": ["Freja Holm Nielsen"],
        "schacHomeOrganization": ["sikker-adgang.dk"],
    }


def test_a_posted_and_an_unsigned_request_are_accepted_too(client: FlaskClient, sp: ServiceProvider) -> None:
    for key in (sp.signing, None):
        page = client.post(SSO.removeprefix(BASE), data=posted(authn_request(SSO), key))
        assert response_of(chosen(client, Form(page.text), "freja")) is not None
    unsigned = client.get(sent(SSO, authn_request(SSO, issued=instant(timedelta(hours=-3))), None))
    assert Form(unsigned.text).people, "times are looked at in signed requests only"


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.key)
def test_everybody_ends_in_a_form_or_in_the_hubs_own_error(
    persona: Persona, client: FlaskClient, sp: ServiceProvider
) -> None:
    page = chosen(client, asked(client, sp), persona.key)
    assert page.status_code == (500 if persona.key in ("jonas", "soeren") else 200)


@pytest.mark.parametrize(
    ("person", "level"),
    [("mikkel", ["Substantial"]), ("clara", ["Low"]), ("laura", ["Substantial", "Low"]), ("henrik", ["3"])],
)
def test_the_level_limiter_works_as_the_hubs(
    person: str, level: list[str], client: FlaskClient, sp: ServiceProvider
) -> None:
    assertion = opened(response_of(chosen(client, asked(client, sp), person)), sp)
    assert attributes(assertion)["eduPersonAssurance"] == level


def test_no_level_and_no_cpr_number_are_absent_attributes(client: FlaskClient, sp: ServiceProvider) -> None:
    without_level = opened(response_of(chosen(client, asked(client, sp), "oscar")), sp)
    assert "eduPersonAssurance" not in attributes(without_level)
    without_cpr = opened(response_of(chosen(client, asked(client, sp), "thomas")), sp)
    assert "schacPersonalUniqueID" not in attributes(without_cpr)


def test_two_and_pseudo_numbers_are_sent_as_they_are(client: FlaskClient, sp: ServiceProvider) -> None:
    two = opened(response_of(chosen(client, asked(client, sp), "camilla")), sp)
    assert len(attributes(two)["schacPersonalUniqueID"]) == 2
    pseudo = opened(response_of(chosen(client, asked(client, sp), "yusuf")), sp)
    assert attributes(pseudo)["schacPersonalUniqueID"][0].endswith(":700187YUD1")


def test_the_university_plants_nemlogin_first_but_stands_last(client: FlaskClient, sp: ServiceProvider) -> None:
    assertion = opened(response_of(chosen(client, asked(client, sp), "falsk")), sp)
    assert authorities(assertion)[0] == "https://saml.nemlog-in.dk"
    assert authorities(assertion)[-1] == "https://idp.universitet.example"
    assert attributes(assertion)["schacHomeOrganization"] == ["universitet.example"]


@pytest.mark.parametrize("by_button", [True, False])
def test_cancelling_is_an_error_response_signed_at_the_response(
    by_button: bool, client: FlaskClient, sp: ServiceProvider
) -> None:
    form = asked(client, sp)
    page = (
        client.post(form.action, data={**form.fields, "cancel": "yes"}) if by_button else chosen(client, form, "mette")
    )
    response = response_of(page)
    assert status(response) == [RESPONDER, AUTHN_FAILED]
    assert response.find("ds:Signature", NS) is not None
    assert response.find("saml:EncryptedAssertion", NS) is None


def test_names_are_released_as_the_metadata_asks(client: FlaskClient, sp: ServiceProvider, metadata: Path) -> None:
    metadata.write_text(sp.metadata().replace(OIDS["schacPersonalUniqueID"], "*schacPersonalUniqueID"))
    assertion = opened(response_of(chosen(client, asked(client, sp), "freja")), sp)
    first = assertion.find(".//saml:Attribute", NS)
    assert first.get("Name") == "schacPersonalUniqueID"
    assert first.get("NameFormat").endswith(":basic")


def test_algorithms_come_from_the_metadata_and_can_be_chosen(
    client: FlaskClient, sp: ServiceProvider, metadata: Path
) -> None:
    metadata.write_text(sp.metadata(KeyTransport.OAEP_SHA256))
    assert opened(response_of(chosen(client, asked(client, sp), "freja")), sp) is not None
    choices = {"signing": "both", "encryption": "AES128_CBC", "transport": "MGF1P"}
    response = response_of(chosen(client, asked(client, sp), "freja", **choices))
    assert response.find("ds:Signature", NS) is not None
    methods = [m.get("Algorithm").rpartition("#")[2] for m in response.iterfind(".//xenc:EncryptionMethod", NS)]
    assert methods == ["aes128-cbc", "rsa-oaep-mgf1p"]
    plain = response_of(chosen(client, asked(client, sp), "freja", encryption="none", signing="none"))
    assert plain.find("saml:Assertion", NS) is not None
    assert plain.find(".//ds:Signature", NS) is None


def test_without_scoping_the_login_is_chosen_first(client: FlaskClient, sp: ServiceProvider) -> None:
    page = client.get(sent(SSO, authn_request(SSO, providers=()), sp.signing))
    link = re.search(r'href="(/login\?[^"]*idp=university[^"]*)"', page.text)
    assert link is not None
    university = client.get(link[1].replace("&amp;", "&"))
    assert Form(university.text).people == ["falsk"]


def test_a_forced_login_always_asks_and_an_ordinary_one_does_not(client: FlaskClient, sp: ServiceProvider) -> None:
    assert chosen(client, asked(client, sp), "freja").status_code == 200
    assert asked(client, sp).people
    page = client.get(sent(SSO, authn_request(SSO, attributes=""), sp.signing))
    assert "7403014138" in str(attributes(opened(response_of(page), sp)))


def test_without_single_logout_every_login_is_forced(client: FlaskClient, sp: ServiceProvider, metadata: Path) -> None:
    metadata.write_text(sp.metadata(logs_out=False))
    assert chosen(client, asked(client, sp), "freja").status_code == 200
    assert asked(client, sp, authn_request(SSO, attributes="")).people


def test_a_passive_request_is_answered_with_no_passive(client: FlaskClient, sp: ServiceProvider) -> None:
    page = client.get(sent(SSO, authn_request(SSO, attributes='IsPassive="true"'), sp.signing))
    assert status(response_of(page)) == [RESPONDER, NO_PASSIVE]
