"""A directory server that runs for the tests, and clients of one's own: plain ldap3, nothing of resetapp's."""

import contextlib
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ldap3 import MODIFY_REPLACE, NONE, SAFE_SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPExceptionError

from resetapp.demo.certificates import ServerCertificates

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's packages python3-samba and python3-lib389 belong to it
_PROGRAMS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"))
_PATIENCE = 60.0  # seconds until a server must answer; a loaded machine needs many of them


class ServerUnavailable(Exception):
    """The server is not installed or cannot run here. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Answers on 127.0.0.1 and localhost."""

    ldap_port: int  # StartTLS
    ldaps_port: int
    certificates: ServerCertificates
    suffix: str
    people: str  # where the accounts are
    service_name: str  # what the service account binds with
    service_dn: str
    service_password: str = field(repr=False)
    admin_name: str  # somebody who may do everything
    admin_password: str = field(repr=False)
    session: int = 0  # of all its processes (credentials(7)), so that they can be frozen together; 0 = not told

    @property
    def ldaps(self) -> str:
        return f"ldaps://127.0.0.1:{self.ldaps_port}"

    @property
    def ldap(self) -> str:
        return f"ldap://127.0.0.1:{self.ldap_port}"

    def client(self, name: str | None = None, password: str | bytes | None = None) -> Connection:
        """Not bound yet, over verified TLS. Without a name: the service account's."""
        tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(self.certificates.ca))
        server = Server("localhost", port=self.ldaps_port, use_ssl=True, tls=tls, get_info=NONE, connect_timeout=5)
        return Connection(
            server,
            name or self.service_name,
            self.service_password if name is None else password,
            client_strategy=SAFE_SYNC,
            receive_timeout=30,
            auto_referrals=False,
            check_names=False,
        )

    def admin(self) -> Connection:
        """Bound; to be unbound by the caller."""
        connection = self.client(self.admin_name, self.admin_password)
        assert connection.bind()[0]
        return connection

    @contextlib.contextmanager
    def as_admin(self) -> Iterator[Connection]:
        with bound(self.client(self.admin_name, self.admin_password)) as connection:
            yield connection

    def bind_result(self, name: str, password: str | bytes) -> dict[str, object]:
        """What the server answers to a simple bind."""
        connection = self.client(name, password)
        try:
            return dict(connection.bind()[1])
        finally:
            connection.unbind()

    def change(self, dn: str, **values: list[str | bytes]) -> None:
        """As an administrator; no values take the attribute away. Fails when the server refuses."""
        with self.as_admin() as admin:
            result = admin.modify(dn, {name: [(MODIFY_REPLACE, value)] for name, value in values.items()})[1]
        assert result["result"] == 0, result


@contextlib.contextmanager
def bound(connection: Connection) -> Iterator[Connection]:
    """ldap3's own `with` leaves a connection open that was open before."""
    result = connection.bind()[1]
    try:
        assert result["result"] == 0, result
        yield connection
    finally:
        connection.unbind()


def installed(program: str, packages: str) -> str:
    """The program's path. Raises ServerUnavailable."""
    path = shutil.which(program, path=_PROGRAMS)
    if path is None:
        raise ServerUnavailable(f"{program} is not installed (Debian: apt-get install {packages})")
    return path


def wait_until_ready(
    server: RunningServer, process: subprocess.Popen[bytes], log: Path, name: str, password: str
) -> None:
    """Until this name can bind. Raises ServerUnavailable with the end of the log."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServerUnavailable(f"it ended with {process.returncode}: {_last_words(log)}")
        if _succeeds(lambda: server.bind_result(name, password)["result"] == 0):
            return
        time.sleep(0.05)
    raise ServerUnavailable(f"no answer after {_PATIENCE} s: {_last_words(log)}")


def _succeeds(attempt: Callable[[], bool]) -> bool:
    try:
        return attempt()
    except (LDAPExceptionError, OSError):
        return False


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]


def stop(process: subprocess.Popen[bytes], patience: float = 15.0) -> None:
    """Closing its standard input is the sign to end, so that it ends too when the tests are killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
