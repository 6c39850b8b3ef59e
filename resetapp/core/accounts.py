"""Accounts in the institution's directories."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from resetapp.core.cpr import CprNumber


@dataclass(frozen=True, slots=True, order=True)
class AccountKey:
    """Names an account for ever: entryUUID, objectGUID or nsUniqueId. Never the DN, which changes and is re-used."""

    directory: str
    entry_id: str


class AccountState(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"  # after wrong passwords; a new password unlocks it
    WAITING = "waiting"  # for its first password, which opens it
    DISABLED = "disabled"  # closed by the institution
    EXPIRED = "expired"
    NOT_YET = "not_yet"  # its first day has not come
    PROTECTED = "protected"  # privileged, or what would tell is unreadable


USABLE = frozenset({AccountState.ACTIVE, AccountState.LOCKED, AccountState.WAITING})


@dataclass(frozen=True, slots=True)
class DirectoryPolicy:
    """What the directory itself demands of a new password, as far as it lets us see. 0: not told, or no limit."""

    minimum_length: int = 0
    maximum_length: int = 0
    history: int = 0  # so many earlier passwords are refused
    complexity: bool = False  # three of five kinds of characters, no name in it (MS-SAMR 3.1.1.7.2)


@dataclass(frozen=True, slots=True)
class DirectoryAccount:
    """One account as the directory describes it now."""

    key: AccountKey
    dn: str
    username: str
    display_name: str
    names: tuple[str, ...]  # words a password may not contain: names, mail local part
    state: AccountState
    password_changed_at: datetime | None = None
    changes_at: datetime | None = None  # the day it expired, expires or becomes usable
    mark: str = ""  # moves whenever the password is changed, by whomever; "" = the directory does not show it
    policy: DirectoryPolicy = DirectoryPolicy()
    kind: str = ""  # student, employee …: as the institution says it, to tell a person's accounts apart
    mail: tuple[str, ...] = field(default=(), repr=False)  # as it stands there: anything, perhaps hostile
    mobile: tuple[str, ...] = field(default=(), repr=False)  # as above
    cpr_numbers: frozenset[CprNumber] = field(default=frozenset(), repr=False)  # as the directory holds them now
    link: str = ""  # what ties it to the person where the directory holds no number: "mapping:<id>", or nothing

    @property
    def usable(self) -> bool:
        return self.state in USABLE
