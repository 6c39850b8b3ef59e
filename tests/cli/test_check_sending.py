"""`resetapp check-config`, the SMS gateway and the webhook: each answers and TLS holds; nothing is sent."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from resetapp.core.checks import Check
from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerCertificates, make_certificates
from resetapp.sending.checks import check_sending
from resetapp.settings import Sms, Webhook
from tests.sending.gateway import Gateway, running_gateway


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("gateway-tls"), datetime.now(UTC))


@pytest.fixture
def gateway(tls: ServerCertificates) -> Iterator[Gateway]:
    with running_gateway(tls) as gateway:
        yield gateway


def looked(sms: Sms, webhook: Webhook) -> list[tuple[str, str, bool]]:
    checks: list[Check] = list(check_sending(sms, webhook))
    assert all(bool(each.remedy) != each.ok for each in checks)
    assert "secret" not in repr(checks)
    return [(each.subject, each.name, each.ok) for each in checks]


def test_servers_whose_certificate_holds_pass_and_get_nothing(gateway: Gateway, tls: ServerCertificates) -> None:
    url = f"{gateway.url}&key=secret"
    webhook = Webhook(enabled=True, url=url, ca_file=tls.ca, secret=Secret("secret" * 6))
    assert looked(Sms(enabled=True, url=url, ca_file=tls.ca, token=Secret("secret")), webhook) == [
        ("sms", "connection", True),
        ("sms", "tls", True),
        ("webhook", "connection", True),
        ("webhook", "tls", True),
    ]
    assert gateway.got == []


def test_what_is_off_is_not_asked(gateway: Gateway) -> None:
    assert looked(Sms(url=gateway.url), Webhook(url=gateway.url)) == []


def test_what_does_not_hold_is_named_with_its_remedy(gateway: Gateway, tls: ServerCertificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    sms, webhook = Sms(enabled=True, url=gateway.url, ca_file=tls.other_ca), Webhook(enabled=True, url=closed)
    assert looked(sms, webhook) == [
        ("sms", "connection", True),
        ("sms", "tls", False),
        ("webhook", "connection", False),
    ]
