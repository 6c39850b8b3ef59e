"""What the demo's directories hold: the same tree for the embedded server and for slapd.

Operational attributes (locks, dates, policies) are part of the seed, as `slapadd` would load them from a backup.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resetapp.core.accounts import AccountState
from resetapp.core.staff import Role
from resetapp.demo.people import accounts_in
from resetapp.demo.people_staff import APPROVER, MAPPER, SUPPORTER
from resetapp.demo.persona import DemoAccount, Home
from resetapp.settings import StaffRole

SUFFIX = "dc=example,dc=dk"
PEOPLE = f"ou=people,{SUFFIX}"
GROUPS = f"ou=groups,{SUFFIX}"
POLICIES = f"ou=policies,{SUFFIX}"
SERVICE_DN = f"cn=pwreset,ou=services,{SUFFIX}"
SERVICE_PASSWORD = "Demo-Service-4711"  # noqa: S105 - opens nothing but a directory of invented people on loopback
ADMINISTRATORS = f"cn=administrators,{GROUPS}"
IT_SUPPORT = f"cn=it-support,{GROUPS}"
MAPPERS = f"cn=mappers,{GROUPS}"
APPROVERS = f"cn=approvers,{GROUPS}"
CONSOLE_ROLES = (
    *(StaffRole(role, "people", IT_SUPPORT) for role in (Role.SUPPORT, Role.AUDITOR, Role.OPERATOR)),
    StaffRole(Role.MAPPER, "people", MAPPERS),
    StaffRole(Role.APPROVER, "people", APPROVERS),
)
_STAFF_GROUPS = {"it-support": (SUPPORTER,), "mappers": (MAPPER, APPROVER), "approvers": (APPROVER,)}
DEFAULT_POLICY = f"cn=default,{POLICIES}"
SERVICE_POLICY = f"cn=service,{POLICIES}"
YOUNG_POLICY = f"cn=minimum-age,{POLICIES}"  # as default, but a password must be a day old before it is changed
CPR_URN = "urn:mace:terena.org:schac:personalUniqueID:dk:CPR:"
LOCKED_BY_ADMINISTRATOR = "000001010000Z"  # draft-behera-ldap-password-policy-11, 5.3.3

_DAY = timedelta(days=1)
_ACCOUNT_CLASSES = ("top", "person", "organizationalPerson", "inetOrgPerson", "norEduPerson", "schacLinkageIdentifiers")
_POLICY: Mapping[str, str] = {
    "pwdAttribute": "userPassword",
    "pwdMinLength": "12",
    "pwdMaxLength": "128",
    "pwdInHistory": "5",
    "pwdMinAge": "0",
    "pwdMaxAge": "0",
    "pwdMaxFailure": "3",
    "pwdLockout": "TRUE",
    "pwdLockoutDuration": "0",
    "pwdFailureCountInterval": "600",
    "pwdMustChange": "FALSE",
    "pwdAllowUserChange": "TRUE",
    "pwdSafeModify": "FALSE",
    "pwdCheckQuality": "2",
}


@dataclass(frozen=True, slots=True)
class SeedEntry:
    """One entry. `password` is hashed by whoever loads it."""

    dn: str
    attributes: Mapping[str, tuple[str, ...]]
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """A person's account; `more` adds to or replaces its attributes, objectClass is only added to."""

    username: str
    given_name: str
    surname: str
    cpr: str = field(repr=False)
    password: str = field(repr=False)
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    below: str = PEOPLE

    @property
    def dn(self) -> str:
        return f"uid={self.username},{self.below}"


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """`attribute` says which kind: member (groupOfNames), uniqueMember, or memberUid (posixGroup)."""

    name: str
    members: tuple[str, ...]
    attribute: str = "member"
    gid_number: int = 5000
    shows_in_accounts: bool = True  # as memberOf, which slapd's overlay keeps for groupOfNames alone

    @property
    def dn(self) -> str:
        return f"cn={self.name},{GROUPS}"


def generalized_time(moment: datetime) -> str:
    """RFC 4517, section 3.3.13. `moment` in UTC."""
    return moment.strftime("%Y%m%d%H%M%SZ")


def demo_tree(now: datetime) -> list[SeedEntry]:
    """Everybody with an account here; the protected accounts are the administrators' group."""
    owned = accounts_in(Home.PEOPLE)
    accounts = [_demo_account(account, cpr, now) for account, cpr in owned]
    protected = {account.username for account, _ in owned if account.state is AccountState.PROTECTED}
    administrators = tuple(account.dn for account in accounts if account.username in protected)
    dns = {account.username: account.dn for account in accounts}
    staff = [
        SeedGroup(name, tuple(dns[each.accounts[0].username] for each in members))
        for name, members in _STAFF_GROUPS.items()
    ]
    return tree(accounts, [SeedGroup("administrators", administrators), *staff])


