"""The HTTP server under the service: Granian, as we set it."""

import os
import resource
import socket

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.http import HTTP1Settings

_HEADER_MILLISECONDS = 10_000  # a client that dawdles over its headers (slow loris) is let go
_START_SECONDS = 10  # longer than a worker takes on a busy machine until it answers; so long the old one goes on
_STOP_SECONDS = 20  # longer than any request may wait for a directory
_LOG_THROUGH_US = {  # granian's own lines take our way: scrubbed, one JSON object a line
    "handlers": {},
    "formatters": {},
    "loggers": {name: {"handlers": [], "propagate": name == "_granian"} for name in ("_granian", "granian.access")},
}


def serve_forever(factory: str, host: str, port: int, workers: int) -> None:
    """Granian with one WSGI application per worker, until a signal ends it.

    There is no access log: the query strings of /saml/slo carry SAML messages. One thread a worker answers requests;
    the reverse proxy keeps slow clients away from it. It may keep its connections: one that says nothing for ten
    seconds is closed, and none holds up the end.

    On SIGHUP one worker after the other gives way to a new one, which answers before the old one stops.
    """
    address = "127.0.0.1" if host == "localhost" else host
    _demand_free(address, port)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold passwords
    server = Granian(
        factory,
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers or os.cpu_count() or 1,
        blocking_threads=1,
        runtime_mode=RuntimeModes.st,  # one thread for the sockets: with two a request wanders between the cores
        backlog=1024,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS, keep_alive=True),
        websockets=False,
        log_access=False,
        log_dictconfig=_LOG_THROUGH_US,
        respawn_failed_workers=True,
        respawn_interval=_START_SECONDS,
        workers_kill_timeout=_STOP_SECONDS,
    )
    server.serve()


def _demand_free(address: str, port: int) -> None:
    """Granian tells a port that is taken by a bare RuntimeError; we look first, and say so."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        remedy = "Choose another service.listen_port, or stop the program that listens there."
        problem = f"cannot listen on {address}, port {port} ({os.strerror(error.errno or 0)})"
        raise click.ClickException(f"{problem}\n  → {remedy}") from None
