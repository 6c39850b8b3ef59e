"""The table of what could go wrong: complete, told in two languages, and each row really different from honesty."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from lxml import etree

from resetapp.demo.hub import Hub
from resetapp.demo.hub_texts import LANGUAGES, texts
from resetapp.demo.hub_xml import root_is_signed_by
from resetapp.demo.messages import Cipher, HubKey, KeyTransport
from resetapp.demo.people import PERSONAS
from resetapp.demo.simulator import create_simulator
from resetapp.demo.switch import Group, Published, Switch
from resetapp.demo.what_if import IN_LOGIN, SWITCHES, WITHOUT_LOGIN, switch
from tests.demo.driving import NS, asked, attributes, chosen, opened, refused, response_of
from tests.demo.service_provider import ServiceProvider

EVERY_SWITCH = pytest.mark.parametrize("switch", SWITCHES, ids=lambda each: each.key)
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"

DEMANDED = {  # what a simulator of the hub must have (its build list): the switches and people that show it
    "hub metadata: feed, validity, roll-over": "metadata_signed metadata_unsigned metadata_expired metadata_rolled"
    " metadata_forged older_key stranger",
    "discovery and another identity provider": "falsk other_idp",
    "forced login and 180 seconds": "soeren forgotten old_login",
    "attributes: names, base64": "short_names base64",
    "layouts of the Response": "response_signed both_signed unencrypted oaep_sha256 aes128 cbc consent denied"
    " no_passive",
    "single logout": "logout_unsigned logout_another logout_replayed logout_expired logout_unasked",
    "admission": "blocked",
    "in front of the login: cancel, wait, wrong code": "mette cancelled soeren wrong_code never_back",
    "levels": "freja mikkel jonas clara henrik oscar laura level_missing level_two level_low level_high",
    "people": "alma rasmus thomas robin erik karoline noah camilla yusuf mette cpr_missing cpr_two cpr_pseudo",
    "signature wrapping": "evil_first evil_last genuine_inside genuine_in_advice genuine_in_object evil_inside"
    " evil_in_signature same_id second_statement signed_twice two_encrypted",
    "signatures": "unsigned stripped stranger borrowed_certificate edited sha1 sha1_digest",
    "addresses": "audience no_audience recipient destination another_request no_request issuer",
    "replay": "replayed rewrapped",
    "time": "expired not_yet session_over",
    "XML": "comment entity laughs too_much rubbish no_subject",
    "encryption": "wrong_key rsa15",
    "unsolicited": "unsolicited foreign_login",
    "outage": "hub_500 hub_silent hub_slow no_context",
    "clock": "clock_little_behind clock_little_ahead clock_2_behind clock_5_behind clock_10_behind clock_2_ahead"
    " clock_5_ahead clock_10_ahead",
    "false logouts": "logout_stranger logout_sha1 logout_issuer logout_destination",
    "a logout that fails half-way": "logging_out_500 logging_out_silent logging_out_left logging_out_lost"
    " logging_out_failed logging_out_partial logging_out_partial_success logout_late",
    "unknown level": "level_unknown",
}


def test_everything_that_a_simulator_must_have_is_there_and_nothing_is_unaccounted_for() -> None:
    demanded = {key for keys in DEMANDED.values() for key in keys.split()}
    there = {each.key for each in SWITCHES} | {each.key for each in PERSONAS}
    assert demanded - there == set()
    assert {each.key for each in SWITCHES} - demanded == set()


def test_keys_are_unique_and_known() -> None:
    assert len({each.key for each in SWITCHES}) == len(SWITCHES)
    assert all(switch(each.key) is each for each in SWITCHES)
    with pytest.raises(KeyError):
        switch("nothing")


@EVERY_SWITCH
def test_story_and_expectation_are_told_in_two_languages(switch: Switch) -> None:
    for danish, english in (switch.story, switch.end.expect):
        assert danish.endswith(".")
        assert english.endswith(".")
        assert danish != english


def test_every_group_has_its_heading_and_its_place() -> None:
    assert {f"what_if_{group}" for group in Group} <= set(texts(LANGUAGES[0]))
    assert {each.group for each in IN_LOGIN} & {each.group for each in WITHOUT_LOGIN} == set()
    assert {each.group for each in SWITCHES} == set(Group)


def test_no_switch_imitates_the_marks_of_the_login(client: FlaskClient, sp: ServiceProvider) -> None:
    """WAYF's terms, T16 and T19: neither its name as a button, nor its colours."""
    asked(client, sp)
    css = client.get("/static/demo.css").text.lower()
    assert "#0060e6" not in css
    assert "plex" not in css
    for language in LANGUAGES:
        assert not [each for each in texts(language).values() if "med mitid" in each.lower() or "with mitid" in each]


