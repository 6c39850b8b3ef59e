"""An SMS to the owner: short, true, in the form that the gateway wants, and to one number alone."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from resetapp import texts
from resetapp.core.freeze import freeze_token
from resetapp.core.notices import Facts, Fate
from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerCertificates
from resetapp.sending.sms import ShortTexts, SmsGateway
from resetapp.settings import Service, Sms, SmsBody
from resetapp.storage.outbox import MailKind
from tests.house.test_texts import MARKS
from tests.mail.test_letter import INSTITUTION
from tests.sending.gateway import Gateway

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAPPING, KEY = "0123456789abcdef" * 2, b"k" * 32
SERVICE = Service("https://password.example.dk", Secret("s" * 32), KEY)
LINK = f"https://password.example.dk/freeze/{freeze_token(KEY, MAPPING)}"
SHORT = ShortTexts(INSTITUTION, SERVICE)
MAPPING_KINDS = [kind for kind in MailKind if kind.startswith("mapping_")]


def facts(key: str = "changed", **changes: Any) -> Facts:
    known = {"ident": "i", "address": "+4520000000", "language": "da", "username": "freja", "reference": "7KQ4-M2XD"}
    return Facts(**{**known, "key": key, "at": NOW, "mapping": MAPPING if "mapping" in key else "", **changes})


def sent(gateway: Gateway, tls: ServerCertificates, about: Facts | None = None, **settings: Any) -> Any:
    """The body as it arrived."""
    known = {"url": gateway.url, "ca_file": tls.ca, "sender": "Eksempel", "token": Secret("the token")}
    sms = Sms(enabled=True, **(known | settings))
    assert SmsGateway(sms, SHORT).prepare(about or facts(), NOW)().fate is Fate.SENT
    return gateway.got[-1]


def test_the_owner_reads_what_happened_and_whom_to_call(gateway: Gateway, tls: ServerCertificates) -> None:
    got = sent(gateway, tls)
    assert got.json == {
        "to": "+4520000000",
        "message": "Eksempel Universitet på Ærø: Adgangskoden til din konto freja blev ændret 22. november 2026 kl. "
        "13.00. Var det ikke dig, så ring straks til it-support på +45 12 34 56 78.",
        "from": "Eksempel",
    }
    assert got.headers["Authorization"] == "Bearer the token"
    assert got.headers["Content-Type"] == "application/json"


def test_each_gateway_gets_it_in_its_own_form(gateway: Gateway, tls: ServerCertificates) -> None:
    names = {"number_field": "recipients.0.msisdn", "text_field": "message", "sender_field": "sender"}
    nested = sent(gateway, tls, **names, plus=False, scheme="Token")
    assert nested.json["recipients"] == [{"msisdn": "4520000000"}]
    assert set(nested.json) == {"recipients", "message", "sender"}
    assert nested.headers["Authorization"] == "Token the token"
    form = sent(gateway, tls, body=SmsBody.FORM, sender_field="", token=None)
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    fields = parse_qs(form.body.decode("ascii"), strict_parsing=True)
    assert (fields["to"], set(fields)) == (["+4520000000"], {"to", "message"})
    assert "på Ærø: Adgangskoden" in fields["message"][0]
    assert "Authorization" not in form.headers


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("kind", MailKind)
def test_it_is_short_and_holds_no_link_but_the_one_that_stops_a_mapping(kind: MailKind, language: str) -> None:
    text = SHORT.write(facts(kind, language=language))
    assert re.findall(r"\S*://\S*", text) == ([LINK] if kind in MAPPING_KINDS else [])
    assert len(text.replace(LINK, "")) <= 306  # two parts of an SMS, beside the link
    assert re.search(MARKS, text) is None
    assert "freja" in text
    assert INSTITUTION.support_phone in text or kind in MAPPING_KINDS


def test_for_whom_no_language_is_known_it_is_written_in_both() -> None:
    danish, english = (SHORT.write(facts(language=each)) for each in texts.LANGUAGES)
    assert SHORT.write(facts(language="")) == f"{danish}\n{english}"


@pytest.mark.parametrize(
    "address",
    ["", "20000000", "+45 20000000", "+4520000000,+4520000001", "+4520000000\r\nX: y", "4520000000", "+45２0000000"],
)
def test_what_is_not_one_number_gets_nothing(gateway: Gateway, tls: ServerCertificates, address: str) -> None:
    sms = Sms(enabled=True, url=gateway.url, ca_file=tls.ca)
    with pytest.raises(ValueError, match="number"):
        SmsGateway(sms, SHORT).prepare(facts(address=address), NOW)
    assert gateway.got == []


@pytest.mark.parametrize("body", SmsBody)
@pytest.mark.parametrize(
    "username", ['freja\r\nX-More: "}', "freja&to=+4599999999", 'freja","to":"+4599999999', "a://b.dk"]
)
def test_a_hostile_username_adds_no_field_no_header_and_no_link(
    gateway: Gateway, tls: ServerCertificates, username: str, body: SmsBody
) -> None:
    got = sent(gateway, tls, facts(username=username), body=body)
    fields = got.json if body is SmsBody.JSON else {k: v[0] for k, v in parse_qs(got.body.decode()).items()}
    assert set(fields) == {"to", "message", "from"}
    assert fields["to"] == "+4520000000"
    assert "X-More" not in got.headers
    assert "\n" not in fields["message"]
    assert "://" not in fields["message"]


def test_no_token_is_shown(gateway: Gateway) -> None:
    assert "the token" not in repr(Sms(enabled=True, url=gateway.url, token=Secret("the token")))
    assert "the token" not in repr(replace(Sms(), token=Secret("the token")))
