"""`resetapp demo` as a process of its own, and what it prints: the ground of the journeys."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from resetapp.demo import ldap_seed as seed
from tests.ports import free_port

PATIENCE = 60.0


@dataclass
class DemoProcess:
    """A running demo. `output` grows with what it prints."""

    process: subprocess.Popen[str]
    url: str
    simulator_url: str
    ldaps_url: str
    ca_file: Path
    folder: Path
    output: list[str] = field(default_factory=list)

    def binds(self, username: str, password: str) -> bool:
        """ldapwhoami, the client that the demo itself names."""
        command = ["ldapwhoami", "-x", "-H", self.ldaps_url, "-D", f"uid={username},{seed.PEOPLE}", "-w", password]
        environment = {**os.environ, "LDAPTLS_CACERT": str(self.ca_file)}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
        assert result.returncode in (0, 49), result.stderr
        return result.returncode == 0


@contextmanager
def running_demo(
    *arguments: str, installed_in: Path | None = None, temporary: Path | None = None
) -> Iterator[DemoProcess]:
    """`installed_in`: run the package of this folder, from inside it, instead of the checkout's.

    `temporary`: where it puts its temporary files, in place of the folder that all processes share.
    """
    command = [sys.executable, "-m", "resetapp", "demo", "--port", str(free_port()), *arguments]
    environment = os.environ | ({"PYTHONPATH": str(installed_in)} if installed_in else {})
    environment |= {"TMPDIR": str(temporary)} if temporary else {}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=installed_in
    )
    lines: Queue[str] = Queue()
    output: list[str] = []
    threading.Thread(target=_read, args=(process, lines, output), daemon=True).start()
    try:
        told = _until(lines, "Ctrl-C ends it")
        found = {
            "url": re.search(r"http://127\.0\.0\.1:\d+(?!.*logout)", told),
            "hub": re.search(r"(http://127\.0\.0\.1:\d+)/hub/logout-everywhere", told),
            "ldaps": re.search(r"ldaps://127\.0\.0\.1:\d+", told),
            "ca": re.search(r"LDAPTLS_CACERT=(\S+)", told),
        }
        assert all(found.values()), told
        ca_file = Path(found["ca"][1])  # type: ignore[index]
        folder = next(parent for parent in ca_file.parents if parent.name.startswith("resetapp-demo-"))
        yield DemoProcess(
            process,
            found["url"][0],
            found["hub"][1],
            found["ldaps"][0],
            ca_file,
            folder,
            output,  # type: ignore[index]
        )
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _read(process: subprocess.Popen[str], lines: Queue[str], output: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line)
        lines.put(line)
    lines.put("")


def _until(lines: Queue[str], words: str) -> str:
    told = ""
    while words not in told:
        try:
            line = lines.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError(f"the demo did not start: {told}") from None
        if not line:
            raise AssertionError(f"the demo ended: {told}")
        told += line
    return told
