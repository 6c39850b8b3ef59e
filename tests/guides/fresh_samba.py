"""A new Active Directory domain (Samba) with one person in it: nothing of ours yet."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from resetapp.demo.certificates import ServerCertificates
from tests.guides.administrator import Administrator
from tests.guides.institution import person
from tests.guides.prepared import Kind, Newcomer
from tests.servers.networks import allowed, demand_free, started
from tests.servers.running import ROOT, SYSTEM_PYTHON, RunningServer, ServerUnavailable, installed, wait_until_ready
from tests.servers.samba import PACKAGES

SUFFIX = "DC=example,DC=dk"
PEOPLE = f"OU=People,{SUFFIX}"
_POLICY = f"CN=pso-pwreset,CN=Password Settings Container,CN=System,{SUFFIX}"  # the guide's; it demands 20
ADMIN, ADMIN_PASSWORD = "Administrator@example.dk", "Adm1n-Passw0rd!"
_BUILD, _BUILDER = Path(__file__).parent / "samba_institution.py", ROOT / "tests/servers"
_PRIVATE = ("unshare", "-rn", "--")
_PORTS = (389, 636)


class Domain:
    """In a folder of its own. It can be started more than once, one after another."""

    def __init__(self, folder: Path, certificates: ServerCertificates) -> None:
        """Raises ServerUnavailable."""
        self._program = installed("samba", PACKAGES)
        self._folder, self._certificates = folder, certificates
        self._network = _network()
        self.configuration = folder / "dc/etc/smb.conf"
        folder.mkdir(mode=0o700)
        _build(self._network, folder / "dc")
        _put_certificates(certificates, folder / "dc/tls")

    @contextlib.contextmanager
    def running(self) -> Iterator[RunningServer]:
        """Raises ServerUnavailable."""
        log = self._folder / "samba.log"
        command = [self._program, "-i", "-M", "single", "-s", str(self.configuration), "--debug-stdout"]
        with started(self._network, _PORTS, command, log) as (process, (ldap_port, ldaps_port)):
            running = self._described(ldap_port, ldaps_port)
            wait_until_ready(running, process, log, ADMIN, ADMIN_PASSWORD)
            yield running

    def _described(self, ldap_port: int, ldaps_port: int) -> RunningServer:
        return RunningServer(
            ldap_port,
            ldaps_port,
            self._certificates,
            suffix=SUFFIX,
            people=PEOPLE,
            service_name="",  # the guide makes it
            service_dn="",
            service_password="",
            admin_name=ADMIN,
            admin_password=ADMIN_PASSWORD,
        )


def _network() -> tuple[str, ...]:
    if allowed(_PRIVATE):
        return _PRIVATE
    if os.geteuid() != 0:
        raise ServerUnavailable("Samba needs root here: user namespaces are not allowed to others")
    demand_free(_PORTS)
    return ()


def _build(network: tuple[str, ...], root: Path) -> None:
    anna = person("anna")
    description = {"realm": "EXAMPLE.DK", "domain": "EXAMPLE", "admin_password": ADMIN_PASSWORD, "person": anna}
    command = [*network, SYSTEM_PYTHON, "-I", str(_BUILD), str(_BUILDER), str(root)]
    built = subprocess.run(command, input=json.dumps(description).encode(), capture_output=True, check=False)
    if built.returncode:
        raise ServerUnavailable(f"the domain could not be made: {built.stderr.decode(errors='replace')[-3000:]}")


def _put_certificates(certificates: ServerCertificates, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    files = certificates.server
    for source, name in ((files.certificate, "server.pem"), (files.key, "server.key"), (certificates.ca, "ca.pem")):
        shutil.copy(source, folder / name)


def _newcomer(username: str) -> Newcomer:
    return Newcomer(f"CN={username},{PEOPLE}", ["user"], {"sAMAccountName": username})


def _demand_twenty(administrator: Administrator, dn: str) -> None:
    administrator.add_values(_POLICY, "msDS-PSOAppliesTo", dn)


KIND = Kind(f"CN=anna,{PEOPLE}", _newcomer, _demand_twenty)
