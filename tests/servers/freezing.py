"""A server that stands still as a hung machine does: its ports take connections, and nothing is answered."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers.running import RunningServer

_PATIENCE = 10.0  # seconds; a signal takes milliseconds


class Freezer:
    """Stops all processes of one server at once, and lets them go on. Both may be done twice."""

    def __init__(self, server: RunningServer) -> None:
        assert server.session, "this server does not tell its processes"
        self._session = server.session

    def freeze(self) -> None:
        """Nothing moves any more when it returns."""
        end = time.monotonic() + _PATIENCE
        while not self.frozen:
            assert time.monotonic() < end, "the server does not stand still"
            self._send(signal.SIGSTOP)  # again to those that were born meanwhile
            time.sleep(0.005)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def states(self) -> dict[int, str]:
        """Of each process (proc_pid_stat(5)): "T" is stopped. Of the session, for Samba makes a group of its own."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                state, _parent, _group, session = path.read_text(errors="replace").rpartition(")")[2].split()[:4]
                found |= {int(path.parent.name): state} if int(session) == self._session else {}
        return found

    @property
    def frozen(self) -> bool:
        return set(self.states().values()) == {"T"}

    def _send(self, number: signal.Signals) -> None:
        for process in self.states():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)


@contextlib.contextmanager
def freezer(server: RunningServer) -> Iterator[Freezer]:
    """The server is awake again at the end, whatever has happened: others use it too."""
    ice = Freezer(server)
    try:
        yield ice
    finally:
        ice.thaw()
