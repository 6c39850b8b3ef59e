"""A web server with the hub's metadata, over TLS, that can also misbehave."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from resetapp.demo.certificates import ServerCertificates, ServerFiles
from tests.servers.web import WebServer, files_of, serving

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class FeedServer(WebServer):
    """Answers every GET with `body`, or as `behaviour` does. `asked` are the paths that were asked for."""

    def __init__(self, files: ServerFiles | None) -> None:
        super().__init__(_Handler, files)
        self.body = b""
        self.behaviour: Behaviour = answer_with_body
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/feed.xml?of=hub"


class _Handler(BaseHTTPRequestHandler):
    server: FeedServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.behaviour(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def answer_with_body(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, handler.server.body)  # type: ignore[attr-defined]


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def status(code: int, **headers: str) -> Behaviour:
    return lambda handler: answer(handler, code, b"", **headers)


def dripping_body(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever: no single wait is long."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"<")
        time.sleep(0.05)


def dripping_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


def endless_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"<" * 65536)


@contextmanager
def feed_server(certificates: ServerCertificates | None, *, wrong_name: bool = False) -> Iterator[FeedServer]:
    """Without certificates it speaks plain HTTP."""
    with serving(FeedServer(files_of(certificates, wrong_name=wrong_name))) as server:
        yield server
