"""What an embedded Active Directory holds: a domain with what comes with every domain, its groups and its people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resetapp.demo.domain_values import NEVER, NEVER_EXPIRES, NORMAL, filetime, steps
from resetapp.demo.ldap_seed import SeedEntry

PERSONAL_INFORMATION = "77b5b886-944a-11d1-aebd-0000f80367c1"  # attributes that everybody may write for themselves
_SID = "S-1-5-21-1004336348-1177238915-682003330"
_LONG_AGO = timedelta(days=214)
_GROUPS = {"Domain Admins": 512, "Domain Users": 513, "Protected Users": 525}
_BUILTIN_GROUPS = {"Administrators": 544, "Users": 545, "Account Operators": 548}
_ACCOUNTS = {"Administrator": 500, "krbtgt": 502}
_MEMBERS = {"Administrators": "Domain Admins", "Users": "Domain Users"}  # of a built-in group
_ATTRIBUTES: Mapping[str, tuple[str, dict[str, tuple[str, ...]]]] = {  # in the schema: class name, and what is special
    "Employee-Number": ("employeeNumber", {"searchFlags": ("129",)}),  # indexed and confidential (MS-ADTS 2.2.9)
    "Employee-ID": ("employeeID", {"searchFlags": ("0",)}),
    "ms-DS-cloudExtensionAttribute1": (
        "msDS-cloudExtensionAttribute1",
        {"searchFlags": ("0",), "attributeSecurityGUID": (PERSONAL_INFORMATION,)},
    ),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The domain's policy for passwords."""

    minimum: int = 12
    history: int = 5
    threshold: int = 3
    lasting: timedelta | None = None  # None: a lock holds until it is lifted
    age: timedelta | None = None  # None: a password is good for ever


@dataclass(frozen=True, slots=True)
class FineRules:
    """A fine-grained policy, for these people by DN."""

    name: str
    people: tuple[str, ...]
    minimum: int = 12
    threshold: int = 3
    precedence: int = 10


