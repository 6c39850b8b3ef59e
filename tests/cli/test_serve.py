"""`resetapp serve` as an operator runs it: its own process, real requests, a signal at the end."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import settings_for


def test_it_serves_logs_no_query_and_ends_on_a_signal(
    service: subprocess.Popen[bytes], port: int, tmp_path: Path
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/saml/slo?SAMLRequest=canary6101901234&RelayState=canary")
    assert connection.getresponse().status in (400, 403)
    service.send_signal(signal.SIGTERM)
    assert service.wait(30) == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line for line in lines if "canary" in json.dumps(line)] == []
    assert [line for line in lines if line["message"].startswith("login") or "logout" in line["message"]]


def test_a_connection_is_kept_and_does_not_hold_up_the_end(service: subprocess.Popen[bytes], port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/")
        assert b"<h1" in connection.getresponse().read()
        sockets.add(connection.sock.getsockname())
    assert len(sockets) == 1
    service.send_signal(signal.SIGTERM)
    assert service.wait(10) == 0


def test_a_port_that_is_taken_is_told(installation: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        command = [sys.executable, "-m", "resetapp", "--config", str(settings_for(installation, port)), "serve"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1, port {port} (Address already in use)" in done.stderr
    assert "service.listen_port" in done.stderr
