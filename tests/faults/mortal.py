"""An OpenLDAP server that can be killed, frozen and started again, with its data and on its ports."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.slapd import installed, running_slapd
from tests.directory.population import FIRST_RULES

_PATIENCE = 20.0  # seconds until it must answer


class MortalSlapd:
    """Not started yet."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._config, self._log = folder / "slapd.conf", folder / "mortal.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Until it answers. The ports are its old ones; whoever has them in between is waited for."""
        addresses = f"{self.endpoint.ldap} {self.endpoint.ldaps}"
        end = time.monotonic() + _PATIENCE
        while not self._answers():
            if not self.alive:
                command = [installed(), "-f", str(self._config), "-h", addresses, "-d", "stats"]
                with self._log.open("ab") as log:
                    self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            assert time.monotonic() < end, self._log.read_text(errors="replace")[-2000:]
            time.sleep(0.01)

    def kill(self) -> None:
        """kill -9: nothing is finished, nobody is told."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _answers(self) -> bool:
        if not self.alive:
            return False
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.endpoint.ldaps_port), 0.5):
            return True
        return False

    def end(self) -> None:
        if self.alive:
            self.thaw()
            self.kill()


@contextlib.contextmanager
def mortal_slapd(folder: Path, entries: list[seed.SeedEntry]) -> Iterator[MortalSlapd]:
    """Running. Raises SlapdUnavailable."""
    with running_slapd(folder, entries, first_rules=FIRST_RULES) as endpoint:
        pass  # it has loaded the people and found its ports
    server = MortalSlapd(folder, endpoint)
    server.start()
    try:
        yield server
    finally:
        server.end()
