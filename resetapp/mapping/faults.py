"""What is wrong with a file of mappings, line by line, and what else is to be told of it."""

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from resetapp.core.cpr import may_hold_cpr
from resetapp.core.mappings import Problem

_NINE_DIGITS = re.compile(r"\d(?:[\W_]*\d){8}")  # whatever stands between them, and be it invisible
_HIDDEN = "…"
_LONGEST_SHOWN = 64


class Flaw(StrEnum):
    """A reason why nothing of a file is imported. Each has its text, `import.error_<value>`."""

    # of the whole file
    EMPTY = "empty"
    SIZE = "size"
    ROWS = "rows"
    TYPE = "type"
    WORKBOOK = "workbook"  # a spreadsheet in its own form
    HEADER = "header"
    DELIMITER = "delimiter"
    # of a line
    COLUMNS = "columns"
    QUOTES = "quotes"
    CPR_MISSING = "cpr_missing"
    CPR = "cpr"
    EXCEL_CPR = "excel_cpr"  # nine digits: which one is missing is not guessed
    EXCEL_POWER = "excel_power"  # 1,02E+09
    CPR_REPLACEMENT = "cpr_replacement"  # the day of birth plus 60 (cpr.dk): nobody can log in with it
    CPR_PSEUDO = "cpr_pseudo"  # an institution's own, with letters: as above
    USERNAME_MISSING = "username_missing"
    USERNAME = "username"  # too long, or with control characters
    FORMULA = "formula"  # a spreadsheet would run it when the list of faults is opened there
    DIRECTORY = "directory"  # no directory of ours has this name
    DUPLICATE = "duplicate"  # the same account on another line
    # of an account
    USER = "user"
    AMBIGUOUS = "ambiguous"
    PRIVILEGED = "privileged"
    HAS_NUMBER = "has_number"
    TAKEN = "taken"  # its owner has stopped an earlier mapping
    REQUESTED = "requested"
    SEAL_BROKEN = "seal_broken"  # its mapping was written past this service: `resetapp mapping verify`
    SELF = "self"
    CONFLICT = "conflict"  # somebody asked for one of the accounts while the file was looked at


FLAW_OF = {
    Problem.ACCOUNT_PRIVILEGED: Flaw.PRIVILEGED,
    Problem.ACCOUNT_HAS_NUMBER: Flaw.HAS_NUMBER,
    Problem.SELF: Flaw.SELF,
    Problem.KEY_CHANGED: Flaw.SELF,
}
"""Those of `core.mappings` that the rules for single requests find, too."""


class Fault(NamedTuple):
    """`line`: 1 is the first; 0 for the whole file. `other`: a second line, or a number of columns."""

    line: int
    flaw: Flaw
    username: str = ""
    other: int = 0


class Report(NamedTuple):
    """What was found, without any number of a person. `warnings` and `counts`: our own words, with how many."""

    faults: tuple[Fault, ...]
    counts: dict[str, int]
    warnings: dict[str, int]
    encoding: str

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Report":
        """As `stored` gave it, or an empty one. Raises ValueError for a flaw that this version does not know."""
        faults = tuple(Fault(line, Flaw(flaw), name, other) for line, flaw, name, other in stored.get("faults", ()))
        return cls(faults, stored.get("counts", {}), stored.get("warnings", {}), stored.get("encoding", ""))

    def stored(self) -> dict[str, Any]:
        kept = {"counts": self.counts, "warnings": self.warnings, "encoding": self.encoding}
        return kept | {"faults": [list(each) for each in self.faults]}


@dataclass
class Findings:
    """Grows while a file is looked at."""

    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    encoding: str = ""

    def add(self, line: int, flaw: Flaw, username: str = "", other: int = 0) -> None:
        self.faults.append(Fault(line, flaw, shown(username), other))

    def report(self) -> Report:
        """By line."""
        return Report(tuple(sorted(self.faults)), dict(self.counts), dict(self.warnings), self.encoding)


def shown(username: str) -> str:
    """As it may be written down: with the columns mixed up a number stands here, perhaps without its leading 0."""
    plain = "".join(each if each.isprintable() else _HIDDEN for each in username)[:_LONGEST_SHOWN]
    return _HIDDEN if may_hold_cpr(username) or _NINE_DIGITS.search(username) else plain
