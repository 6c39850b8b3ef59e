"""Who is in the 389 Directory Server of the tests, and who may do what there.

Every username says what its owner is there for. Nobody is real, and no CPR number is anybody's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from resetapp.core.cpr import CprNumber
from resetapp.demo import ldap_seed as seed
from resetapp.demo.slapd import crowd_cpr

ADMIN_NAME, ADMIN_PASSWORD = "cn=Directory Manager", "Dir-Manager-4711"
OLD = "Gammel-Regnjakke-48"
MINIMUM_LENGTH, LONG_MINIMUM, HISTORY, LOCKOUT_THRESHOLD = 12, 20, 5, 3
FORMER = f"ou=former,{seed.SUFFIX}"
POLICIES = f"cn=nsPwPolicyContainer,{seed.PEOPLE}"
SERVICE_POLICIES = f"cn=nsPwPolicyContainer,ou=services,{seed.SUFFIX}"
PASSWORD_ADMINISTRATORS = f"cn=Password Administrators,{seed.GROUPS}"  # whoever is in it is above every policy
DISABLING_ROLE, PRIVILEGED_ROLE = (f"cn={name},{seed.SUFFIX}" for name in ("nsManagedDisabledRole", "Privileged"))
ORDINARY = tuple(f"person-{number:03d}" for number in range(1, 151))


@dataclass(frozen=True, slots=True)
class Entry:
    dn: str
    classes: tuple[str, ...]
    attributes: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, repr=False)


_SPECIAL: Mapping[str, Mapping[str, str]] = {
    "two-a": {"title": "Underviser"},
    "two-b": {"title": "Studerende"},
    "disabled": {"nsAccountLock": "true"},
    "disabled-by-role": {"nsRoleDN": DISABLING_ROLE},
    "must-change": {"passwordExpirationTime": "19700101000000Z", "pwdPolicySubentry": f"cn=must-change,{POLICIES}"},
    "locked": {},  # by wrong passwords, when the server starts
    "in-protected": {},
    "nested-protected": {},
    "password-admin": {},
    "in-role": {"nsRoleDN": PRIVILEGED_ROLE},
    "admin-somebody": {},
    "long-password": {"pwdPolicySubentry": f"cn=long,{POLICIES}"},
    "young": {"pwdPolicySubentry": f"cn=minimum-age,{POLICIES}", "passwordAllowChangeTime": "20991231235959Z"},
    "odd-name": {"cn": 'Ærlig, Øre + "Å\\b" #1/2; <3>=4'},  # which also names the entry
}
NAMES = (*ORDINARY, *_SPECIAL)
_NUMBERS = {name: 100 + place for place, name in enumerate((*NAMES, "service"))}
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "Protected Accounts": ("in-protected", "cn=Inner Protected"),
    "Inner Protected": ("nested-protected",),
    "Password Administrators": ("password-admin",),
}


def cpr_of(username: str) -> CprNumber:
    return CprNumber.parse(crowd_cpr(1 if username.startswith("two-") else _NUMBERS[username]))


def dn_of(username: str) -> str:
    if username == "odd-name":
        return f'cn=Ærlig\\, Øre \\+ \\"Å\\\\b\\" #1/2\\; \\<3\\>=4,{seed.PEOPLE}'
    return f"uid={username},{seed.PEOPLE}"


def entries() -> Iterator[Entry]:
    """Parents before children."""
    for dn in (seed.PEOPLE, seed.GROUPS, f"ou=services,{seed.SUFFIX}", FORMER):
        yield Entry(dn, ("organizationalUnit",))
    for dn in (POLICIES, SERVICE_POLICIES):
        yield Entry(dn, ("nsContainer",))
    yield _policy(f"cn=service,{SERVICE_POLICIES}", passwordLockout="off")  # nobody can lock the service account
    yield _policy(f"cn=long,{POLICIES}", passwordMinLength=str(LONG_MINIMUM), passwordCheckSyntax="on")
    yield _policy(f"cn=minimum-age,{POLICIES}", passwordMinAge="86400")
    yield _policy(f"cn=must-change,{POLICIES}", passwordMustChange="on")
    yield from _roles()
    service = {
        "userPassword": seed.SERVICE_PASSWORD,
        "norEduPersonNIN": cpr_of("service").digits,
        "pwdPolicySubentry": f"cn=service,{SERVICE_POLICIES}",
    }
    yield Entry(seed.SERVICE_DN, ("applicationProcess", "simpleSecurityObject", "norEduPerson"), service)
    yield from map(_person, NAMES)
    for name, members in _GROUPS.items():
        yield Entry(f"cn={name},{seed.GROUPS}", ("groupOfNames",), {"member": tuple(map(_member, members))})


def _member(name: str) -> str:
    return f"{name},{seed.GROUPS}" if name.startswith("cn=") else dn_of(name)


def _policy(dn: str, **settings: str) -> Entry:
    return Entry(dn, ("ldapSubentry", "passwordPolicy"), settings)


def _person(username: str) -> Entry:
    attributes = {
        "uid": username,
        "cn": f"{username.title()} Prøve",
        "givenName": username.title(),
        "sn": "Prøve",
        "displayName": f"{username.title()} Prøve",
        "mail": f"{username}@example.dk",
        "title": "Medarbejder",
        "norEduPersonNIN": cpr_of(username).digits,
        "userPassword": OLD,
        **_SPECIAL.get(username, {}),
    }
    return Entry(dn_of(username), ("inetOrgPerson", "norEduPerson"), attributes)


def _roles() -> Iterator[Entry]:
    """Two roles; whoever has the first is closed, by a class of service, as the administrators' own tool sets it up."""
    simple = ("ldapSubentry", "nsRoleDefinition", "nsSimpleRoleDefinition", "nsManagedRoleDefinition")
    yield Entry(DISABLING_ROLE, simple)
    yield Entry(PRIVILEGED_ROLE, simple)
    complex_role = ("ldapSubentry", "nsRoleDefinition", "nsComplexRoleDefinition", "nsNestedRoleDefinition")
    closed = f"cn=nsDisabledRole,{seed.SUFFIX}"
    yield Entry(closed, complex_role, {"nsRoleDN": DISABLING_ROLE})
    templates = f"cn=nsAccountInactivationTmp,{seed.SUFFIX}"
    yield Entry(templates, ("nsContainer",))
    name = closed.replace(",", "\\,").replace("=", "\\=")
    template = {"nsAccountLock": "true", "cosPriority": "0"}
    yield Entry(f"cn={name},{templates}", ("extensibleObject", "cosTemplate", "ldapSubentry"), template)
    service = {"cosTemplateDn": templates, "cosSpecifier": "nsRole", "cosAttribute": "nsAccountLock operational"}
    classes = ("ldapSubentry", "cosSuperDefinition", "cosClassicDefinition")
    yield Entry(f"cn=nsAccountInactivation_cos,{seed.SUFFIX}", classes, service)


