"""Who is in the directories of these tests. Nearly every test has somebody of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from resetapp.core.cpr import CprNumber
from resetapp.demo import ldap_seed as seed
from resetapp.demo.slapd import crowd_cpr

OLD = "Gammel-Regnjakke-48"
NOW = datetime.now(UTC).replace(microsecond=0)
VIP, READ_ONLY, NO_LOCKS = (f"ou={name},{seed.PEOPLE}" for name in ("vip", "readonly", "nolocks"))
HIDDEN = f"cn=hidden,{seed.GROUPS}"

# access rules of slapd that take away what the service account usually may
FIRST_RULES = f"""
access to dn.subtree="{READ_ONLY}" attrs=userPassword by anonymous auth by * none
access to dn.subtree="{NO_LOCKS}" attrs=pwdAccountLockedTime by * none
access to dn.base="{HIDDEN}" by * none
"""

More = Mapping[str, tuple[str, ...]]


def at(moment: datetime) -> tuple[str, ...]:
    return (seed.generalized_time(moment),)


def day(moment: datetime) -> tuple[str, ...]:
    return (str((moment - datetime(1970, 1, 1, tzinfo=UTC)).days),)


_MONTH, _HOUR = timedelta(days=30), timedelta(hours=1)
_SHADOW, _POSIX = ("shadowAccount",), ("posixAccount",)
_HOME = {"homeDirectory": ("/nonexistent",), "gidNumber": ("2000",)}

_PEOPLE: Mapping[str, More] = {
    "reader": {},
    "tls": {},
    "setter": {},
    "letters": {},
    "short": {},
    "long": {},
    "history": {},
    "current": {},
    "hashed": {},
    "young": {"pwdChangedTime": at(NOW - _HOUR), "pwdPolicySubentry": (seed.YOUNG_POLICY,)},
    "locked": {},
    "locked-before": {"pwdAccountLockedTime": at(NOW - _HOUR)},
    "short-lock": {
        "pwdAccountLockedTime": at(NOW - _HOUR),
        "pwdPolicySubentry": (f"cn=short-lock,{seed.POLICIES}",),
    },
    "closed": {"pwdAccountLockedTime": (seed.LOCKED_BY_ADMINISTRATOR,)},
    "closed-and-ended": {"pwdAccountLockedTime": (seed.LOCKED_BY_ADMINISTRATOR,), "pwdEndTime": at(NOW - _MONTH)},
    "left": {"employeeType": ("Fratrådt",)},
    "ended": {"pwdEndTime": at(NOW - _MONTH)},
    "shadow-ended": {"objectClass": _SHADOW, "shadowExpire": day(NOW - _MONTH)},
    "shadow-never": {"objectClass": _SHADOW, "shadowExpire": ("-1",)},
    "ending": {"objectClass": _SHADOW, "shadowExpire": day(NOW + _MONTH), "pwdEndTime": at(NOW + 2 * _MONTH)},
    "later": {"pwdStartTime": at(NOW + _MONTH)},
    "closed-meanwhile": {},
    "promoted-meanwhile": {},
    "given-away": {},
    "gone": {},
    "gone-meanwhile": {},
    "late": {},
    "swallowed": {},
    "dies": {},
    "held": {"pwdChangedTime": at(NOW - _HOUR)},
    "answers-first": {},
    "comes-late": {},
    "answers-late": {},
    "overtaken": {},
    "waiting": {},
    "many-secrets": {},
    "failover": {},
    "silent": {},
    "warm": {},
    "secret": {},
    "many-at-once": {},
    "admin-somebody": {},
    "Root": {},
    "two-names": {"uid": ("two-names", "ADMIN-second")},
    "in-group": {},
    "in-quiet-group": {},
    "in-nested": {},
    "in-unique": {},
    "in-uid-group": {},
    "in-primary-group": {
        **_HOME,
        "objectClass": _POSIX,
        "uidNumber": ("5000",),
        "gidNumber": ("5002",),
    },
    "system": {**_HOME, "objectClass": _POSIX, "uidNumber": ("999",)},
    "superuser": {**_HOME, "objectClass": _POSIX, "uidNumber": ("0",)},
    "posix": {**_HOME, "objectClass": _POSIX, "uidNumber": ("1000",)},
    "program": {"objectClass": ("simpleSecurityObject",)},
}
USERNAMES = tuple(_PEOPLE)
_NUMBERS = {name: 100 + i for i, name in enumerate(_PEOPLE)}


def cpr_of(username: str) -> CprNumber:
    return CprNumber.parse(crowd_cpr(_NUMBERS[username]))


def dn_of(username: str) -> str:
    return f"uid={username},{seed.PEOPLE}"


def _account(username: str, digits: str, more: More, below: str = seed.PEOPLE) -> seed.SeedAccount:
    return seed.SeedAccount(username, username.title(), "Prøve", digits, OLD, more, below)


TWO = CprNumber.parse(crowd_cpr(1))
ELSEWHERE = {VIP: "in-vip", READ_ONLY: "read-only", NO_LOCKS: "no-locks"}
ELSEWHERE_CPR = {name: CprNumber.parse(crowd_cpr(10 + i)) for i, name in enumerate(ELSEWHERE.values())}
_MOBILE: More = {"mobile": ("22 33 44 55",)}
HYPHEN = CprNumber.parse(crowd_cpr(20))
GROUPS = (
    seed.SeedGroup("administrators", (dn_of("in-group"), seed.SERVICE_DN)),
    seed.SeedGroup("quiet", (dn_of("in-quiet-group"),), shows_in_accounts=False),
    seed.SeedGroup("inner", (dn_of("in-nested"),), shows_in_accounts=False),
    seed.SeedGroup("outer", (f"CN=Inner, {seed.GROUPS}", dn_of("nobody-any-more")), shows_in_accounts=False),
    seed.SeedGroup("round", (f"cn=square,{seed.GROUPS}",), shows_in_accounts=False),
    seed.SeedGroup("square", (f"cn=round,{seed.GROUPS}",), shows_in_accounts=False),
    seed.SeedGroup("unique", (dn_of("in-unique"),), "uniqueMember", shows_in_accounts=False),
    seed.SeedGroup("uids", ("IN-uid-group",), "memberUid", 5001, shows_in_accounts=False),
    seed.SeedGroup("primary", ("somebody",), "memberUid", 5002, shows_in_accounts=False),
    seed.SeedGroup("hidden", (dn_of("in-group"),), shows_in_accounts=False),
    seed.SeedGroup("holds-hidden", (HIDDEN,), shows_in_accounts=False),
)


def population() -> list[seed.SeedEntry]:
    two = [_account(f"two-{letter}", TWO.digits, {}) for letter in "ab"]
    hyphen = f"{HYPHEN.digits[:6]}-{HYPHEN.digits[6:]}"
    people = [_account(name, cpr_of(name).digits, more) for name, more in _PEOPLE.items()]
    elsewhere = [_account(name, ELSEWHERE_CPR[name].digits, _MOBILE, below) for below, name in ELSEWHERE.items()]
    tree = seed.tree([*people, *two, _account("hyphen", hyphen, {})], GROUPS)
    containers = [_container(below) for below in ELSEWHERE]
    return [*tree, _short_lock_policy(), *containers, *map(seed.account_entry, elsewhere)]


def _container(dn: str) -> seed.SeedEntry:
    name = dn.partition(",")[0].removeprefix("ou=")
    return seed.SeedEntry(dn, {"objectClass": ("organizationalUnit",), "ou": (name,)})


def _short_lock_policy() -> seed.SeedEntry:
    attributes = {
        "objectClass": ("device", "pwdPolicy"),
        "cn": ("short-lock",),
        "pwdAttribute": ("userPassword",),
        "pwdLockout": ("TRUE",),
        "pwdLockoutDuration": ("60",),
    }
    return seed.SeedEntry(f"cn=short-lock,{seed.POLICIES}", attributes)
