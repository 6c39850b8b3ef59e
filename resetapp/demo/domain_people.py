"""The demo's second directory: the staff's Active Directory, filled from `people`."""

from datetime import datetime, timedelta

from resetapp.core.accounts import AccountState
from resetapp.demo.domain_seed import Domain, DomainAccount, FineRules, Rules
from resetapp.demo.domain_tree import Delegation
from resetapp.demo.domain_values import DISABLED, filetime
from resetapp.demo.ldap_seed import SeedEntry
from resetapp.demo.people import accounts_in
from resetapp.demo.persona import DemoAccount, Home

STAFF = Domain("DC=staff,DC=example,DC=dk")
SERVICE = "svc-pwreset"
SERVICE_PASSWORD = "Demo-Service-4711"  # noqa: S105 - opens nothing but a directory of invented people on loopback
NEWCOMER, EMPLOYED = "ny", "ansat"  # in employeeType: before the first password, and after it
DELEGATION = Delegation(
    f"CN={SERVICE},OU=Services,{STAFF.suffix}",
    STAFF.below("People"),
    frozenset({"employeetype", "useraccountcontrol"}),  # the first password opens a newcomer's account
)
LONG_MINIMUM = 20
_OPERATORS = "IT-drift"  # administrators by way of another group


def demo_domain(now: datetime) -> list[SeedEntry]:
    """Everybody with an account here. Who is protected is in a group in Domain Admins."""
    owned = accounts_in(Home.STAFF)
    users = {account.username: (account, _user(account, cpr, now)) for account, cpr in owned}
    dns = {username: STAFF.user_dn(user) for username, (_, user) in users.items()}
    operators = [dns[each.username] for each, _ in owned if each.state is AccountState.PROTECTED]
    careful = tuple(dns[each.username] for each, _ in owned if each.long_password)
    operators_dn = f"CN={_OPERATORS},{STAFF.below('Groups')}"
    return [
        *STAFF.frame(Rules(), ("People", "Services", "Groups"), [operators_dn]),
        *STAFF.service(SERVICE, SERVICE_PASSWORD, now),
        *(STAFF.user(user, now=now if user.password else None) for _, user in users.values()),
        STAFF.group(_OPERATORS, operators),
        STAFF.fine_rules(FineRules("pso-long", careful, minimum=LONG_MINIMUM)),
    ]


def _user(account: DemoAccount, cpr: str, now: datetime) -> DomainAccount:
    name = f"{account.given_name} {account.surname}"
    more = {
        "givenName": (account.given_name,),
        "sn": (account.surname,),
        "displayName": (name,),
        "mail": (f"{account.username}@example.dk",),
        "title": (account.title,),
        "employeeNumber": (cpr,) if cpr else (),
        "employeeType": (NEWCOMER if account.state is AccountState.WAITING else EMPLOYED,),
    }
    flags = DISABLED if account.state in (AccountState.DISABLED, AccountState.WAITING) else 0
    return DomainAccount(account.username, name, more | _standing(account.state, now), flags, password=account.password)


def _standing(state: AccountState, now: datetime) -> dict[str, tuple[str, ...]]:
    told: dict[AccountState, dict[str, tuple[str, ...]]] = {
        AccountState.LOCKED: {"lockoutTime": (filetime(now - timedelta(hours=1)),), "badPwdCount": ("3",)},
        AccountState.EXPIRED: {"accountExpires": (filetime(now - timedelta(days=30)),)},
    }
    return told.get(state, {})
