"""Honest messages are honest to others too: stock pysaml2 with xmlsec1 accepts them and reads the same.

And the other way about: whatever it refuses, we refuse. It cannot do `xmlenc11#rsa-oaep` (Debian's xmlsec1), so the
messages here use rsa-oaep-mgf1p. Its clock is the real one.
"""

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from resetapp.demo import messages
from resetapp.demo.messages import Cipher, HubKey, SignatureAlgorithm, Signing
from resetapp.saml.service_provider import PendingLogin
from resetapp.trouble import LoginRefused
from tests.saml.oracle import QUIET_TLS, Oracle, xmlsec1
from tests.saml.scene import CPR, PUBLIC_URL, Change, Scene, double, gone, put, say

pytestmark = [
    pytest.mark.skipif(xmlsec1() is None, reason="xmlsec1 is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # pysaml2's own
]

DATA = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
LAYOUTS = list(product([Signing.ASSERTION, Signing.BOTH], [Cipher.AES128_GCM, Cipher.AES256_GCM]))


@pytest.fixture(scope="module")
def oracle(scene: Scene) -> Oracle:
    return Oracle(scene.wayf, PUBLIC_URL)


@pytest.fixture(autouse=True)
def quiet_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUIET_TLS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def today(scene: Scene) -> Scene:
    """The scene at the real time, which the oracle goes by."""
    asked = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=10)
    return dataclasses.replace(scene, pending=PendingLogin("_request-1", asked))


def now(today: Scene) -> datetime:
    return today.pending.requested_at + timedelta(seconds=10)


@pytest.mark.parametrize(("signing", "cipher"), LAYOUTS)
@pytest.mark.parametrize("signature", [SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.RSA_SHA512])
def test_both_accept_and_read_an_honest_message_alike(
    today: Scene, oracle: Oracle, signing: Signing, cipher: Cipher, signature: SignatureAlgorithm
) -> None:
    xml = today.xml(now=now(today), signing=signing, cipher=cipher, signature_algorithm=signature)
    theirs, ours = oracle.read(messages.encoded(xml), "_request-1"), today.read(xml, now(today))
    assert theirs is not None
    assert theirs["name_id"] == ours.login.name_id
    assert theirs["session_index"] == ours.login.session_index
    values = {value for values in theirs["attributes"].values() for value in values}
    assert {ours.name, f"urn:mace:terena.org:schac:personalUniqueID:dk:CPR:{ours.cpr.digits}"} <= values


@pytest.mark.parametrize("cipher", [Cipher.AES128_CBC, Cipher.AES256_CBC])
def test_both_read_cbc_where_it_is_switched_on(today: Scene, oracle: Oracle, cipher: Cipher) -> None:
    xml = today.xml(now=now(today), cipher=cipher)
    assert oracle.read(messages.encoded(xml), "_request-1") is not None
    assert today.set_up(allow_cbc=True).read(xml, now(today)).cpr.digits == CPR


HOSTILE: list[dict[str, Change]] = [
    {"after": say("saml:Subject/saml:NameID", "somebody else")},
    {"after": gone("ds:Signature")},
    {"after": double("ds:Signature")},
    {"after": put("ds:Signature/ds:SignedInfo/ds:Reference", "URI", "#_another")},
    {"before": gone("saml:Subject")},
    {"before": put(DATA, "Recipient", "https://other.example/saml/acs")},
    {"before": put(DATA, "NotOnOrAfter", "2020-01-01T00:00:00Z")},
    {"before": put("saml:Conditions", "NotOnOrAfter", "2020-01-01T00:00:00Z")},
    {"before": put("saml:Conditions", "NotBefore", "2120-01-01T00:00:00Z")},
    {"before": say("saml:Conditions/saml:AudienceRestriction/saml:Audience", "https://other.example")},
    {"before": gone("saml:AuthnStatement")},
    {"envelope": put(".", "InResponseTo", "_request-2")},
    {"envelope": put(".", "Destination", "https://other.example/saml/acs")},
    {"envelope": put(".", "Version", "1.1")},
    {"envelope": gone("saml:EncryptedAssertion")},
    {"envelope": say("saml:EncryptedAssertion/xenc:EncryptedData/xenc:CipherData/xenc:CipherValue", "AAAA")},
]


@pytest.mark.parametrize("change", HOSTILE)
def test_what_the_oracle_refuses_we_refuse(today: Scene, oracle: Oracle, change: dict[str, Any]) -> None:
    xml = today.made(now=now(today), **change)
    assert oracle.read(messages.encoded(xml), "_request-1") is None
    with pytest.raises(LoginRefused):
        today.read(xml, now(today))


def test_neither_believes_a_stranger(today: Scene, oracle: Oracle) -> None:
    xml = messages.login_response(today.response(now=now(today)), HubKey.create("hub", 2048), today.certificate)
    assert oracle.read(messages.encoded(xml), "_request-1") is None
    assert today.refusal(xml, now(today)) == "signature"


LET_THROUGH: list[dict[str, Any]] = [
    {"before": put(DATA, "InResponseTo", "_request-2")},
    {"envelope": gone("samlp:Status")},
    {"signature_algorithm": SignatureAlgorithm.RSA_SHA1},
]


@pytest.mark.parametrize("change", LET_THROUGH)
def test_we_refuse_more_than_the_oracle(today: Scene, oracle: Oracle, change: dict[str, Any]) -> None:
    """What stock pysaml2 lets through, and one reason for a gate of our own."""
    xml = today.made(now=now(today), **change)
    assert oracle.read(messages.encoded(xml), "_request-1") is not None
    with pytest.raises(LoginRefused):
        today.read(xml, now(today))


def test_the_oracle_takes_plain_assertions_and_we_do_not(today: Scene, oracle: Oracle) -> None:
    xml = today.xml(now=now(today), encrypt=False)
    assert oracle.read(messages.encoded(xml), "_request-1") is not None
    assert today.refusal(xml, now(today)) == "plain-assertion"
