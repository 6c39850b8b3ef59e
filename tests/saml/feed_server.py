"""A web server with the hub's metadata, over TLS, that can also misbehave."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from resetapp.demo.certificates import ServerCertificates, ServerFiles

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class FeedServer(ThreadingHTTPServer):
    """Answers every GET with `body`, or as `behaviour` does. `asked` are the paths that were asked for."""

    daemon_threads = True

    def __init__(self, files: ServerFiles | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = b""
        self.behaviour: Behaviour = answer_with_body
        self.asked: list[str] = []
        self.scheme = "https" if files else "http"
        if files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.certificate, files.key)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/feed.xml?of=hub"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that turn away are what some tests are about."""


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
    files = None if certificates is None else certificates.wrong_name if wrong_name else certificates.server
    server = FeedServer(files)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
