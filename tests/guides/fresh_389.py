"""A new instance of 389 Directory Server with two people in it, and careless rules: nothing of ours yet."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from resetapp.demo.certificates import ServerCertificates
from tests.guides.administrator import Administrator
from tests.guides.institution import ANNA, PEOPLE, SUFFIX, person
from tests.guides.prepared import Kind, Newcomer
from tests.servers.ds389 import new_389
from tests.servers.running import RunningServer

_CARELESS = [  # as many directories have them: all see all but passwords, and may change themselves
    '(targetattr!="userPassword")(version 3.0; acl "all see all"; allow (read,search,compare) userdn="ldap:///all";)',
    '(targetattr="*")(version 3.0; acl "all change themselves"; allow (write) userdn="ldap:///self";)',
]


@contextlib.contextmanager
def running(folder: Path, certificates: ServerCertificates) -> Iterator[RunningServer]:
    """Raises ServerUnavailable."""
    with new_389(folder, certificates, PEOPLE) as server:  # the guide makes the service account
        _fill(Administrator(server))
        yield server


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


KIND = Kind(ANNA, _newcomer, _demand_twenty, None)
