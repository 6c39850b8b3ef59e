"""Starts a server behind `private_network.py`: in a network of its own, reached by free ports of this machine."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.servers.running import ServerUnavailable, stop

_INSIDE = Path(__file__).parent / "private_network.py"


def allowed(words: Sequence[str]) -> bool:
    """May we have a network made by these words, which stand before a command?"""
    return subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def demand_free(ports: Sequence[int]) -> None:
    """Where there is no network of one's own. Raises ServerUnavailable."""
    for port in ports:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                raise ServerUnavailable(f"port {port} is busy, and a network of its own is not allowed here")


@contextlib.contextmanager
def started(
    network: Sequence[str], ports: Sequence[int], command: Sequence[str], log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """The process, and our ports in the order of the server's `ports`. It must end with its standard input."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in ports]
        passages = [f"{each.fileno()}:{port}" for each, port in zip(sockets, ports, strict=True)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*network, sys.executable, str(_INSIDE), *passages, "--", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[each.fileno() for each in sockets],
                start_new_session=True,
            )
        our_ports = [int(each.getsockname()[1]) for each in sockets]
    try:
        yield process, our_ports
    finally:
        stop(process)
