"""What stands in the report. Who reads the trail's rows is `report.gathering`."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from resetapp.report.places import Deed, Section
from resetapp.storage.verification import Broken

MOST_LINES: Final = 500
"""Of each kind. What is more is counted and told: a report must not grow with what somebody floods it with."""

MOST_ACCOUNTS: Final = 10
"""Named in one line."""

Account = tuple[str, str]
"""Username and directory."""


@dataclass(slots=True)
class Line:
    """`count`: of the accounts, or rows of a file, it is about; `accounts` names the first. `by`: who did it, "" for
    the owner. `requester`, `approver`: of the mapping or code; `request`, `mapping`: by which these are found.
    """

    at: datetime
    word: str
    by: str = ""
    why: str = ""
    request: str = ""
    mapping: str = ""
    requester: str = ""
    approver: str = ""
    count: int = 0
    accounts: list[Account] = field(default_factory=list)

    def add(self, account: Account) -> None:
        self.count += 1
        if len(self.accounts) < MOST_ACCOUNTS:
            self.accounts.append(account)


@dataclass(slots=True)
class MemberDeeds:
    username: str
    deeds: Counter[Deed] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class LookUpSeen:
    """One of the sample. `about`: "" where a CPR number was typed: its fingerprint is not shown."""

    seq: int
    at: datetime
    username: str
    deed: Deed | None
    about: str
    found: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """`days`: whole days before today, in Denmark; with what there is of today. `seed`: of the sample."""

    days: int
    until: datetime
    seed: str


@dataclass(slots=True)
class Report:
    """`left`: kinds of lines that were too many, with how many of each are not told. `unreadable`: events whose facts
    somebody has edited; `erased`: whose facts are erased. `checked`: events that were verified, `newest` of all.
    """

    wanted: Wanted
    since: datetime
    lines: dict[Section, list[Line]] = field(default_factory=lambda: {each: [] for each in Section})
    left: Counter[str] = field(default_factory=Counter)
    members: list[MemberDeeds] = field(default_factory=list)
    look_ups: int = 0
    sample: list[LookUpSeen] = field(default_factory=list)
    erased: int = 0
    unreadable: int = 0
    checked: int = 0
    newest: int = 0
    broken: list[Broken] = field(default_factory=list)
