"""What `resetapp serve` answers to posts that it refuses unread: the page, and not a broken connection."""

import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from resetapp.web.protection import DROPPED_BYTES, FORM_BYTES, SAML_BYTES
from tests.cli.conftest import serving
from tests.ports import free_port

CONNECTIONS, POSTS = 32, 2000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REFUSED = {  # by status: where to, and how
    400: ("/saml/acs", {**FORM, "Host": "foreign.example"}),
    403: ("/saml/acs", {"Content-Type": "application/json"}),
    404: ("/nothing-here", FORM),
    405: ("/privacy", FORM),
    413: ("/logout", FORM),
}
MOST_ON_THE_WAY = 16 * 1024 * 1024  # what a client may send before it notices: the sockets' buffers hold much of it
PIECE = b"A" * 65_536


@pytest.fixture(scope="module")
def port(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where one service answers for all tests here."""
    chosen = free_port()
    with serving(installation, chosen, tmp_path_factory.mktemp("refused") / "log"):
        yield chosen


@pytest.mark.parametrize("size", [10_000, 60_000])
def test_every_refused_post_is_answered_and_its_connection_kept(port: int, size: int) -> None:
    refused = {status: how for status, how in REFUSED.items() if status != 413 or size > FORM_BYTES}
    wanted, answered = islice(cycle(refused), POSTS), Counter[tuple[int, int]]()
    sockets: set[tuple[str, int]] = set()
    taking = threading.Lock()

    def post() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with taking:
                status = next(wanted, None)
            if status is None:
                return connection.close()
            answered[status, answer_to(connection, *REFUSED[status], bytes(size))] += 1
            sockets.add(connection.sock.getsockname() if connection.sock else ("closed", len(sockets)))

    threads = [threading.Thread(target=post) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answered == {(status, status): POSTS // len(refused) for status in refused}
    assert len(sockets) == CONNECTIONS


def answer_to(connection: http.client.HTTPConnection, path: str, headers: dict[str, str], body: bytes) -> int:
    """The status; 0 when the connection broke."""
    try:
        connection.request("POST", path, haltingly(body), {"Content-Length": str(len(body)), **headers})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return answer.status


def haltingly(body: bytes) -> Iterator[bytes]:
    """As over a network: the answer may be there before the body has come."""
    half = len(body) // 2
    yield body[:half]
    time.sleep(0.002)
    yield body[half:]


@pytest.mark.parametrize(
    ("length", "answer"),
    [
        ("Content-Length: 10000000000", b"HTTP/1.1 413"),
        ("Transfer-Encoding: chunked", b"HTTP/1.1 403"),  # its form is read up to the limit, and is none of the hub's
    ],
)
def test_a_body_without_end_is_cut_off(port: int, length: str, answer: bytes) -> None:
    piece = PIECE if "Content" in length else b"%x\r\n%s\r\n" % (len(PIECE), PIECE)
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall(head(port, length))
        sent = 0
        try:
            while sent <= MOST_ON_THE_WAY:
                client.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
        assert sent < MOST_ON_THE_WAY
        assert told(client) in (b"", answer)  # the cut may overtake it
    assert answer_to(http.client.HTTPConnection("127.0.0.1", port, timeout=10), *REFUSED[404], PIECE) == 404


def test_a_body_of_some_more_than_the_limit_is_read_and_told(port: int) -> None:
    body = b"A" * (SAML_BYTES + DROPPED_BYTES // 2)
    assert answer_to(http.client.HTTPConnection("127.0.0.1", port, timeout=10), "/saml/acs", FORM, body) == 413


def test_who_asks_before_sending_a_body_need_not_send_it(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(head(port, "Content-Length: 1000000", "Expect: 100-continue"))
        assert told(client) == b"HTTP/1.1 413"


def head(port: int, *lines: str) -> bytes:
    named = (f"Host: 127.0.0.1:{port}", *(f"{name}: {value}" for name, value in FORM.items()), *lines)
    return "\r\n".join(("POST /saml/acs HTTP/1.1", *named, "", "")).encode()


def told(client: socket.socket) -> bytes:
    try:
        return client.recv(12)
    except ConnectionError:
        return b""
