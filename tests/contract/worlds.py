"""The worlds of the contract: the two embedded directories, slapd, Active Directory (Samba) and 389-DS."""

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resetapp.core.cpr import CprNumber
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.slapd import SlapdUnavailable, crowd_cpr, running_slapd
from resetapp.settings.model import DirectoryKind
from tests.contract.world import Abilities, Dialect, Person, World, unicode_pwd, userpassword
from tests.servers import ds389_people, samba_domain
from tests.servers.embedded_domain import running_domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer, ServerUnavailable

OPENLDAP = Dialect(
    kind=DirectoryKind.OPENLDAP,
    username_attribute="uid",
    cpr_attribute="norEduPersonNIN",
    closing={"pwdAccountLockedTime": [seed.LOCKED_BY_ADMINISTRATOR]},
    password=userpassword,
    bind_name=lambda _person, dn: dn,
)
DS389 = dataclasses.replace(
    OPENLDAP,
    kind=DirectoryKind.DS389,
    closing={"nsAccountLock": ["true"]},
    odd_usernames=("Ore & (A) 'e' #1 \\*",),  # it is delivered with a plugin that wants ASCII here
)
ACTIVE_DIRECTORY = Dialect(
    kind=DirectoryKind.ACTIVE_DIRECTORY,
    username_attribute="sAMAccountName",
    cpr_attribute="employeeNumber",
    closing={"userAccountControl": ["514"]},
    password=unicode_pwd,
    bind_name=lambda person, _dn: f"{person.username}@{samba_domain.REALM.lower()}",
    odd_usernames=("Øre & (Å) 'é' #1",),
)


# ---------------------------------------------------------------- OpenLDAP, real and embedded

_OLD = samba_domain.OLD
_SPECIAL = ("two-a", "two-b", "disabled", "expired", "locked", "in-protected", "nested-protected", "admin-somebody")
_ODD_NAME = 'Ærlig, Øre + "Å\\b" #1/2; <3>=4'
_ODD_DN = f'cn=Ærlig\\, Øre \\+ \\"Å\\\\b\\" #1/2\\; \\<3\\>=4,{seed.PEOPLE}'
_ORDINARY = samba_domain.ORDINARY
_NUMBERS = {name: 100 + place for place, name in enumerate((*_ORDINARY, *_SPECIAL, "odd-name", "service"))}


def cpr_of(username: str) -> CprNumber:
    return CprNumber.parse(crowd_cpr(1 if username.startswith("two-") else _NUMBERS[username]))


def _population() -> list[seed.SeedEntry]:
    month_ago = seed.generalized_time(datetime.now(UTC) - timedelta(days=30))
    more = {
        "disabled": {"pwdAccountLockedTime": (seed.LOCKED_BY_ADMINISTRATOR,)},
        "expired": {"pwdEndTime": (month_ago,)},
    }
    people = [
        seed.SeedAccount(name, name.title(), "Prøve", cpr_of(name).digits, _OLD, more.get(name, {}))
        for name in (*_ORDINARY, *_SPECIAL)
    ]
    dn = {person.username: person.dn for person in people}
    inner = seed.SeedGroup("Inner Protected", (dn["nested-protected"],))
    outer = seed.SeedGroup("Protected Accounts", (dn["in-protected"], inner.dn))
    odd = seed.account_entry(seed.SeedAccount("odd-name", "Odd", "Prøve", cpr_of("odd-name").digits, _OLD))
    named = dataclasses.replace(odd, dn=_ODD_DN, attributes={**odd.attributes, "cn": (_ODD_NAME,)})
    return [*seed.tree(people, [inner, outer]), named]


def _described(endpoint: Endpoint) -> RunningServer:
    return RunningServer(
        endpoint.ldap_port,
        endpoint.ldaps_port,
        endpoint.certificates,
        suffix=seed.SUFFIX,
        people=seed.PEOPLE,
        service_name=seed.SERVICE_DN,
        service_dn=seed.SERVICE_DN,
        service_password=seed.SERVICE_PASSWORD,
        admin_name=ADMIN_DN,
        admin_password=endpoint.admin_password,
    )


@contextlib.contextmanager
def embedded_world(certificates: ServerCertificates) -> Iterator[World]:
    password = "of the embedded directory"
    tree = Tree(_population(), lambda: datetime.now(UTC), admin=(ADMIN_DN, password.encode()))
    with running_directory(tree, certificates, admin_password=password) as endpoint:
        world = World(**_openldap(_described(endpoint)))
        _begin(world)
        yield world


@contextlib.contextmanager
def slapd_world(folder: Path, certificates: ServerCertificates) -> Iterator[World]:
    """Raises ServerUnavailable."""
    try:
        with running_slapd(folder, _population(), certificates=certificates) as endpoint:
            world = World(**_openldap(_described(endpoint)))
            _begin(world)
            yield world
    except SlapdUnavailable as unavailable:
        raise ServerUnavailable(str(unavailable)) from None


def _openldap(server: RunningServer) -> dict[str, object]:
    usernames = iter(_ORDINARY)
    return {
        "server": server,
        "dialect": OPENLDAP,
        "can": Abilities(),
        "somebody": lambda: Person(name := next(usernames), cpr_of(name)),
        "cpr_of": cpr_of,
        "old_password": _OLD,
        "protected_group": f"cn=Protected Accounts,{seed.GROUPS}",
        "service": Person("pwreset", cpr_of("service")),
    }


def _begin(world: World) -> None:
    world.prepare()
    world.lock_out(world.who("locked"))


# ---------------------------------------------------------------- the others


@contextlib.contextmanager
def embedded_domain_world(certificates: ServerCertificates) -> Iterator[World]:
    with running_domain(certificates) as server:
        yield _active_directory(server, iter(samba_domain.ORDINARY).__next__, policy_hints=True)


def samba_world(server: RunningServer, somebody: Somebody) -> World:
    """Samba has the policy hints from 4.24 on."""
    return _active_directory(server, somebody, policy_hints=False)


def _active_directory(server: RunningServer, somebody: Somebody, policy_hints: bool) -> World:
    world = World(
        server=server,
        dialect=ACTIVE_DIRECTORY,
        can=Abilities(history_on_reset=policy_hints, looks_again=False, several_usernames=False, follows_moves=True),
        somebody=lambda: Person(name := somebody(), samba_domain.cpr_of(name)),
        cpr_of=samba_domain.cpr_of,
        old_password=samba_domain.OLD,
        protected_group=f"CN=Protected Accounts,{samba_domain.GROUPS}",
        service=Person(samba_domain.SERVICE, samba_domain.cpr_of(samba_domain.SERVICE)),
    )
    world.prepare()
    return world


def ds389_world(server: RunningServer, somebody: Somebody) -> World:
    world = World(
        server=server,
        dialect=DS389,
        can=Abilities(accounts_end=False, looks_again=False, tells_who_is_gone=False),
        somebody=lambda: Person(name := somebody(), ds389_people.cpr_of(name)),
        cpr_of=ds389_people.cpr_of,
        old_password=ds389_people.OLD,
        protected_group=f"cn=Protected Accounts,{seed.GROUPS}",
        service=Person("pwreset", ds389_people.cpr_of("service")),
    )
    world.prepare()
    return world
