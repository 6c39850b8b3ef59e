"""One file by HTTPS, from exactly the address that the operator wrote: bounded in time and size, and nothing followed.

The standard library's http.client knows no proxies, no redirects and no other schemes. Whoever answers is not believed
for it: the content is signed.
"""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

_SECONDS = 20.0  # for each step: connecting, the handshake, each piece
_LONGEST = 120.0  # for everything: a server that drips must not hold the thread
_PIECE = 64 * 1024


class NotFetched(Exception):
    """`reason`: one fixed word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def fetch(url: str, limit: int, longest: float = _LONGEST) -> bytes:
    """The body of a 200. `limit` in octets, `longest` in seconds. Raises NotFetched."""
    parts = urlsplit(url)
    try:
        return _fetched(parts, limit, longest)
    except ssl.SSLCertVerificationError:
        reason = "certificate"
    except ssl.SSLError:
        reason = "tls"
    except TimeoutError:
        reason = "too-slow"
    except OSError:
        reason = "unreachable"
    except http.client.HTTPException:
        reason = "not-http"
    raise NotFetched(reason)


def _fetched(parts: SplitResult, limit: int, longest: float) -> bytes:
    host, over = parts.hostname or "", threading.Event()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    sock: socket.socket = socket.create_connection((host, port), _SECONDS)
    if parts.scheme == "https":
        sock = _context().wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    watch = threading.Timer(longest, _end, (sock, over))
    watch.daemon = True
    watch.start()
    try:
        body = _answer(sock, parts, limit)
    except (OSError, http.client.HTTPException):
        if not over.is_set():
            raise
    finally:
        watch.cancel()
        sock.close()
    if over.is_set():
        raise TimeoutError
    return body


def _context() -> ssl.SSLContext:
    """The machine's authorities, names checked, TLS 1.2 or newer, RFC 5280 to the letter."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def _end(sock: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _answer(sock: socket.socket, parts: SplitResult, limit: int) -> bytes:
    if isinstance(sock, ssl.SSLSocket):
        sock.do_handshake()
    connection = http.client.HTTPConnection(parts.netloc)
    connection.sock = sock
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", target, headers={"Accept-Encoding": "identity", "Connection": "close"})
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise NotFetched(f"http-{answer.status}")
    if answer.getheader("Content-Encoding", "identity") != "identity":
        raise NotFetched("compressed")  # a small answer may be made of terabytes
    body = bytearray()
    while piece := answer.read1(_PIECE):
        body += piece
        if len(body) > limit:
            raise NotFetched("too-large")
    return bytes(body)
