"""Starts a 389 Directory Server with the people of `ds389_people.py`. It takes some fifteen seconds, each time.

The server runs as the user dirsrv and keeps its configuration below /etc/dirsrv: it needs root. It is taken away at
the end, also when the tests are killed.
"""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ldap3 import MODIFY_ADD, MODIFY_REPLACE, Connection

from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from tests.servers import ds389_people as people
from tests.servers.networks import allowed, demand_free, started
from tests.servers.running import SYSTEM_PYTHON, RunningServer, ServerUnavailable, installed, wait_until_ready

_PACKAGES = "389-ds-base python3-lib389 libnss3-tools"
_BUILD = Path(__file__).parent / "ds389_build.py"
_PRIVATE = ("unshare", "-n", "--")  # the new instance listens everywhere until it is told not to
_PORTS = (3890, 6360)
_CONFIGURATION = {
    "passwordCheckSyntax": "on",
    "passwordMinLength": str(people.MINIMUM_LENGTH),
    "passwordHistory": "on",
    "passwordInHistory": str(people.HISTORY),
    "passwordLockout": "on",
    "passwordMaxFailure": str(people.LOCKOUT_THRESHOLD),
    "passwordUnlock": "off",  # until somebody lifts the lock
    "passwordTrackUpdateTime": "on",  # pwdUpdateTime
    "nsslapd-pwpolicy-local": "on",
    "passwordAdminDN": people.PASSWORD_ADMINISTRATORS,
}
_SCHEMA = {
    "attributeTypes": "( 1.3.6.1.4.1.2428.90.1.5 NAME 'norEduPersonNIN' EQUALITY caseIgnoreMatch"
    " SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE X-ORIGIN 'user defined' )",
    "objectClasses": "( 1.3.6.1.4.1.2428.90.2.3 NAME 'norEduPerson' SUP top AUXILIARY"
    " MAY ( norEduPersonNIN ) X-ORIGIN 'user defined' )",
}
_INDEX = "cn=norEduPersonNIN,cn=index,cn=userroot,cn=ldbm database,cn=plugins,cn=config"
_MEMBER_OF = "cn=MemberOf Plugin,cn=plugins,cn=config"


@contextlib.contextmanager
def running_389(folder: Path, certificates: ServerCertificates) -> Iterator[RunningServer]:
    """Its log is in `folder` (made if needed). Raises ServerUnavailable."""
    with new_389(folder, certificates, seed.PEOPLE, seed.SERVICE_DN, seed.SERVICE_PASSWORD) as running:
        _fill(running)
        lock_out(running, "locked")
        yield running


@contextlib.contextmanager
def new_389(
    folder: Path, certificates: ServerCertificates, people_in: str, service: str = "", service_password: str = ""
) -> Iterator[RunningServer]:
    """An instance with nothing but its suffix; people and service account are for the caller to make.

    Its log is in `folder` (made if needed), its data in a folder that its own user may enter. Raises ServerUnavailable.
    """
    installed("ns-slapd", _PACKAGES)
    if not is_root():
        raise ServerUnavailable("389-DS needs root: it changes to the user dirsrv")
    network = _PRIVATE if allowed(_PRIVATE) else ()
    if not network:
        demand_free(_PORTS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder / "389.log"
    name = f"resetapp{secrets.token_hex(4)}"
    data = Path(tempfile.gettempdir()) / f"resetapp-389-{name}"
    command = [SYSTEM_PYTHON, "-I", str(_BUILD), name, str(data)]
    with started(network, _PORTS, command, log) as (process, (ldap_port, ldaps_port)):
        assert process.stdin is not None
        process.stdin.write(_settings(certificates))
        process.stdin.flush()
        running = RunningServer(
            ldap_port,
            ldaps_port,
            certificates,
            suffix=seed.SUFFIX,
            people=people_in,
            service_name=service,
            service_dn=service,
            service_password=service_password,
            admin_name=people.ADMIN_NAME,
            admin_password=people.ADMIN_PASSWORD,
        )
        wait_until_ready(running, process, log, people.ADMIN_NAME, people.ADMIN_PASSWORD)
        yield running


def lock_out(server: RunningServer, username: str) -> None:
    """By wrong passwords."""
    for _ in range(people.LOCKOUT_THRESHOLD):
        server.bind_result(people.dn_of(username), "a wrong password")


def is_root() -> bool:
    """The machine's, not only that of a user namespace."""
    return os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split()[2] != "1"


def _settings(certificates: ServerCertificates) -> bytes:
    ldap_port, ldaps_port = _PORTS
    settings = {
        "port": ldap_port,
        "secure_port": ldaps_port,
        "suffix": seed.SUFFIX,
        "password": people.ADMIN_PASSWORD,
        "ca": str(certificates.ca),
        "certificate": str(certificates.server.certificate),
        "key": str(certificates.server.key),
    }
    return json.dumps(settings).encode() + b"\n"


def _fill(server: RunningServer) -> None:
    with server.as_admin() as admin:
        _configure(admin)
        for entry in people.entries():
            result = admin.add(entry.dn, list(entry.classes), dict(entry.attributes))[1]
            assert result["result"] == 0, (entry.dn, result)
        _modify(admin, seed.SUFFIX, {"aci": [(MODIFY_ADD, people.access_rules())]})


def _configure(admin: Connection) -> None:
    _modify(admin, "cn=config", {name: [(MODIFY_REPLACE, [value])] for name, value in _CONFIGURATION.items()})
    for name, value in _SCHEMA.items():
        _modify(admin, "cn=schema", {name: [(MODIFY_ADD, [value])]})
    index = admin.add(_INDEX, ["top", "nsIndex"], {"nsSystemIndex": "false", "nsIndexType": "eq"})[1]
    assert index["result"] == 0, index
    # takes effect at once, for the plugins may be changed while the server runs
    _modify(admin, "cn=config", {"nsslapd-dynamic-plugins": [(MODIFY_REPLACE, ["on"])]})
    _modify(admin, _MEMBER_OF, {"nsslapd-pluginEnabled": [(MODIFY_REPLACE, ["on"])]})


def _modify(admin: Connection, dn: str, changes: dict[str, object]) -> None:
    result = admin.modify(dn, changes)[1]
    assert result["result"] == 0, (dn, result)
