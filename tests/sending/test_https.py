"""One POST over real TLS: to nobody but the server that was meant, bounded in time, and nothing followed or read."""

import logging
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from resetapp.core.notices import Fate
from resetapp.demo.certificates import ServerCertificates
from resetapp.sending.https import Address, NotReached
from tests.sending.gateway import Gateway, breaking_off, dripping, hanging, running_gateway, talking_nonsense

Told = tuple[Fate, str]
BODY = b'{"to": "+4520000000"}'


def posted(address: Address, **headers: str) -> Told:
    delivery = address.post(BODY, {"Content-Type": "application/json", **headers})
    return delivery.fate, delivery.reason


def test_it_arrives_whole_and_the_answer_is_not_told(
    gateway: Gateway, tls: ServerCertificates, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert posted(Address(gateway.url, tls.ca), Authorization="Bearer t") == (Fate.SENT, "")
    [got] = gateway.got
    assert (got.path, got.body) == ("/send?from=resetapp", BODY)
    assert (got.headers["Authorization"], got.headers["Content-Type"]) == ("Bearer t", "application/json")
    assert "secret words" not in caplog.text


@pytest.mark.parametrize("fault", ["another authority", "the system's authorities"])
def test_a_certificate_that_does_not_hold_gets_nothing(gateway: Gateway, tls: ServerCertificates, fault: str) -> None:
    address = Address(gateway.url, tls.other_ca if fault == "another authority" else None)
    assert posted(address) == (Fate.DOWN, "tls_certificate")
    assert gateway.got == []


def test_another_hosts_certificate_gets_nothing(tls: ServerCertificates) -> None:
    with running_gateway(tls, wrong_name=True) as impostor:
        assert posted(Address(impostor.url, tls.ca)) == (Fate.DOWN, "tls_certificate")
        assert impostor.got == []


def test_plain_http_where_tls_was_meant_gets_nothing(tls: ServerCertificates) -> None:
    with running_gateway(None) as plain:
        assert posted(Address(plain.url, tls.ca)) == (Fate.DOWN, "tls_no_tls")
        assert plain.got == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(gateway: Gateway, tls: ServerCertificates, status: int) -> None:
    """Whoever answers must not say where people's numbers go."""
    with running_gateway(tls) as elsewhere:
        gateway.status, gateway.answer_headers = status, {"Location": elsewhere.url}
        assert posted(Address(gateway.url, tls.ca)) == (Fate.DOWN, f"http_{status}")
        assert elsewhere.got == []
    assert len(gateway.got) == 1


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        *((status, Fate.SENT) for status in (200, 201, 202, 204)),
        *((status, Fate.REFUSED) for status in (400, 422)),
        *((status, Fate.DOWN) for status in (401, 403, 404, 429, 500, 503)),
    ],
)
def test_the_status_alone_decides(gateway: Gateway, tls: ServerCertificates, status: int, fate: Fate) -> None:
    gateway.status = status
    assert posted(Address(gateway.url, tls.ca)) == (fate, "" if fate is Fate.SENT else f"http_{status}")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [(hanging, "no_answer"), (breaking_off, "broken_off"), (talking_nonsense, "not_http")],
)
def test_what_is_no_answer_may_be_asked_again(
    gateway: Gateway, tls: ServerCertificates, behaviour: Callable[[BaseHTTPRequestHandler], None], reason: str
) -> None:
    gateway.behaviour = behaviour
    assert posted(Address(gateway.url, tls.ca, timeout=0.5)) == (Fate.DOWN, reason)


def test_a_server_that_drips_is_left(gateway: Gateway, tls: ServerCertificates) -> None:
    gateway.behaviour = dripping
    begun = time.monotonic()
    assert posted(Address(gateway.url, tls.ca, timeout=0.2))[0] is Fate.DOWN
    assert time.monotonic() - begun < 8


def test_a_server_that_is_not_there_is_told(tls: ServerCertificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert posted(Address(f"https://127.0.0.1:{port}/", tls.ca)) == (Fate.DOWN, "connection_not_reached")
    assert posted(Address("https://nowhere.invalid/", tls.ca)) == (Fate.DOWN, "connection_not_reached")


@pytest.mark.parametrize("value", ["a\r\nX-More: b", "a\nb", "a\r\n\r\nbody"])
def test_no_value_becomes_a_second_header(gateway: Gateway, tls: ServerCertificates, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        posted(Address(gateway.url, tls.ca), Authorization=value)
    assert gateway.got == []


def test_trying_the_connection_sends_nothing(gateway: Gateway, tls: ServerCertificates) -> None:
    Address(gateway.url, tls.ca).try_connection()
    with pytest.raises(NotReached, match="tls certificate"):
        Address(gateway.url, tls.other_ca).try_connection()
    assert gateway.got == []


def test_an_address_is_not_shown_with_what_it_may_hold(tls: ServerCertificates) -> None:
    address = Address("https://gateway.example/send?key=secret", tls.ca)
    assert "secret" not in repr(address)
    assert address.host == "gateway.example"
