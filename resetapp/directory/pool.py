"""Open connections of the service account, lent to one caller at a time."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from resetapp.directory.hosts import Host, Hosts
from resetapp.directory.session import NO_ANSWER, Session, SessionBroken
from resetapp.directory.timing import AnswerTimes
from resetapp.trouble import DirectoryDown

log = logging.getLogger(__name__)

_AT_MOST = 8  # connections in use at a time; more callers wait
_IDLE_AT_MOST = 4
_IDLE_SECONDS = 60.0  # servers and firewalls drop silent connections after minutes

T = TypeVar("T")


class SessionPool:
    """Last in, first out, so that a quiet hour leaves one warm connection and lets the others go. Thread-safe.

    Connections are opened when needed, so none is shared between the processes of a forking server.
    """

    def __init__(self, name: str, hosts: Hosts, login: Callable[[Host], Session], patience: float) -> None:
        """`login` opens a session of the service account or raises SessionBroken; `patience`: seconds to wait."""
        self._name = name
        self._hosts = hosts
        self._login = login
        self._patience = patience
        self.times = AnswerTimes()  # of what was read, with the opening of a connection where none was ready
        self._places = threading.BoundedSemaphore(_AT_MOST)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Session]] = []

    @contextlib.contextmanager
    def after(self, read: Callable[[Session], T]) -> Iterator[tuple[Session, T]]:
        """Does `read` and lends the very session on which it worked: so that one is known to be alive.

        A kept connection that turns out dead is replaced, and further servers are asked, silently: reading twice
        does no harm. Raises DirectoryDown when no server could be read from, and whatever `read` raises.
        """
        if not self._places.acquire(timeout=self._patience):
            raise DirectoryDown(self._name, "busy")
        try:
            begun = time.monotonic()
            session, answer = self._first_that_works(read)
            self.times.add(time.monotonic() - begun)
            try:
                yield session, answer
            finally:
                self._take_back(session)
        finally:
            self._places.release()

    def close(self) -> None:
        """Closes what is idle; the pool stays usable."""
        self._drop(None)

    def _first_that_works(self, read: Callable[[Session], T]) -> tuple[Session, T]:
        reason = "no_host"
        for session in self._kept():
            try:
                return session, self._read(session, read)
            except SessionBroken as broken:
                self._drop(session.host)  # the others to it will be no better: do not wait for each
                if broken.reason == NO_ANSWER:
                    self._hosts.failed(session.host)
        for host in self._hosts.in_order():
            try:
                session = self._login(host)
                answer = self._read(session, read)
            except SessionBroken as broken:
                reason = broken.reason
                self._hosts.failed(host)
                log.warning("directory %s: %s is passed over for now (%s)", self._name, host, reason)
            else:
                self._hosts.works(host)
                return session, answer
        raise DirectoryDown(self._name, reason)

    def _read(self, session: Session, read: Callable[[Session], T]) -> T:
        try:
            return read(session)
        except SessionBroken:
            raise
        except BaseException:
            self._take_back(session)
            raise

    def _kept(self) -> Iterator[Session]:
        while True:
            with self._lock:
                if not self._idle:
                    return
                since, session = self._idle.pop()
            if time.monotonic() - since < _IDLE_SECONDS:
                yield session
            else:
                session.close()

    def _take_back(self, session: Session) -> None:
        with self._lock:
            keep = session.usable and len(self._idle) < _IDLE_AT_MOST
            if keep:
                self._idle.append((time.monotonic(), session))
        if not keep:
            session.close()

    def _drop(self, host: Host | None) -> None:
        """Closes the idle sessions to this server; None: to all."""
        with self._lock:
            dropped = [session for _, session in self._idle if host in (None, session.host)]
            self._idle = [kept for kept in self._idle if kept[1] not in dropped]
        for session in dropped:
            session.close()