def access_rules() -> list[str]:
    """What the service account may: see people and groups, set a password, lift a lock for wrong passwords."""
    read = "read,search,compare"
    seen = (
        "objectClass || uid || cn || givenName || sn || displayName || mail || title || norEduPersonNIN || memberOf"
        " || nsAccountLock || nsRole || nsRoleDN || nsUniqueId || entryUUID || entryDN || pwdPolicySubentry"
        " || passwordExpirationTime || pwdUpdateTime || modifyTimestamp || passwordAllowChangeTime || accountUnlockTime"
        " || passwordRetryCount || retryCountResetTime"
    )
    return [
        _rule("resetapp sets passwords", seed.PEOPLE, "userPassword", "write"),
        _rule(
            "resetapp unlocks", seed.PEOPLE, "passwordRetryCount || retryCountResetTime || accountUnlockTime", "write"
        ),
        _rule("resetapp reads people", seed.PEOPLE, seen, read),
        _rule("resetapp reads policies", POLICIES, "*", read),
        _rule("resetapp reads groups", seed.GROUPS, "objectClass || cn || member || uniqueMember", read),
    ]


def _rule(name: str, dn: str, attributes: str, rights: str) -> str:
    return (
        f'(targetattr="{attributes}")(target="ldap:///{dn}")'
        f'(version 3.0; acl "{name}"; allow ({rights}) userdn="ldap:///{seed.SERVICE_DN}";)'
    )
