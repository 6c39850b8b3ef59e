"""The webhook: a receiver that follows docs/operator.md can tell that it was us, and reads nothing that is secret."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resetapp.core.notices import Facts, Fate
from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerCertificates
from resetapp.sending.webhook import Events
from resetapp.settings import Webhook
from tests.sending.gateway import Gateway, Got

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET = "0123456789abcdef" * 4


def facts(**changes: Any) -> Facts:
    known = {"ident": "i", "key": "changed", "address": "", "language": "", "username": "freja", "directory": "people"}
    return Facts(**{**known, "reference": "7KQ4-M2XD", "at": NOW, **changes})


def sent(gateway: Gateway, tls: ServerCertificates, about: Facts | None = None, at: datetime = NOW) -> Got:
    settings = Webhook(enabled=True, url=gateway.url, ca_file=tls.ca, secret=Secret(SECRET))
    assert Events(settings).prepare(about or facts(), at)().fate is Fate.SENT
    return gateway.got[-1]


def believed(got: Got, now: datetime, secret: str = SECRET) -> bool:
    """As docs/operator.md tells a receiver to look, and with nothing of ours."""
    signature = dict(part.split("=", 1) for part in got.headers["X-Resetapp-Signature"].split(","))
    if abs(now.timestamp() - int(signature["t"])) > 300:
        return False
    signed = signature["t"].encode() + b"." + got.body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, signature["v1"])


def test_the_receiver_reads_what_happened_and_nothing_more(gateway: Gateway, tls: ServerCertificates) -> None:
    got = sent(gateway, tls)
    assert got.json == {
        "id": "i",
        "event": "changed",
        "at": "2026-11-22T12:00:00+00:00",
        "reference": "7KQ4-M2XD",
        "directory": "people",
        "username": "freja",
    }
    assert got.headers["Content-Type"] == "application/json"
    assert "Authorization" not in got.headers


def test_a_receiver_can_tell_that_it_was_us_and_now(gateway: Gateway, tls: ServerCertificates) -> None:
    got = sent(gateway, tls)
    assert believed(got, NOW + timedelta(seconds=30))
    assert not believed(got, NOW + timedelta(minutes=6))  # recorded, and played back later
    assert not believed(got, NOW, secret="f" * 64)
    forged = Got(got.path, got.headers, got.body.replace(b"freja", b"oskar"))
    assert not believed(forged, NOW)


def test_a_later_try_is_signed_anew_under_the_same_id(gateway: Gateway, tls: ServerCertificates) -> None:
    first, second = sent(gateway, tls), sent(gateway, tls, at=NOW + timedelta(hours=1))
    assert first.body == second.body
    assert believed(second, NOW + timedelta(hours=1))
    assert first.headers["X-Resetapp-Signature"] != second.headers["X-Resetapp-Signature"]


@pytest.mark.parametrize("text", ["freja\r\nX-More: y", 'freja","event":"unlocked', "sø\u2028ren\u202e", "\x00"])
def test_hostile_names_stay_values(gateway: Gateway, tls: ServerCertificates, text: str) -> None:
    got = sent(gateway, tls, facts(username=text, directory=text, reference=text))
    assert {got.json[each] for each in ("username", "directory", "reference")} == {text}
    assert got.json["event"] == "changed"
    assert "X-More" not in got.headers
    assert all(32 <= octet < 127 for octet in got.body)


@pytest.mark.parametrize("username", ["6101901234", "610190-1234", "x6101901234y"[1:-1]])
def test_a_cpr_number_as_a_username_goes_nowhere(gateway: Gateway, tls: ServerCertificates, username: str) -> None:
    assert b"1234" not in sent(gateway, tls, facts(username=username)).body


def test_without_a_secret_nothing_is_sent(gateway: Gateway, tls: ServerCertificates) -> None:
    with pytest.raises(ValueError, match="secret"):
        Events(Webhook(enabled=True, url=gateway.url, ca_file=tls.ca)).prepare(facts(), NOW)
    assert json.dumps(gateway.got) == "[]"
