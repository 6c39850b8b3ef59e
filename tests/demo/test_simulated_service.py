"""`resetapp serve` with a simulator as the hub: the log warns of it, and nothing around it makes the service a demo."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.demo.demo_app import SIMULATOR_VARIABLE
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.processes import Part, serves, wait_until
from tests.ports import free_port
from tests.settings.written import with_line

SIMULATOR = "http://127.0.0.1:9"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def log(tmp_path: Path, port: int) -> Iterator[Path]:
    """Of a service that runs as an operator starts it, in the demo's own environment."""
    hub, url = Hub.kept_in(tmp_path / "hub", SIMULATOR, tmp_path / "sp-metadata.xml"), f"http://127.0.0.1:{port}"
    metadata = tmp_path / "hub/hub-metadata.xml"
    directory = demo_directory_settings(ca_file=metadata, ldaps_port=9)
    settings = install(tmp_path, url, hub.entity_id, metadata, [directory], datetime.now(UTC))
    text = with_line(settings.read_text("utf-8"), "listen_port", str(port))
    settings.write_text(with_line(text, "workers", "1"), "utf-8")
    file = tmp_path / "log"
    with file.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "resetapp", "--config", str(settings), "serve"],
            stdout=output,
            stderr=output,
            env={**os.environ, SIMULATOR_VARIABLE: SIMULATOR},
            start_new_session=True,
        )
    try:
        part = Part("the service", lambda: process.poll() is None, file.read_text)
        wait_until(part, lambda: serves(port, "/"), threading.Event())
        yield file
    finally:
        with suppress(ProcessLookupError):  # its worker too, which would go on without it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_log_warns_and_the_page_is_no_demo(log: Path, port: int) -> None:
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    warnings = [line for line in lines if line["message"].startswith(f"hub.simulated hub={SIMULATOR}/simulator: ")]
    assert [line["level"] for line in warnings] == ["WARNING"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        page = answer.read().decode()
    assert SIMULATOR not in page
    assert 'class="demo"' not in page
