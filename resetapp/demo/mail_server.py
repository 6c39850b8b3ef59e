"""The demo's mail server: takes what the service sends into a `Mailbox`. On loopback alone; nothing is sent on.

TLS from the first octet on (RFC 8314, section 3.3), and of SMTP (RFC 5321) what a client needs for handing over a
mail. Everything is bounded: mails, lines, recipients, connections, and the time that one of them may take.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from resetapp.demo.certificates import ServerFiles
from resetapp.demo.mailbox import Mailbox

_LOOPBACK = "127.0.0.1"
LONGEST_LINE = 2000  # octets; RFC 5321 allows 1000, section 4.5.3.1.6
LARGEST_MAIL = 64 * 1024  # octets
MOST_CONNECTIONS = 8
_MOST_RECIPIENTS = 10
_PAUSE = 0.1  # seconds
_MOST_COMMANDS = 200  # of one connection
_FROM = re.compile(rb"FROM:<[^<>\s]{0,254}>( [^\r\n]*)?", re.IGNORECASE)
_TO = re.compile(rb"TO:<([!-;=?-~]{1,254})>( [^\r\n]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for one line to come or go, and for a whole connection, however it drips."""

    step: float = 15.0
    whole: float = 60.0


@contextmanager
def running_mail_server(
    mailbox: Mailbox, files: ServerFiles, port: int = 0, patience: Patience | None = None
) -> Iterator[int]:
    """In threads of this process, until the end of the block. Yields the port; 0 takes a free one."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(files.certificate, files.key)
    with socket.create_server((_LOOPBACK, port), backlog=MOST_CONNECTIONS) as listener:
        server = _MailServer(listener, tls, mailbox, patience or Patience())
        threading.Thread(target=server.serve, name="mail", daemon=True).start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.ended.set()
            with suppress(OSError):  # wakes the thread, which a mere close would leave waiting
                listener.shutdown(socket.SHUT_RDWR)


class _MailServer:
    def __init__(self, listener: socket.socket, tls: ssl.SSLContext, mailbox: Mailbox, patience: Patience) -> None:
        self._listener, self._tls, self._mailbox, self._patience = listener, tls, mailbox, patience
        self.ended = threading.Event()
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def serve(self) -> None:
        """Until the listener is closed. Further connections wait for a free place in the system's queue."""
        while not self.ended.is_set():
            self._free.acquire()
            try:
                connection, _ = self._listener.accept()
            except OSError:  # ended; or a caller that is gone already, or no file left to open: the next may go well
                self._free.release()
                self.ended.wait(_PAUSE)
            else:
                threading.Thread(target=self._hold, args=(connection,), name="mail connection", daemon=True).start()

    def _hold(self, plain: socket.socket) -> None:
        """Whoever is not one of us (junk, no TLS, too slow, gone) harms their own connection alone."""
        try:
            with plain, suppress(OSError):
                plain.settimeout(self._patience.step)
                with self._tls.wrap_socket(plain, server_side=True) as secure:
                    _Conversation(_Lines(secure, self._patience), self._mailbox).hold()
        finally:
            self._free.release()


class _NotALine(OSError):
    """Too long, or the connection ended before its end."""


class _Lines:
    """Reads and writes lines. Raises OSError when nothing more can come."""

    def __init__(self, connection: ssl.SSLSocket, patience: Patience) -> None:
        self._connection, self._patience = connection, patience
        self._end = time.monotonic() + patience.whole
        self._rest = b""

    def read(self) -> bytes:
        """The next line, without its end. A lone LF ends none: nothing can hide a command in a mail by it."""
        while b"\r\n" not in self._rest and len(self._rest) <= LONGEST_LINE:
            self._hurry()
            got = self._connection.recv(4096)
            if not got:
                raise _NotALine
            self._rest += got
        line, _, self._rest = self._rest.partition(b"\r\n")
        if len(line) > LONGEST_LINE:
            self.write("500 line too long")
            raise _NotALine
        return line

    def write(self, line: str) -> None:
        self._hurry()
        self._connection.sendall(line.encode("ascii") + b"\r\n")

    def _hurry(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(left, self._patience.step))


class _Conversation:
    """One connection. A command is answered by a line; QUIT ends it."""

    def __init__(self, lines: _Lines, mailbox: Mailbox) -> None:
        self._lines, self._mailbox = lines, mailbox
        self._from_known = False
        self._to: list[str] = []
        self._commands: dict[bytes, Callable[[bytes], str]] = {
            b"EHLO": self._hello,
            b"MAIL": self._mail,
            b"RCPT": self._recipient,
            b"DATA": self._data,
            b"RSET": self._reset,
            b"NOOP": lambda _: "250 OK",
        }

    def hold(self) -> None:
        self._lines.write("220 localhost, the mailbox of a demo")
        for _ in range(_MOST_COMMANDS):
            verb, _, rest = self._lines.read().partition(b" ")
            if verb.upper() == b"QUIT":
                return self._lines.write("221 bye")
            command = self._commands.get(verb.upper())
            self._lines.write(command(rest) if command else "502 not known here")
        return self._lines.write("421 too many commands")

    def _hello(self, _: bytes) -> str:
        self._reset()
        return f"250-localhost\r\n250-8BITMIME\r\n250 SIZE {LARGEST_MAIL}"

    def _reset(self, _: bytes = b"") -> str:
        self._from_known, self._to = False, []
        return "250 OK"

    def _mail(self, rest: bytes) -> str:
        if self._from_known:
            return "503 one mail after the other"
        if not _FROM.fullmatch(rest):
            return "501 write MAIL FROM:<address>"
        self._from_known = True
        return "250 OK"

    def _recipient(self, rest: bytes) -> str:
        found = _TO.fullmatch(rest)
        if not self._from_known:
            return "503 MAIL comes first"
        if not found:
            return "501 write RCPT TO:<address>"
        if len(self._to) >= _MOST_RECIPIENTS:
            return "452 too many recipients"
        self._to.append(found[1].decode("ascii"))
        return "250 OK"

    def _data(self, _: bytes) -> str:
        if not self._to:
            return "503 RCPT comes first"
        self._lines.write("354 end with a dot on a line of its own")
        octets, to = self._content(), tuple(self._to)
        self._reset()
        if octets is None:
            return "552 too large"
        self._mailbox.keep(octets, to, datetime.now(UTC))
        return "250 OK"

    def _content(self) -> bytes | None:
        """Without the dots that the client has put before others (section 4.5.2). None: larger than is kept."""
        kept, size = [], 0
        while (line := self._lines.read()) != b".":
            line = line.removeprefix(b".") + b"\r\n"
            size += len(line)
            if size <= LARGEST_MAIL:
                kept.append(line)
        return b"".join(kept) if size <= LARGEST_MAIL else None
