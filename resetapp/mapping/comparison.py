"""What a file would change: its rows beside the directories and the list, tens of thousands at a time.

Changes nothing, so that it is the dry run, too. Of each account only what is judged is kept.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from resetapp.core.accounts import AccountKey, DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingRefused, MappingState
from resetapp.mapping import files
from resetapp.mapping.accounts import demand_mappable, demand_not_own
from resetapp.mapping.faults import FLAW_OF, Findings, Flaw
from resetapp.mapping.files import Row
from resetapp.mapping.requests import demand_number
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import imports
from resetapp.storage.imports import Held
from resetapp.storage.tables import StaffLogin

TOGETHER = 500  # rows between two words about how far it has come
SYSTEM = "system:"  # before who runs the command: no login of the staff, and no number of theirs is known

Progress = Callable[[int, int], None]
"""Rows done, of how many. May raise, to end it."""


class Wanted(NamedTuple):
    """A row of the file that changes something. `replaces_id`: the mapping whose place it takes."""

    key: AccountKey
    username: str
    cpr: CprNumber
    replaces_id: str | None


@dataclass
class Comparison:
    """`removed`: ids of the mappings that a whole-list file leaves out. `older`: unchanged, made with an older key."""

    findings: Findings = field(default_factory=Findings)
    wanted: list[Wanted] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    older: list[tuple[str, CprNumber]] = field(default_factory=list)


def compare(
    desk: Desk, register: Register, member: StaffLogin, content: bytes, whole: bool, progress: Progress
) -> Comparison:
    """Raises DirectoryDown, DatabaseDown, and what `progress` raises. Every fault of the file is found at once."""
    found = Comparison()
    rows = files.read(content, desk.directories.keys(), found.findings, invented=register.invented)
    work = _Work(desk, register, member, found)
    progress(0, len(rows))
    for start in range(0, len(rows), TOGETHER):
        part = rows[start : start + TOGETHER]
        work.judge(part)
        progress(start + len(part), len(rows))
    if whole and not found.findings.faults:
        found.removed = work.left_out()
        found.findings.counts["removed"] = len(found.removed)
    return found


class _Work:
    """One file's."""

    def __init__(self, desk: Desk, register: Register, member: StaffLogin, found: Comparison) -> None:
        self._desk, self._register, self._member = desk, register, member
        self._found = found
        self._runs = {name: directory.bulk_run() for name, directory in desk.directories.items()}
        self._first: dict[AccountKey, tuple[int, str]] = {}
        self._at_fault: set[int] = set()
        self._kept: set[str] = set()  # mappings that the file names again or replaces
        self._named: set[str] = set()  # directories

    def judge(self, rows: Sequence[Row]) -> None:
        accounts = self._accounts(rows)
        chosen = [(row, account) for row in rows if (account := self._chosen(row, accounts.get(row.username, {})))]
        held = self._held([account.key for _, account in chosen])
        for row, account in chosen:
            self._compare(row, account, held.get(account.key))

    def _accounts(self, rows: Sequence[Row]) -> dict[str, dict[AccountKey, DirectoryAccount]]:
        """Username, as it was asked for → the accounts that have it. Raises DirectoryDown."""
        found: dict[str, dict[AccountKey, DirectoryAccount]] = {}
        for name, run in self._runs.items():
            asked = [row.username for row in rows if row.directory in ("", name)]
            for username, account in run.by_username(asked):
                found.setdefault(username, {})[account.key] = account
        return found

    def _chosen(self, row: Row, accounts: dict[AccountKey, DirectoryAccount]) -> DirectoryAccount | None:
        """Every row of it that is at fault is told, and why; the first reason is enough."""
        there = [each for key, each in accounts.items() if row.directory in ("", key.directory)]
        if len(there) != 1:
            self._fault(row, Flaw.AMBIGUOUS if there else Flaw.USER)
            return None
        [account] = there
        here = (row.line, row.username)
        earlier = self._first.setdefault(account.key, here)
        if earlier is not here:  # by another spelling, or with and without its directory
            files.note_double(self._found.findings, self._at_fault, earlier, here)
            return None
        try:
            self._demand(account, row.cpr)
        except MappingRefused as refused:
            self._fault(row, FLAW_OF[refused.problem])
            return None
        return account

    def _demand(self, account: DirectoryAccount, cpr: CprNumber) -> None:
        """As for a single request. Who runs the command is nobody's number; the approver's own ban still holds."""
        if not self._member.person.startswith(SYSTEM):
            demand_number(self._member, self._register, cpr)
            demand_not_own(self._member, account.key)
        demand_mappable(account)

    def _held(self, keys: Sequence[AccountKey]) -> dict[AccountKey, list[Held]]:
        found: dict[AccountKey, list[Held]] = {}
        by_directory = itertools.groupby(sorted(keys), key=lambda key: key.directory)
        seals = self._register.indexes.seals
        with self._desk.database.reading() as db:
            for directory, these in by_directory:
                for key, each in imports.held(db, directory, [key.entry_id for key in these], seals):
                    found.setdefault(key, []).append(each)
        return found

    def _compare(self, row: Row, account: DirectoryAccount, held: list[Held] | None) -> None:
        counts = self._found.findings.counts
        self._named.add(account.key.directory)
        states = {each.state for each in held or ()}
        if any(self._member.indexes.get(each.key_id) == each.cpr_index for each in held or ()):
            self._fault(row, Flaw.SELF)  # the list gives it to who sends the file: as `demand_not_mapped_to`
        elif MappingState.FROZEN in states:
            self._fault(row, Flaw.TAKEN)
        elif MappingState.REQUESTED in states:
            self._fault(row, Flaw.REQUESTED)
        elif any(each.broken for each in held or ()):
            self._fault(row, Flaw.SEAL_BROKEN)  # "unchanged" would say that it opens the account
        elif not held:
            counts["new"] += 1
            self._want(row, account, None)
        else:
            [before] = held
            self._kept.add(before.id)
            same = self._register.indexes.of(row.cpr).get(before.key_id) == before.cpr_index
            counts["unchanged" if same else "changed"] += 1
            if not same:
                self._want(row, account, before.id)
            elif before.key_id != self._register.indexes.newest:
                self._found.older.append((before.id, row.cpr))

    def _want(self, row: Row, account: DirectoryAccount, replaces_id: str | None) -> None:
        self._found.wanted.append(Wanted(account.key, account.username, row.cpr, replaces_id))

    def _fault(self, row: Row, flaw: Flaw) -> None:
        self._found.findings.add(row.line, flaw, row.username)

    def left_out(self) -> list[str]:
        """Of the directories that the file names an account of. What an owner has stopped stays stopped."""
        with self._desk.database.reading() as db:
            return [each for each in imports.approved_in(db, self._named) if each not in self._kept]


def quiet(_done: int, _of: int) -> None:
    """For who does not ask how far it has come."""
