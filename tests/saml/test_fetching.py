"""Fetching over real TLS: strict about who answers, bounded in time and size, and nothing is followed."""

import time
from collections.abc import Iterator

import pytest

from resetapp.demo.certificates import ServerCertificates
from resetapp.saml import fetching
from resetapp.saml.fetching import NotFetched, fetch
from tests.saml.feed_server import (
    Behaviour,
    FeedServer,
    answer,
    dripping_body,
    dripping_headers,
    endless_body,
    feed_server,
    status,
)


@pytest.fixture
def server(certificates: ServerCertificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    with feed_server(certificates) as found:
        found.body = b"<honest/>"
        yield found


def reason(url: str, limit: int = 1000, longest: float = 5) -> str:
    with pytest.raises(NotFetched) as caught:
        fetch(url, limit, longest)
    assert caught.value.__cause__ is None
    return caught.value.reason


def test_the_body_is_fetched_from_exactly_this_address(server: FeedServer) -> None:
    assert fetch(server.url, 9) == b"<honest/>"
    assert server.asked == ["/feed.xml?of=hub"]


def test_an_unknown_authority_is_refused(
    server: FeedServer, certificates: ServerCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.other_ca))
    assert reason(server.url) == "certificate"
    assert server.asked == []


def test_another_hosts_certificate_is_refused(server: FeedServer, certificates: ServerCertificates) -> None:
    with feed_server(certificates, wrong_name=True) as impostor:
        assert reason(impostor.url) == "certificate"
        assert impostor.asked == []


def test_plain_http_where_tls_was_meant_is_refused(server: FeedServer) -> None:
    with feed_server(None) as plain:
        assert reason(plain.url.replace("http://", "https://")) == "tls"


def test_a_redirect_is_not_followed(server: FeedServer) -> None:
    with feed_server(None) as elsewhere:
        elsewhere.body = b"<evil/>"
        for code in (301, 302, 303, 307, 308):
            server.behaviour = status(code, Location=elsewhere.url)
            assert reason(server.url) == f"http-{code}"
        assert elsewhere.asked == []


@pytest.mark.parametrize("code", [204, 206, 304, 404, 500, 503])
def test_anything_but_200_is_refused(server: FeedServer, code: int) -> None:
    server.behaviour = status(code)
    assert reason(server.url) == f"http-{code}"


def test_a_proxy_of_the_environment_is_not_asked(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with feed_server(None) as proxy:
        for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert fetch(server.url, 9) == b"<honest/>"
        assert proxy.asked == []


def test_one_octet_too_many_is_refused(server: FeedServer) -> None:
    assert fetch(server.url, 9) == b"<honest/>"
    assert reason(server.url, 8) == "too-large"


def test_a_body_without_end_is_cut_off(server: FeedServer) -> None:
    server.behaviour = endless_body
    assert reason(server.url, 1_000_000) == "too-large"


def test_a_compressed_body_is_refused(server: FeedServer) -> None:
    server.behaviour = lambda handler: answer(handler, 200, b"\x1f\x8b", Content_Encoding="gzip")
    assert reason(server.url) == "compressed"


@pytest.mark.parametrize("behaviour", [dripping_body, dripping_headers])
def test_a_server_that_drips_is_left(server: FeedServer, behaviour: Behaviour) -> None:
    server.behaviour = behaviour
    begun = time.monotonic()
    assert reason(server.url, 10_000_000, longest=0.5) == "too-slow"
    assert time.monotonic() - begun < fetching._SECONDS


def test_what_is_no_http_is_refused(server: FeedServer) -> None:
    server.behaviour = lambda handler: handler.wfile.write(b"hello\r\n\r\n") and None
    assert reason(server.url) == "not-http"


def test_nobody_there_is_told() -> None:
    with feed_server(None) as gone:
        url = gone.url
    assert reason(url) == "unreachable"
