"""The servers of one directory, in the order of trying."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"ldaps": 636, "ldap": 389}


@dataclass(frozen=True, slots=True)
class Host:
    """One server. There is no form without TLS: ldap:// means StartTLS before anything else."""

    name: str
    port: int
    start_tls: bool

    @classmethod
    def parse(cls, url: str) -> "Host":
        """Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("a directory's host is ldaps://host[:port] or ldap://host[:port]")
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "ldap")

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{'ldap' if self.start_tls else 'ldaps'}://{name}:{self.port}"


class Hosts:
    """Remembers which server failed lately, so that not everybody waits for it. Thread-safe."""

    def __init__(self, hosts: Iterable[Host], pause: float) -> None:
        """`pause`: seconds a server that failed is passed over."""
        self._hosts = tuple(hosts)
        self._pause = pause
        self._failed: dict[Host, float] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Host]:
        return iter(self._hosts)

    def in_order(self) -> list[Host]:
        """As configured, those that failed lately last: they are only tried when all others fail too."""
        since = time.monotonic() - self._pause
        with self._lock:
            return sorted(self._hosts, key=lambda host: self._failed.get(host, since) > since)

    def failed(self, host: Host) -> None:
        with self._lock:
            self._failed[host] = time.monotonic()

    def works(self, host: Host) -> None:
        with self._lock:
            self._failed.pop(host, None)
