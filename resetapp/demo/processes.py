"""Child processes of the demo: started on loopback, waited for, watched, and ended with us."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 60.0  # seconds until a part must answer; generous for a busy machine
_STOPPING = 10.0  # seconds until a part that was asked to end is ended
_LAST_WORDS = 2000  # characters of a part's log that are shown when it ends too early


class DemoEnded(Exception):
    """A part of the demo could not start or ended by itself. `problem` says which one."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class Part:
    """One running part of the demo."""

    name: str
    alive: Callable[[], bool]
    last_words: Callable[[], str]

    def demand_alive(self) -> None:
        if not self.alive():
            raise DemoEnded(f"{self.name} has ended by itself", self.last_words().strip() or "It left no message.")


@contextlib.contextmanager
def running(name: str, arguments: list[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Part]:
    """`python -m` with these arguments, in a session of its own, until the end of the block."""
    command = [sys.executable, "-m", *arguments]
    if setpriv := shutil.which("setpriv"):  # ends the child when this process is killed and cannot end it
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield Part(name, lambda: process.poll() is None, lambda: log.read_text(errors="replace")[-_LAST_WORDS:])
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOPPING)
    with contextlib.suppress(ProcessLookupError):  # its session may hold children of its own
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(part: Part, answers: Callable[[], bool], stop: threading.Event) -> None:
    """Until it answers or `stop` is set. Raises DemoEnded when the part ends first or takes too long."""
    end = time.monotonic() + _PATIENCE
    while not stop.is_set() and not answers():
        part.demand_alive()
        if time.monotonic() > end:
            raise DemoEnded(f"{part.name} does not answer", part.last_words().strip() or "It left no message.")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def serves(port: int, path: str) -> bool:
    """Whether GET `path` is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port(wish: int | None = None) -> int:
    """`wish` if nobody has it, else another. Should it be taken before its use, a part does not start."""
    for port in (wish, 0) if wish else (0,):
        with contextlib.suppress(OSError), socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(("127.0.0.1", port))
            return int(found.getsockname()[1])
    raise DemoEnded("no free port was found", "Close other programs and try again.")
