"""The embedded Active Directory, filled with the very people of the real one (`tests/servers/samba_domain.py`)."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.domain_seed import Domain, DomainAccount, FineRules, Rules
from resetapp.demo.domain_tree import Delegation, DomainTree
from resetapp.demo.domain_values import filetime
from resetapp.demo.ldap_seed import SeedEntry
from tests.servers import samba_domain as samba
from tests.servers.running import RunningServer

_DOMAIN = Domain(samba.SUFFIX)
_WORKSTATION = 0x1000
_RULES = Rules(samba.MINIMUM_LENGTH, samba.HISTORY, samba.LOCKOUT_THRESHOLD, timedelta(minutes=30))


def utc() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def running_domain(certificates: ServerCertificates) -> Iterator[RunningServer]:
    """Described as the real one is, so that the same tests can be held against it."""
    service_dn = f"CN={samba.SERVICE},{samba.SERVICES}"
    tree = DomainTree(population(utc()), utc, Delegation(service_dn, samba.PEOPLE), samba.ADMIN_PASSWORD)
    with running_directory(tree, certificates) as endpoint:
        yield RunningServer(
            endpoint.ldap_port,
            endpoint.ldaps_port,
            certificates,
            suffix=samba.SUFFIX,
            people=samba.PEOPLE,
            service_name=f"{samba.SERVICE}@{samba.REALM.lower()}",
            service_dn=service_dn,
            service_password=samba.SERVICE_PASSWORD,
            admin_name=samba.ADMIN_NAME,
            admin_password=samba.ADMIN_PASSWORD,
        )


def population(now: datetime) -> list[SeedEntry]:
    description = samba.description()
    people = [samba.person(each["username"]) for each in description["people"]]
    users = {person.username: _user(person, now) for person in people}
    members = {name: [*map(_group_dn, inner)] for name, inner in samba._GROUPS.items()}
    members |= {name: [] for name in ("Domain Admins", "Account Operators")}
    for person in people:
        for group in person.groups:
            members[group].append(_DOMAIN.user_dn(users[person.username]))
    administrators = [_group_dn("Middle Admins"), *members.pop("Domain Admins")]
    operators = members.pop("Account Operators")
    long_passwords = tuple(_DOMAIN.user_dn(users[each.username]) for each in people if each.settings_object)
    frame = _DOMAIN.frame(_RULES, ("People", "Services", "Groups", "Former"), administrators)
    return [
        *(_with_members(entry, operators) if "Account Operators" in entry.dn else entry for entry in frame),
        *_DOMAIN.service(samba.SERVICE, samba.SERVICE_PASSWORD, now),
        *(_entry(person, users[person.username], now) for person in people),
        *(_DOMAIN.group(name, dns) for name, dns in members.items()),
        _DOMAIN.fine_rules(FineRules("pso-long", long_passwords, samba.LONG_MINIMUM)),
        _computer(),
    ]


def _group_dn(name: str) -> str:
    return f"CN={name},{samba.GROUPS}"


def _with_members(group: SeedEntry, members: list[str]) -> SeedEntry:
    return SeedEntry(group.dn, {**group.attributes, "member": tuple(members)})


def _user(person: samba.Person, now: datetime) -> DomainAccount:
    more = {name: (value,) for name, value in person.attributes.items()}
    more["employeeNumber"] = (person.cpr,)
    if person.username == "locked":
        more["lockoutTime"] = (filetime(now),)
    primary = person.primary_group or 513
    return DomainAccount(person.username, person.name, more, person.flags, primary, person.password)


def _entry(person: samba.Person, user: DomainAccount, now: datetime) -> SeedEntry:
    return _DOMAIN.user(user, now=None if person.must_change or not person.password else now)


def _computer() -> SeedEntry:
    attributes = {
        "objectClass": ("top", "person", "organizationalPerson", "user", "computer"),
        "cn": ("PC-17",),
        "sAMAccountName": (samba.COMPUTER,),
        "userAccountControl": (str(_WORKSTATION),),
        "employeeNumber": (samba.cpr_of(samba.COMPUTER).digits,),
        "primaryGroupID": ("515",),
    }
    return SeedEntry(f"CN=PC-17,{samba.PEOPLE}", attributes)
