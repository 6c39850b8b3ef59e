"""An installation as `resetapp init` and its operator would leave it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.processes import Part, serves, wait_until
from tests.ports import free_port
from tests.settings.written import with_line


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings' file. Complete but for a directory that answers."""
    folder = tmp_path_factory.mktemp("installation")
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    hub_metadata = folder / "hub" / "hub-metadata.xml"
    directory = demo_directory_settings(ca_file=hub_metadata, ldaps_port=9)
    return install(folder, "http://localhost:8000", hub.entity_id, hub_metadata, [directory], datetime.now(UTC))


def settings_for(installation: Path, port: int) -> Path:
    path = installation.with_name(f"serve-{port}.toml")
    text = with_line(installation.read_text("utf-8"), "public_url", f'"http://127.0.0.1:{port}"')
    path.write_text(with_line(with_line(text, "listen_port", str(port)), "workers", "2"), "utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def service(installation: Path, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with serving(installation, port, tmp_path / "log") as process:
        yield process


@contextmanager
def serving(installation: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`resetapp serve`, once its workers answer."""
    command = [sys.executable, "-m", "resetapp", "--config", str(settings_for(installation, port)), "serve"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        part = Part("the service", lambda: process.poll() is None, log.read_text)
        # A worker that is told to end while it starts does not hear it, and is killed twenty seconds later.
        wait_until(part, lambda: log.read_text().count(" runtime-1") == 2 and serves(port, "/"), threading.Event())
        yield process
    finally:
        with suppress(ProcessLookupError):  # its workers too, which would go on without it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
