"""A real web server, over TLS or without, for what asks others by HTTPS; its handlers can also misbehave."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from resetapp.demo.certificates import ServerCertificates, ServerFiles


class WebServer(ThreadingHTTPServer):
    """On a free port of loopback. Without certificates it speaks plain HTTP."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], files: ServerFiles | None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.scheme = "https" if files else "http"
        if files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.certificate, files.key)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that turn away are what some tests are about."""


Server = TypeVar("Server", bound=WebServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def files_of(certificates: ServerCertificates | None, *, wrong_name: bool) -> ServerFiles | None:
    if certificates is None:
        return None
    return certificates.wrong_name if wrong_name else certificates.server
