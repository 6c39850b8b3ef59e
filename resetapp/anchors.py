"""The audit trail's newest event, written to the log as it grows: from there it goes where this database's masters
cannot change it, and a trail that was rewritten from the beginning no longer fits (security.md 2.10).

Where `service.syslog` says so, also to syslog, without the detour over a log file that somebody has to ship.
"""

import logging
import socket
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from resetapp.storage import audit
from resetapp.storage.audit import Anchor
from resetapp.storage.database import Database

log = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds; a socket whose reader hangs must not keep the anchors from our own log
_PORT = 514
_PRIORITY = 10 * 8 + 6  # facility authpriv, severity informational (RFC 5424, 6.2.1)


class Syslog:
    """`address`: the path of a local socket, or udp://host[:port].

    Not the library's SysLogHandler: what did not go through it sends once more, then without a time limit.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def send(self, text: str) -> None:
        """One line, over a socket of its own. Raises OSError.

        Nobody answers: over UDP a host that is not there cannot be told from one that listens.
        """
        if self.address.startswith("/"):  # a local daemon knows host and time itself
            self._send(socket.AF_UNIX, self.address, f"<{_PRIORITY}>resetapp: {text}")
            return
        parts = urlsplit(self.address)
        found = socket.getaddrinfo(parts.hostname, parts.port or _PORT, type=socket.SOCK_DGRAM)
        family, _, _, _, where = found[0]
        self._send(family, where, f"<{_PRIORITY}>{_header()}{text}")

    def _send(self, family: int, where: str | tuple[object, ...], line: str) -> None:
        with socket.socket(family, socket.SOCK_DGRAM) as to:
            to.settimeout(_PATIENCE)
            to.connect(where)
            to.send(line.encode())


def _header() -> str:
    """RFC 5424, section 6.2: version, time, host, program; neither process, kind nor structured data."""
    return f"1 {datetime.now(UTC).isoformat(timespec='milliseconds')} {socket.gethostname()} resetapp - - - "


class Anchors:
    """`fault`: why syslog did not take the last one, as the class of the error; "" when it did, None before the first.

    Of this process alone: each writes anchors of its own.
    """

    EVERY: Final = 60.0  # seconds

    def __init__(self, database: Database, syslog: Syslog | None = None) -> None:
        self._database, self.syslog = database, syslog
        self._last: Anchor | None = None
        self._sent: Anchor | None = None
        self.fault: str | None = None

    def write(self) -> None:
        """One line when the trail has grown since the last. Raises DatabaseDown."""
        with self._database.reading() as db:
            newest = audit.anchor(db)
        if newest is not None and newest != self._last:
            log.info("%s", newest)
            self._last = newest
        if newest is not None and newest != self._sent and self.syslog is not None:
            self._send(self.syslog, newest)

    def _send(self, syslog: Syslog, newest: Anchor) -> None:
        """What was not taken is sent with the next round, unless there is a newer one: that one says it all."""
        try:
            syslog.send(str(newest))
        except OSError as error:
            fault = type(error).__name__
            if fault != self.fault:  # once, and not every minute
                log.error("anchors.syslog_silent fault=%s", fault)
            self.fault = fault
            return
        if self.fault:
            log.info("anchors.syslog_back")
        self._sent, self.fault = newest, ""
