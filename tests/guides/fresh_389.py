"""A new instance of 389 Directory Server with two people in it, and careless rules: nothing of ours yet."""

import contextlib
import json
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resetapp.demo.certificates import ServerCertificates
from tests.guides.administrator import Administrator
from tests.guides.institution import ANNA, PEOPLE, SUFFIX, person
from tests.guides.prepared import Kind, Newcomer
from tests.servers.ds389 import PACKAGES, is_root
from tests.servers.networks import allowed, demand_free, started
from tests.servers.running import ROOT, SYSTEM_PYTHON, RunningServer, ServerUnavailable, installed, wait_until_ready

_BUILD = ROOT / "tests/servers/ds389_build.py"
_PRIVATE = ("unshare", "-n", "--")
_PORTS = (3890, 6360)
_ADMIN, _PASSWORD = "cn=Directory Manager", "Dir-Manager-4711"
_CARELESS = [  # as many directories have them: all see all but passwords, and may change themselves
    '(targetattr!="userPassword")(version 3.0; acl "all see all"; allow (read,search,compare) userdn="ldap:///all";)',
    '(targetattr="*")(version 3.0; acl "all change themselves"; allow (write) userdn="ldap:///self";)',
]


@contextlib.contextmanager
def running(folder: Path, certificates: ServerCertificates) -> Iterator[RunningServer]:
    """Raises ServerUnavailable."""
    installed("ns-slapd", PACKAGES)
    if not is_root():
        raise ServerUnavailable("389-DS needs root: it changes to the user dirsrv")
    network = _PRIVATE if allowed(_PRIVATE) else ()
    if not network:
        demand_free(_PORTS)
    folder.mkdir(mode=0o700)
    log = folder / "389.log"
    name = f"resetapp{secrets.token_hex(4)}"
    data = Path(tempfile.gettempdir()) / f"resetapp-389-{name}"
    with started(network, _PORTS, [SYSTEM_PYTHON, "-I", str(_BUILD), name, str(data)], log) as (process, (ldap, ldaps)):
        assert process.stdin is not None
        process.stdin.write(_settings(certificates))
        process.stdin.flush()
        server = _described(ldap, ldaps, certificates)
        wait_until_ready(server, process, log, _ADMIN, _PASSWORD)
        _fill(Administrator(server))
        yield server


def _settings(certificates: ServerCertificates) -> bytes:
    settings = {
        "port": _PORTS[0],
        "secure_port": _PORTS[1],
        "suffix": SUFFIX,
        "password": _PASSWORD,
        "ca": str(certificates.ca),
        "certificate": str(certificates.server.certificate),
        "key": str(certificates.server.key),
    }
    return json.dumps(settings).encode() + b"\n"


def _described(ldap_port: int, ldaps_port: int, certificates: ServerCertificates) -> RunningServer:
    return RunningServer(
        ldap_port,
        ldaps_port,
        certificates,
        suffix=SUFFIX,
        people=PEOPLE,
        service_name="",  # the guide makes it
        service_dn="",
        service_password="",
        admin_name=_ADMIN,
        admin_password=_PASSWORD,
    )


def _fill(administrator: Administrator) -> None:
    administrator.add(PEOPLE, ["organizationalUnit"])
    for name in ("anna", "admin"):
        administrator.add(f"uid={name},{PEOPLE}", ["inetOrgPerson"], person(name))
    administrator.add_values(SUFFIX, "aci", *_CARELESS)


def _newcomer(username: str) -> Newcomer:
    return Newcomer(f"uid={username},{PEOPLE}", ["inetOrgPerson", "norEduPerson"], person(username))


def _demand_twenty(administrator: Administrator, dn: str) -> None:
    container = f"cn=nsPwPolicyContainer,{PEOPLE}"
    rules = {"passwordCheckSyntax": "on", "passwordMinLength": "20"}
    administrator.add(container, ["nsContainer"])
    administrator.add(f"cn=twenty,{container}", ["ldapSubentry", "passwordPolicy"], rules)
    administrator.replace(dn, "pwdpolicysubentry", f"cn=twenty,{container}")


KIND = Kind(ANNA, _newcomer, _demand_twenty)
