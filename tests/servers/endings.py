"""Does a server go when it should?"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.servers.running import ROOT

_PROGRAM = """
import importlib, sys, time
from datetime import UTC, datetime
from pathlib import Path
from resetapp.demo.certificates import make_certificates
module, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
start = getattr(importlib.import_module(module), name)
with start(folder / "server", make_certificates(folder / "tls", datetime.now(UTC))) as server:
    print(server.ldaps_port, flush=True)
    time.sleep(600)
"""


def port_of_a_killed_run(module: str, starter: str, folder: Path) -> int:
    """A process of its own starts the server and is killed, without a chance to stop it."""
    command = [sys.executable, "-c", _PROGRAM, module, starter, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        port = int(run.stdout.readline())
        os.kill(run.pid, signal.SIGKILL)
    return port


def closed_within(port: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.05)
    return False