@dataclass(frozen=True, slots=True)
class DomainAccount:
    """A user. `name`: its common name. `flags` are added to an ordinary account's, `more` to the attributes."""

    username: str
    name: str
    more: Mapping[str, tuple[str, ...]]
    flags: int = 0
    primary_group: int = 513  # Domain Users
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain by its suffix, `DC=…,DC=…`, and the entries of its parts."""

    suffix: str

    def below(self, container: str) -> str:
        return f"OU={container},{self.suffix}"

    @property
    def administrator(self) -> str:
        return f"CN=Administrator,CN=Users,{self.suffix}"

    @property
    def dns_name(self) -> str:
        return ".".join(part.partition("=")[2] for part in self.suffix.split(",")).lower()

    def frame(self, rules: Rules, containers: Iterable[str], administrators: Iterable[str] = ()) -> list[SeedEntry]:
        """The head first. `administrators`: DNs of members of Domain Admins."""
        members = {name: tuple(administrators) if name == "Domain Admins" else () for name in _GROUPS}
        names = ("CN=Users", "CN=Builtin", "CN=System", "CN=Password Settings Container,CN=System", "CN=Configuration")
        return [
            _head(self.suffix, rules),
            *(SeedEntry(f"{name},{self.suffix}", {"objectClass": ("container",)}) for name in names),
            *(SeedEntry(self.below(name), {"objectClass": ("organizationalUnit",)}) for name in containers),
            *self._schema(),
            *(self._built_in_group(name, number) for name, number in _BUILTIN_GROUPS.items()),
            *(self.group(name, members[name], "CN=Users", number) for name, number in _GROUPS.items()),
            *(self._built_in_account(name, number) for name, number in _ACCOUNTS.items()),
        ]

    def _schema(self) -> Iterable[SeedEntry]:
        schema = f"CN=Schema,CN=Configuration,{self.suffix}"
        yield SeedEntry(schema, {"objectClass": ("dMD",)})
        for name, (attribute, special) in _ATTRIBUTES.items():
            described = {"objectClass": ("attributeSchema",), "lDAPDisplayName": (attribute,), **special}
            yield SeedEntry(f"CN={name},{schema}", described)

    def _built_in_group(self, name: str, number: int) -> SeedEntry:
        member = (f"CN={_MEMBERS[name]},CN=Users,{self.suffix}",) if name in _MEMBERS else ()
        return self.group(name, member, "CN=Builtin", number, "S-1-5-32")

    def _built_in_account(self, name: str, number: int) -> SeedEntry:
        entry = self.user(DomainAccount(name, name, {}), "CN=Users")
        special = {"objectSid": (f"{_SID}-{number}",), "isCriticalSystemObject": ("TRUE",), "adminCount": ("1",)}
        return SeedEntry(entry.dn, {**entry.attributes, **special})

    def group(
        self, name: str, members: Iterable[str], below: str = "OU=Groups", number: int = 0, authority: str = _SID
    ) -> SeedEntry:
        """`number`: its relative identifier; 0 = the next that is free."""
        attributes = {
            "objectClass": ("top", "group"),
            "cn": (name,),
            "sAMAccountName": (name,),
            "member": tuple(members),
            "objectSid": (f"{authority}-{number}",) if number else (),
        }
        return SeedEntry(f"CN={name},{below},{self.suffix}", attributes)

    def user_dn(self, account: DomainAccount, below: str = "OU=People") -> str:
        return f"CN={escaped(account.name)},{below},{self.suffix}"

    def user(self, account: DomainAccount, below: str = "OU=People", now: datetime | None = None) -> SeedEntry:
        """`now`: its password was changed some months before; None: it never had one."""
        attributes = {
            "objectClass": ("top", "person", "organizationalPerson", "user"),
            "cn": (account.name,),
            "sAMAccountName": (account.username,),
            "userPrincipalName": (f"{account.username}@{self.dns_name}",),
            "userAccountControl": (str(NORMAL | account.flags),),
            "primaryGroupID": (str(account.primary_group),),
            "pwdLastSet": (filetime(now - _LONG_AGO) if now else "0",),
            "accountExpires": (str(NEVER),),
            "badPwdCount": ("0",),
        }
        return SeedEntry(self.user_dn(account, below), {**attributes, **account.more}, account.password)

    def service(self, username: str, password: str, now: datetime) -> tuple[SeedEntry, SeedEntry]:
        """The account, and a policy of its own, without lockout: nobody can close it with three wrong passwords."""
        account = DomainAccount(username, username, {}, flags=NEVER_EXPIRES, password=password)
        dn = self.user_dn(account, "OU=Services")
        rules = FineRules("pso-service", (dn,), threshold=0, precedence=1)
        return self.user(account, "OU=Services", now), self.fine_rules(rules)

    def fine_rules(self, rules: FineRules) -> SeedEntry:
        attributes = {
            "objectClass": ("top", "msDS-PasswordSettings"),
            "cn": (rules.name,),
            "msDS-PasswordSettingsPrecedence": (str(rules.precedence),),
            "msDS-MinimumPasswordLength": (str(rules.minimum),),
            "msDS-PasswordHistoryLength": ("5",),
            "msDS-PasswordComplexityEnabled": ("TRUE",),
            "msDS-LockoutThreshold": (str(rules.threshold),),
            "msDS-LockoutDuration": ("0",),
            "msDS-LockoutObservationWindow": (steps(timedelta(minutes=30)),),
            "msDS-MaximumPasswordAge": ("0",),
            "msDS-PSOAppliesTo": rules.people,
        }
        return SeedEntry(f"CN={rules.name},CN=Password Settings Container,CN=System,{self.suffix}", attributes)


def _head(suffix: str, rules: Rules) -> SeedEntry:
    attributes = {
        "objectClass": ("top", "domain", "domainDNS"),
        "objectSid": (_SID,),
        "minPwdLength": (str(rules.minimum),),
        "pwdHistoryLength": (str(rules.history),),
        "pwdProperties": ("1",),  # DOMAIN_PASSWORD_COMPLEX
        "lockoutThreshold": (str(rules.threshold),),
        "lockoutDuration": (steps(rules.lasting) if rules.lasting else "0",),
        "lockOutObservationWindow": (steps(timedelta(minutes=30)),),
        "minPwdAge": ("0",),
        "maxPwdAge": (steps(rules.age) if rules.age else "0",),
    }
    return SeedEntry(suffix, attributes)


def escaped(value: str) -> str:
    """For one part of a DN (RFC 4514, section 2.4)."""
    last = len(value) - 1

    def special(place: int, character: str) -> bool:
        return character in '\\",+;<>=' or (character == "#" and not place) or (character == " " and place in (0, last))

    return "".join(f"\\{ord(each):02x}" if special(place, each) else each for place, each in enumerate(value))
