"""One POST to exactly the address that the operator wrote: TLS or nothing, bounded in time, nothing followed.

The standard library's http.client knows no proxies, no redirects and no other schemes. Of the answer the status alone
counts; what else it says is not read, for it may quote what was sent.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from resetapp.core.notices import Delivery, Fate

T = TypeVar("T")

_TIMES = 3  # how many times as long as one step everything may take: a server that drips must not outlast the claim
_REFUSED = frozenset({400, 409, 410, 413, 422})  # this one notice, as it is; the rest is a matter of our settings
_TOLD = range(200, 300)


class NotReached(Exception):
    """`step`: "connection" or "tls"; `reason`: one word."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step} {reason}")
        self.step, self.reason = step, reason


@dataclass(frozen=True, slots=True)
class Address:
    """Where to; thread-safe: each request has a connection of its own. `timeout`: seconds for each step."""

    url: str = field(repr=False)  # may hold a secret in its path or query
    ca_file: Path | None = None
    timeout: float = 10.0

    @property
    def host(self) -> str:
        """With the port, for the operator to read."""
        return urlsplit(self.url).netloc

    def post(self, body: bytes, headers: Mapping[str, str]) -> Delivery:
        """Never raises what the server or the network brings about. Raises ValueError for a header of two lines."""
        try:
            with self._connected() as sock:
                return _delivery(self._status(sock, body, headers))
        except NotReached as trouble:
            return Delivery(Fate.DOWN, f"{trouble.step}_{trouble.reason}")
        except TimeoutError:  # from here on perhaps taken, and nobody can say
            return Delivery(Fate.DOWN, "no_answer")
        except OSError:
            return Delivery(Fate.DOWN, "broken_off")
        except http.client.HTTPException:
            return Delivery(Fate.DOWN, "not_http")

    def try_connection(self) -> None:
        """For check-config: connect and TLS, and nothing is sent. Raises NotReached."""
        with self._connected():
            return

    def _status(self, sock: ssl.SSLSocket, body: bytes, headers: Mapping[str, str]) -> int:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc)
        connection.sock = sock
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"User-Agent": "resetapp", "Connection": "close", **headers})
        return connection.getresponse().status

    @contextmanager
    def _connected(self) -> Iterator[ssl.SSLSocket]:
        """Raises NotReached until the certificate has been found good."""
        parts = urlsplit(self.url)
        where = (parts.hostname or "", parts.port or 443)
        plain = _step("connection", lambda: socket.create_connection(where, self.timeout))
        sock = self._context().wrap_socket(plain, server_hostname=where[0], do_handshake_on_connect=False)
        watch = threading.Timer(self.timeout * _TIMES, _end, (sock,))
        watch.daemon = True
        watch.start()
        try:
            _step("tls", sock.do_handshake)
            yield sock
        finally:
            watch.cancel()
            sock.close()

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context


def _step(name: str, action: Callable[[], T]) -> T:
    try:
        return action()
    except ssl.SSLCertVerificationError:
        reason = "certificate"
    except ssl.SSLError:
        reason = "no_tls"
    except TimeoutError:
        reason = "no_answer"
    except (OSError, UnicodeError):
        reason = "not_reached"
    raise NotReached(name, reason)


def _end(sock: ssl.SSLSocket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _delivery(status: int) -> Delivery:
    """A redirect is not followed: whoever answers must not say where people's numbers go."""
    if status in _TOLD:
        return Delivery(Fate.SENT)
    return Delivery(Fate.REFUSED if status in _REFUSED else Fate.DOWN, f"http_{status}")
