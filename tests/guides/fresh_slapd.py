"""A slapd as Debian's package leaves it after its installation, with two people in it: nothing of ours yet."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from resetapp.demo.certificates import ServerCertificates
from tests.guides.administrator import Administrator
from tests.guides.institution import ANNA, PEOPLE, SUFFIX, person
from tests.guides.prepared import Kind, Newcomer
from tests.servers.running import RunningServer, ServerUnavailable, installed

_CONFIGURATION = Path("/usr/share/slapd/slapd.init.ldif")  # what the package's own installation starts from
_ADMIN = f"cn=admin,{SUFFIX}"
_SERVICES = f"ou=services,{SUFFIX}"
_TREE = f"""dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: {PEOPLE}
objectClass: organizationalUnit
"""
_POLICY = f"cn=twenty,ou=policies,{SUFFIX}"
_PATIENCE = 30.0  # seconds until it must answer


@contextlib.contextmanager
def running(folder: Path, certificates: ServerCertificates) -> Iterator[tuple[RunningServer, str]]:
    """The server, and the address of its socket. It speaks no TLS yet. Raises ServerUnavailable."""
    program = installed("slapd", "slapd")
    if not _CONFIGURATION.exists():
        raise ServerUnavailable(f"{_CONFIGURATION} is missing: only Debian's slapd has it")
    password = secrets.token_urlsafe(18)
    for name in ("config", "data"):
        (folder / name).mkdir(mode=0o700, parents=True)
    _load(program, folder, "cn=config", _configuration(folder, password))
    _load(program, folder, SUFFIX, _TREE + "".join(map(_person, ("anna", "admin"))))
    ldap_port, ldaps_port = _free_ports()
    local = f"ldapi://{quote(str(folder / 'ldapi'), safe='')}"
    addresses = f"ldap://127.0.0.1:{ldap_port} ldaps://127.0.0.1:{ldaps_port} {local}"
    with _started([program, "-F", str(folder / "config"), "-h", addresses, "-d", "stats"], folder, ldap_port):
        yield _described(ldap_port, ldaps_port, certificates, password), local


def _configuration(folder: Path, password: str) -> str:
    """The package's own, with our folders, and with whoever runs the tests for root."""
    text = _CONFIGURATION.read_text("utf-8").replace("@SUFFIX@", SUFFIX).replace("@PASSWORD@", password)
    text = text.replace("/var/lib/ldap", str(folder / "data")).replace("/var/run/slapd", str(folder))
    return text.replace("gidNumber=0+uidNumber=0", f"gidNumber={os.getgid()}+uidNumber={os.getuid()}")


def _person(username: str) -> str:
    lines = "".join(f"{name}: {value}\n" for name, value in person(username).items())
    return f"\ndn: uid={username},{PEOPLE}\nobjectClass: inetOrgPerson\n{lines}"


def _load(program: str, folder: Path, base: str, ldif: str) -> None:
    command = [program, "-T", "add", "-F", str(folder / "config"), "-b", base]
    loaded = subprocess.run(command, input=ldif, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextlib.contextmanager
def _started(command: list[str], folder: Path, port: int) -> Iterator[None]:
    if setpriv := shutil.which("setpriv"):  # ends the server when the tests are killed
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    log = folder / "slapd.log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            end = time.monotonic() + _PATIENCE
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise ServerUnavailable(f"slapd does not start: {log.read_text(errors='replace')[-3000:]}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _described(ldap_port: int, ldaps_port: int, certificates: ServerCertificates, password: str) -> RunningServer:
    return RunningServer(
        ldap_port,
        ldaps_port,
        certificates,
        suffix=SUFFIX,
        people=PEOPLE,
        service_name=f"cn=pwreset,{_SERVICES}",
        service_dn=f"cn=pwreset,{_SERVICES}",
        service_password="",  # the guide makes it
        admin_name=_ADMIN,
        admin_password=password,
    )


def _newcomer(username: str) -> Newcomer:
    return Newcomer(f"uid={username},{PEOPLE}", ["inetOrgPerson", "norEduPerson"], person(username))


def _demand_twenty(administrator: Administrator, dn: str) -> None:
    administrator.add(_POLICY, ["device", "pwdPolicy"], {"pwdAttribute": "userPassword", "pwdMinLength": "20"})
    administrator.replace(dn, "pwdPolicySubentry", _POLICY)


KIND = Kind(ANNA, _newcomer, _demand_twenty)
