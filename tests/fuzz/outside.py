"""Watches whether anything is asked of anybody: by Python through its audit events, by libxml2 at a listener."""

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator

_ASKING = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen", "os.exec"})


class Watch:
    """`asked`: the events since the last look. An audit hook cannot be taken away again, so there is one for all."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._watched: int | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self._watched == threading.get_ident() and event in _ASKING:
            self._heard.append(event)

    @contextlib.contextmanager
    def asked(self) -> Iterator[list[str]]:
        """What this thread asks for within the block."""
        self._heard, self._watched = [], threading.get_ident()
        try:
            yield self._heard
        finally:
            self._watched = None


WATCH = Watch()


@contextlib.contextmanager
def nobody_may_call() -> Iterator[socket.socket]:
    """A listener on this machine that takes no call; whoever tries is waiting in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def called(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True
