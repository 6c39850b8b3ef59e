"""resetapp as an institution runs it: an installation of its own, `resetapp serve`, two workers, SQLite on disk."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from bench import processes
from resetapp.demo.hub_keys import HubKey
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.messages import hub_metadata
from resetapp.demo.processes import free_port, serves
from resetapp.demo.slapd import running_slapd

WORKERS = 2
HUB = "https://hub.example"
_UNLIMITED = 100_000  # the highest that the settings take: everybody here comes from one address
_LIMITS = ("logins_per_person_per_hour", "logins_per_address_per_hour", "failed_answers_per_login")
_PATIENCE = 30.0  # seconds until the service must answer
_STOPPING = 25.0


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings, keys and database in a folder, and the hub that they trust."""

    settings: Path
    port: int
    hub_key: HubKey
    encryption_certificate: x509.Certificate

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service. `started_in`: seconds from the start of the process to its first answer."""

    port: int
    pid: int
    started_in: float = field(compare=False)

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid)

    def workers(self) -> list[processes.Memory]:
        """The memory of each worker; what granian's own parent process needs is not asked."""
        return [processes.memory(child) for child in processes.children(self.pid)]


@contextlib.contextmanager
def installed(people: int) -> Iterator[Installation]:
    """An installation in a temporary folder, and a slapd with so many people. Raises SlapdUnavailable."""
    with (
        tempfile.TemporaryDirectory(prefix="resetapp-bench-") as folder,
        running_slapd(Path(folder) / "slapd", more_people=people) as directory,
    ):
        yield make_installation(Path(folder), directory)


def make_installation(folder: Path, directory: Endpoint) -> Installation:
    """What `resetapp init` makes, filled in, with limits that nobody here reaches."""
    port, hub_key = free_port(), HubKey.create("bench hub")
    metadata = folder / "hub.xml"
    metadata.write_bytes(hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [hub_key]))
    table = demo_directory_settings(directory.certificates.ca, directory.ldaps_port)
    settings = install(folder / "service", f"http://127.0.0.1:{port}", HUB, metadata, [table], datetime.now(UTC))
    limits = "".join(f"{name} = {_UNLIMITED}\n" for name in _LIMITS)
    known = re.compile(rf"^(?:{'|'.join(_LIMITS)}) = .*\n", re.MULTILINE)  # the demo's own, which are lower
    content = known.sub("", settings.read_text("utf-8")).replace(
        "[service]\n", f"[service]\nlisten_port = {port}\nworkers = {WORKERS}\n"
    )
    settings.write_text(content.replace("[limits]\n", f"[limits]\n{limits}"), "utf-8")
    certificate = x509.load_pem_x509_certificate((settings.parent / "keys" / "encryption.crt").read_bytes())
    return Installation(settings, port, hub_key, certificate)


@contextlib.contextmanager
def running_service(installation: Installation) -> Iterator[Service]:
    """`resetapp serve` until the end of the block. Raises RuntimeError when it does not answer."""
    command = [sys.executable, "-m", "resetapp", "--config", str(installation.settings), "serve"]
    if setpriv := shutil.which("setpriv"):  # ends the service when this process is killed
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    log = installation.settings.with_name("service.log")
    with log.open("wb") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait(process, installation.port, log)
        yield Service(installation.port, process.pid, time.perf_counter() - begun)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOPPING)
    finally:  # also when a signal ends the waiting: no worker is left behind
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not serves(port, "/"):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the service does not answer:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.005)
