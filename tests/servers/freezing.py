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
        assert server.process_group, "this server does not tell its processes"
        self._group = server.process_group

    def freeze(self) -> None:
        """Nothing moves any more when it returns."""
        os.killpg(self._group, signal.SIGSTOP)
        end = time.monotonic() + _PATIENCE
        while not self.frozen:
            assert time.monotonic() < end, "the server does not stand still"
            time.sleep(0.005)

    def thaw(self) -> None:
        os.killpg(self._group, signal.SIGCONT)

    @property
    def frozen(self) -> bool:
        return set(_states(self._group)) == {"T"}


@contextlib.contextmanager
def freezer(server: RunningServer) -> Iterator[Freezer]:
    """The server is awake again at the end, whatever has happened: others use it too."""
    ice = Freezer(server)
    try:
        yield ice
    finally:
        ice.thaw()


def _states(group: int) -> list[str]:
    """Of each process in the group (proc_pid_stat(5)): "T" is stopped."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            state, _parent, its_group = path.read_text(errors="replace").rpartition(")")[2].split()[:3]
            found += [state] if int(its_group) == group else []
    return found
