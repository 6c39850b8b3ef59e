"""Who is in the Active Directory of the tests: ordinary people, and one person for each thing that can be special.

Every username says what its owner is there for. Nobody is real, and no CPR number is anybody's.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from resetapp.core.cpr import CprNumber
from resetapp.demo.slapd import crowd_cpr

REALM, DOMAIN, SUFFIX = "SAMDOM.TEST", "SAMDOM", "DC=samdom,DC=test"
PEOPLE, SERVICES, GROUPS, FORMER = (f"OU={name},{SUFFIX}" for name in ("People", "Services", "Groups", "Former"))
ADMIN_NAME, ADMIN_PASSWORD = f"Administrator@{REALM.lower()}", "Adm1n-Passw0rd!"
SERVICE, WIDE_SERVICE, SERVICE_PASSWORD = "svc-pwreset", "svc-wide", "Svc-Passw0rd-4711"
OLD = "Gammel-Regnjakke-48"
MINIMUM_LENGTH, LONG_MINIMUM, HISTORY, LOCKOUT_THRESHOLD = 12, 20, 5, 3
ORDINARY = tuple(f"person-{number:03d}" for number in range(1, 151))

# userAccountControl (MS-ADTS, section 2.2.16)
DISABLED, DONT_EXPIRE, SMARTCARD, TRUSTED, NOT_DELEGATED = 0x2, 0x10000, 0x40000, 0x80000, 0x100000
_LONG_AGO = "132223104000000000"  # 1 January 2020 as FILETIME (MS-DTYP, section 2.3.3)


@dataclass(frozen=True, slots=True)
class Person:
    """`flags` are added to an ordinary account's userAccountControl. `password` "": never had one."""

    username: str
    cpr: str = field(repr=False)
    name: str = ""  # the CN; "" = made from the username
    attributes: Mapping[str, str] = field(default_factory=dict)
    flags: int = 0
    groups: tuple[str, ...] = ()
    password: str = field(default=OLD, repr=False)
    must_change: bool = False
    primary_group: int = 0  # RID; 0 = Domain Users
    settings_object: str = ""  # the fine-grained password policy that applies


_SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "two-a": {"cpr": crowd_cpr(1), "attributes": {"title": "Underviser"}},
    "two-b": {"cpr": crowd_cpr(1), "attributes": {"title": "Studerende"}},
    "disabled": {"flags": DISABLED},
    "expired": {"attributes": {"accountExpires": _LONG_AGO}},
    "disabled-expired": {"flags": DISABLED, "attributes": {"accountExpires": _LONG_AGO}},
    "ending": {"attributes": {"accountExpires": "159098688000000000"}},  # 1 March 2105
    "never-ending": {"attributes": {"accountExpires": "9223372036854775807"}},
    "must-change": {"must_change": True},
    "no-password": {"flags": DISABLED, "password": ""},
    "locked": {},  # by wrong passwords, when the server starts
    "domain-admin": {"groups": ("Domain Admins",)},
    "nested-admin": {"groups": ("Inner Admins",)},
    "primary-admin": {"groups": ("Domain Admins",), "primary_group": 512},
    "account-operator": {"groups": ("Account Operators",)},
    "in-protected": {"groups": ("Protected Accounts",)},
    "nested-protected": {"groups": ("Inner Protected",)},
    "in-staff": {"groups": ("Staff",)},
    "admin-count": {"attributes": {"adminCount": "1"}},
    "admin-somebody": {},
    "with-spn": {"attributes": {"servicePrincipalName": "HTTP/app.samdom.test"}},
    "dont-expire": {"flags": DONT_EXPIRE},
    "not-delegated": {"flags": NOT_DELEGATED},
    "smartcard": {"flags": SMARTCARD},
    "trusted": {"flags": TRUSTED},
    "long-password": {"settings_object": "pso-long"},
    "odd-name": {"name": 'Ærlig, Øre + "Å\\b" #1/2; <3>=4'},
    "hash-name": {"name": "#Først og sidst "},
}
_NAMES = (*ORDINARY, *_SPECIAL)
COMPUTER = "PC-17$"
_NUMBERS = {name: 100 + place for place, name in enumerate((*_NAMES, COMPUTER, "krbtgt", "Administrator", SERVICE))}
_GROUPS: Mapping[str, tuple[str, ...]] = {  # name -> the groups in it
    "Inner Admins": (),
    "Middle Admins": ("Inner Admins",),
    "Inner Protected": (),
    "Protected Accounts": ("Inner Protected",),
    "Staff": (),
}


def cpr_of(username: str) -> CprNumber:
    return CprNumber.parse(_SPECIAL.get(username, {}).get("cpr") or crowd_cpr(_NUMBERS[username]))


def person(username: str) -> Person:
    given_name, surname = username.title(), "Prøve"
    more = dict(_SPECIAL.get(username, {}))
    attributes = {
        "givenName": given_name,
        "sn": surname,
        "displayName": f"{given_name} {surname}",
        "mail": f"{username}@samdom.test",
        "title": "Medarbejder",
        **more.pop("attributes", {}),
    }
    more.setdefault("name", f"{given_name} {surname}")
    return Person(**{"username": username, "cpr": cpr_of(username).digits, "attributes": attributes, **more})


def description() -> dict[str, Any]:
    """For samba_build.py, as JSON."""
    return {
        "realm": REALM,
        "domain": DOMAIN,
        "admin_password": ADMIN_PASSWORD,
        "minimum_length": MINIMUM_LENGTH,
        "long_minimum": LONG_MINIMUM,
        "history": HISTORY,
        "lockout_threshold": LOCKOUT_THRESHOLD,
        "service": SERVICE,
        "wide_service": WIDE_SERVICE,
        "service_password": SERVICE_PASSWORD,
        "containers": [PEOPLE, SERVICES, GROUPS, FORMER],
        "groups_in": GROUPS,
        "groups": _GROUPS,
        "into_domain_admins": "Middle Admins",
        "people_in": PEOPLE,
        "people": [asdict(person(name)) for name in _NAMES],
        "computer": {"username": COMPUTER, "cpr": cpr_of(COMPUTER).digits},
        "numbers": {name: cpr_of(name).digits for name in ("krbtgt", "Administrator", SERVICE)},
    }