def made(client: FlaskClient, sp: ServiceProvider, key: str) -> etree._Element:
    return response_of(chosen(client, asked(client, sp), "", what_if=key))


def test_what_must_be_accepted_is_unusual_all_the_same(client: FlaskClient, sp: ServiceProvider) -> None:
    """What is refused cannot be a dead button, for an honest answer would be let in; these could."""
    methods = made(client, sp, "oaep_sha256").iterfind(".//xenc:EncryptionMethod", NS)
    assert KeyTransport.OAEP_SHA256 in [method.get("Algorithm") for method in methods]
    methods = made(client, sp, "aes128").iterfind(".//xenc:EncryptionMethod", NS)
    assert Cipher.AES128_GCM in [method.get("Algorithm") for method in methods]
    assert made(client, sp, "both_signed").find("ds:Signature", NS) is not None
    assert opened(made(client, sp, "short_names"), sp).find(".//saml:Attribute[@Name='cn']", NS) is not None
    issued = [made(client, sp, f"clock_little_{way}").get("IssueInstant") for way in ("behind", "ahead")]
    assert datetime.fromisoformat(issued[1]) - datetime.fromisoformat(issued[0]) >= timedelta(seconds=59)


def test_the_older_key_is_another_one_of_those_published(hub: Hub, sp: ServiceProvider, hub_key: HubKey) -> None:
    older = HubKey.create("hub-old", 2048)
    hub.keys = (hub_key, older)
    client = create_simulator(hub).test_client()
    assertion = opened(made(client, sp, "older_key"), sp)
    assert root_is_signed_by([older.certificate], deepcopy(assertion))
    assert not root_is_signed_by([hub_key.certificate], assertion)


def test_consent_is_asked_for_and_not_given_by_itself(client: FlaskClient, sp: ServiceProvider) -> None:
    page = chosen(client, asked(client, sp), "", what_if="consent")
    assert "demo.js" not in page.text
    assert response_of(page) is not None


def test_the_attacker_has_a_genuine_answer_and_writes_the_victim_into_it(
    client: FlaskClient, sp: ServiceProvider
) -> None:
    assertion = opened(made(client, sp, "edited"), sp)
    assert attributes(assertion)["cn"] == ["Freja Holm Nielsen"]
    assert assertion.find("ds:Signature", NS) is not None


def test_unknown_switches_are_refused(client: FlaskClient, sp: ServiceProvider) -> None:
    assert refused(chosen(client, asked(client, sp), "", what_if="nothing"), "switch")
    assert refused(client.get("/hub/what-if/nothing"), "switch")
    assert refused(client.get("/hub/metadata/nothing"), "metadata")
    assert refused(chosen(client, asked(client, sp), "", what_if="unsolicited"), "without a login")
    assert refused(client.get("/hub/what-if/edited"), "in a login")


@pytest.mark.parametrize("key", ["edited", "replayed", "never_back", "cancelled", "hub_silent", "forgotten"])
def test_a_switch_needs_a_login_that_waits(key: str, client: FlaskClient, sp: ServiceProvider) -> None:
    form = asked(client, sp)
    assert refused(client.post(form.action, data={"login": "x", "what_if": key}), "expired")


def published(client: FlaskClient, state: str) -> etree._Element:
    answer = client.get(f"/hub/metadata/{state}")
    assert answer.mimetype == "application/samlmetadata+xml"
    assert client.get(f"/hub/what-if/metadata_{state}").mimetype == answer.mimetype
    return etree.fromstring(answer.data)


@pytest.mark.parametrize("state", [each.act.state for each in SWITCHES if isinstance(each.act, Published)])
def test_metadata_are_signed_by_the_feeds_key_or_not(state: str, client: FlaskClient, hub: Hub) -> None:
    root = published(client, state)
    signed = root.find("ds:Signature", NS) is not None
    assert signed == (state != "unsigned")
    if signed:
        assert root_is_signed_by([hub.feed_key.certificate], root) == (state != "forged")
    end = root.get("validUntil")
    expired = end is not None and datetime.fromisoformat(end) < datetime.now(UTC)
    assert expired == (state == "expired")


def test_after_the_roll_over_the_old_key_is_gone(client: FlaskClient, hub: Hub) -> None:
    keys = [element.text for element in published(client, "rolled").iter(f"{{{NS['ds']}}}X509Certificate")]
    assert keys[-1] == hub.signing_key.certificate_text()
    forged = [element.text for element in published(client, "forged").iter(f"{{{NS['ds']}}}X509Certificate")]
    assert hub.signing_key.certificate_text() not in forged


def test_the_feeds_certificate_can_be_fetched_to_be_pinned(client: FlaskClient) -> None:
    assert client.get("/hub/metadata/feed.pem").text.startswith("-----BEGIN CERTIFICATE-----")
