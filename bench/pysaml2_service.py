"""Stock pysaml2 with its xmlsec1 programs as the service provider, in granian with two workers, to be compared with.

It does no more than the least: the message is read, a cookie set and the browser sent on. The form field RelayState
tells it which request waits, which a service would have to look up.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from bench import processes
from bench.service import Installation, Service
from resetapp.demo.processes import free_port, running, serves, wait_until
from resetapp.server import serve_forever
from resetapp.settings import load
from tests.saml.oracle import Oracle

_SETTINGS = "BENCH_SETTINGS"


@dataclass(frozen=True, slots=True)
class Pysaml2Service(Service):
    """`pid` is granian's; its workers start five programs for each login."""

    def cpu_seconds(self) -> float:
        workers = processes.children(self.pid)
        return processes.cpu_seconds(self.pid) + sum(processes.ended_children(worker) for worker in workers)


def create_app() -> Flask:
    """The factory for the workers."""
    settings = load(Path(os.environ[_SETTINGS]))
    oracle = Oracle(settings.wayf, settings.service.public_url)
    app = Flask(__name__)

    @app.get("/")
    def ready() -> str:
        return "ready"

    @app.post("/saml/acs")
    def consume() -> Response:
        found = oracle.read(request.form["SAMLResponse"], request.form["RelayState"])
        if found is None:
            return Response("refused", 403)
        answer = redirect("/password", 303)
        answer.set_cookie("login", found["name_id"])
        return answer

    return app


@contextlib.contextmanager
def running_pysaml2(installation: Installation, folder: Path) -> Iterator[Pysaml2Service]:
    """With our installation's settings, until the end of the block."""
    port, pid_file = free_port(), folder / "pysaml2.pid"
    environment = {_SETTINGS: str(installation.settings)}
    arguments = ["bench.pysaml2_service", str(port), str(pid_file)]
    with running("pysaml2", arguments, folder / "pysaml2.log", environment) as part:
        wait_until(part, lambda: serves(port, "/"), Event())
        yield Pysaml2Service(port, int(pid_file.read_text()), 0.0)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(str(os.getpid()), "utf-8")
    serve_forever("bench.pysaml2_service:create_app", "127.0.0.1", int(sys.argv[1]), 2)
