"""A real web server over TLS, in the place of an SMS gateway or of the receiver of a webhook; it can also misbehave."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from resetapp.demo.certificates import ServerCertificates, ServerFiles
from tests.servers.web import WebServer, files_of, serving


@dataclass(frozen=True)
class Got:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Gateway(WebServer):
    """Answers every POST with `status`, or as `behaviour` does."""

    def __init__(self, files: ServerFiles | None) -> None:
        super().__init__(_Handler, files)
        self.got: list[Got] = []
        self.status = 200
        self.answer_headers: dict[str, str] = {}
        self.behaviour: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}/send?from=resetapp"


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(Got(self.path, dict(self.headers.items()), body))
        if self.server.behaviour:
            self.server.behaviour(self)
            return
        self.send_response(self.server.status)
        for name, value in self.server.answer_headers.items():
            self.send_header(name, value)
        said = b"secret words of the gateway: " + body
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def hanging(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(5)


def breaking_off(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def talking_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")


def dripping(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(200):
        handler.wfile.write(b"H")
        time.sleep(0.05)


@contextmanager
def running_gateway(certificates: ServerCertificates | None, *, wrong_name: bool = False) -> Iterator[Gateway]:
    """Without certificates it speaks plain HTTP."""
    with serving(Gateway(files_of(certificates, wrong_name=wrong_name))) as server:
        yield server
