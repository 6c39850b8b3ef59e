"""What an invented person is made of: who logs in, with which proof, and which accounts the directory has for them."""

from dataclasses import dataclass, field
from enum import StrEnum

from resetapp.core.accounts import AccountState

OLD_PASSWORD = "Gammel-Regnjakke-48"  # noqa: S105 - shown on the demo's own page; opens nothing but invented accounts

Texts = tuple[str, str]  # Danish, English


class Behaviour(StrEnum):
    """What the person does in front of the login."""

    APPROVE = "approve"
    CANCEL = "cancel"  # the hub forwards Responder > AuthnFailed
    WAIT = "wait"  # too long: the hub has forgotten the request and shows an error page of its own


class Source(StrEnum):
    """Who vouches for the person."""

    NEMLOGIN = "nemlogin"
    UNIVERSITY = "university"  # an institution's own identity provider, which must never do


class Home(StrEnum):
    """Which of the demo's directories an account is in."""

    PEOPLE = "people"  # like OpenLDAP
    STAFF = "staff"  # like Active Directory


class Group(StrEnum):
    """Where the person stands on the page."""

    SERVED = "served"
    ACCOUNTS = "accounts"
    LEVEL = "level"
    IDENTITY = "identity"
    TROUBLE = "trouble"
    OWN = "own"  # from a file, in a rehearsal


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account in one of the demo's directories. It carries its persona's CPR number."""

    username: str
    given_name: str
    surname: str
    title: str = "Studerende"
    state: AccountState = AccountState.ACTIVE
    home: Home = Home.PEOPLE
    too_young: bool = False  # the directory's minimum password age refuses: the password was changed just now
    long_password: bool = False  # a policy of its own asks for a longer one
    password: str = OLD_PASSWORD


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person. `level` and `cpr_values` are what the login at NemLog-in says, not what reaches us.

    A persona with accounts always has a CPR number, and no two of them share one: the directory is seeded from here.
    """

    key: str
    name: str
    cpr: str | None = field(repr=False)  # ten digits, the day plus 60, so that it is nobody's
    group: Group
    story: Texts
    expect: Texts  # what you should see
    level: tuple[str, ...] = ("Substantial",)
    accounts: tuple[DemoAccount, ...] = ()
    behaviour: Behaviour = Behaviour.APPROVE
    source: Source = Source.NEMLOGIN
    other_values: tuple[str, ...] = field(default=(), repr=False)  # more CPR numbers, or what is none
    limiter: bool = True  # False: the hub forwards every level as it is
    cvr: str | None = None  # MitID Erhverv; eight digits that belong to no company
    organization: str = "NemLog-in"
    former_cpr: str | None = field(default=None, repr=False)  # the number that the directory still has
    in_directory: bool = True  # False: the directory has the account and no number

    @property
    def cpr_in_directory(self) -> str:
        """Ten digits, or ""."""
        if not self.in_directory:
            return ""
        return self.former_cpr or self.cpr or ""

    @property
    def cpr_values(self) -> tuple[str, ...]:
        return ((self.cpr,) if self.cpr else ()) + self.other_values