def _demo_account(account: DemoAccount, cpr: str, now: datetime) -> SeedAccount:
    changed = now if account.too_young else now - 214 * _DAY
    more: dict[str, tuple[str, ...]] = {"title": (account.title,), "pwdChangedTime": (generalized_time(changed),)}
    if account.too_young:
        more["pwdPolicySubentry"] = (YOUNG_POLICY,)
    more |= _standing(account.state, now)
    return SeedAccount(account.username, account.given_name, account.surname, cpr, account.password, more)


def _standing(state: AccountState, now: datetime) -> dict[str, tuple[str, ...]]:
    hour_ago = generalized_time(now - timedelta(hours=1))
    told: dict[AccountState, dict[str, tuple[str, ...]]] = {
        AccountState.LOCKED: {"pwdAccountLockedTime": (hour_ago,), "pwdFailureTime": (hour_ago,)},
        AccountState.DISABLED: {"pwdAccountLockedTime": (LOCKED_BY_ADMINISTRATOR,)},
        AccountState.EXPIRED: {"pwdEndTime": (generalized_time(now - 30 * _DAY),)},
        AccountState.NOT_YET: {"pwdStartTime": (generalized_time(now + 30 * _DAY),)},
    }
    return told.get(state, {})


def tree(accounts: Iterable[SeedAccount], groups: Iterable[SeedGroup]) -> list[SeedEntry]:
    """The whole directory, parents before children."""
    groups = list(groups)
    return [*_frame(), *(account_entry(account, groups) for account in accounts), *(_group(group) for group in groups)]


def _frame() -> list[SeedEntry]:
    containers = ("people", "groups", "services", "policies")
    service = {
        "objectClass": ("applicationProcess", "simpleSecurityObject"),
        "cn": ("pwreset",),
        # a policy of its own, without lockout: nobody can close the service with three wrong passwords
        "pwdPolicySubentry": (SERVICE_POLICY,),
    }
    return [
        SeedEntry(SUFFIX, {"objectClass": ("dcObject", "organization"), "o": ("Example",), "dc": ("example",)}),
        *(
            SeedEntry(f"ou={name},{SUFFIX}", {"objectClass": ("organizationalUnit",), "ou": (name,)})
            for name in containers
        ),
        _policy(DEFAULT_POLICY, {}),
        _policy(YOUNG_POLICY, {"pwdMinAge": "86400"}),
        _policy(SERVICE_POLICY, {"pwdLockout": "FALSE"}),
        SeedEntry(SERVICE_DN, service, SERVICE_PASSWORD),
    ]


def _policy(dn: str, different: Mapping[str, str]) -> SeedEntry:
    values = {name: (value,) for name, value in {**_POLICY, **different}.items()}
    name = dn.partition(",")[0].removeprefix("cn=")
    return SeedEntry(dn, {"objectClass": ("device", "pwdPolicy"), "cn": (name,), **values})


def account_entry(account: SeedAccount, groups: Iterable[SeedGroup] = ()) -> SeedEntry:
    attributes: dict[str, tuple[str, ...]] = {
        "objectClass": _ACCOUNT_CLASSES + account.more.get("objectClass", ()),
        "uid": (account.username,),
        "cn": (f"{account.given_name} {account.surname}",),
        "givenName": (account.given_name,),
        "sn": (account.surname,),
        "mail": (f"{account.username}@example.dk",),
    }
    if account.cpr:
        attributes |= {"norEduPersonNIN": (account.cpr,), "schacPersonalUniqueID": (CPR_URN + account.cpr,)}
    attributes |= {name: values for name, values in account.more.items() if name != "objectClass"}
    holders = tuple(group.dn for group in groups if group.shows_in_accounts and account.dn in group.members)
    return SeedEntry(account.dn, attributes | ({"memberOf": holders} if holders else {}), account.password)


def _group(group: SeedGroup) -> SeedEntry:
    kinds = {"member": "groupOfNames", "uniqueMember": "groupOfUniqueNames", "memberUid": "posixGroup"}
    attributes = {"objectClass": (kinds[group.attribute],), "cn": (group.name,), group.attribute: group.members}
    if group.attribute == "memberUid":
        attributes["gidNumber"] = (str(group.gid_number),)
    return SeedEntry(group.dn, attributes)
