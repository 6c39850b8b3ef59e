"""The approval of a file by a second person, and what it brings about: all of it, or nothing.

`claim` binds the decision to the file's hash and takes the request for this process. `carry_out` reads every account
again and refuses the whole when one of them has changed. Then the decision is put on record, before it has an effect,
and the rows follow in short transactions, each with its events and mails. They cannot be one transaction: tens of
thousands of rows hold SQLite's only write lock for longer than other people's logins wait for it. Nothing is half
true meanwhile, for no row counts before its cool-down of at least a day is over. What a dying process leaves, another
one carries to its end.
"""

import itertools
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from resetapp import notify
from resetapp.core.accounts import AccountKey, DirectoryAccount
from resetapp.core.event import Event
from resetapp.core.mapping_events import (
    MappingApproved,
    MappingFileApproved,
    MappingNumberChanged,
    MappingRemoved,
    MappingSealBroken,
)
from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestKind, RequestState
from resetapp.mapping.accounts import demand_mappable, lean
from resetapp.mapping.confirmation import demand_confirmed
from resetapp.mapping.decisions import demand_other
from resetapp.mapping.faults import FLAW_OF, Flaw, shown
from resetapp.mapping.imports import DIRECTORY_DOWN, Overtaken
from resetapp.mapping.seals import are_unbroken, stop
from resetapp.mapping.waiting import demand_nothing_of, find_waiting
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import imports, mappings, stops
from resetapp.storage.database import Session
from resetapp.storage.imports import TOGETHER, Kept, Staged
from resetapp.storage.mapping_seals import REQUEST, facts_of
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import DirectoryDown

log = logging.getLogger(__name__)

_BREATH = 0.02  # seconds between two transactions, in which others get the write lock
_READ_TOGETHER = 1000

Accounts = Mapping[AccountKey, DirectoryAccount]


def claim(
    desk: Desk, register: Register, member: StaffLogin, request_id: str, file_hash: str, confirmed: str = ""
) -> None:
    """The request is APPLYING then, and this process must carry it out. The caller has asked for a fresh login.

    `file_hash`: of the file that the member has looked at. Raises MappingRefused, NotConfirmed, ServiceStopped.
    """
    now = desk.clock()
    with desk.database.reading() as db:  # tens of thousands of rows: nobody else's login waits while they are read
        demand_nothing_of(db, member, find_waiting(db, register, request_id, now))
    with desk.database.transaction() as db:
        stops.demand_none(db)
        asked = find_waiting(db, register, request_id, now, held=True)
        demand_other(member, asked)
        if asked.file_hash != file_hash or not are_unbroken(register, asked, ()):
            raise MappingRefused(Problem.CHANGED)
        _demand_whole(db, asked)
        demand_confirmed(db, register, asked, confirmed)
        asked.state, asked.touched_at, asked.done = RequestState.APPLYING, now, 0
        asked.decided_by, asked.decider = member.person, member.username
        asked.report = {key: value for key, value in asked.report.items() if key != "refused"}


def _demand_whole(db: Session, asked: MappingRequest) -> None:
    """What the approver saw is what there is: no row stopped by an owner, nothing replaced or removed meanwhile."""
    removed = asked.report.get("counts", {}).get("removed", 0)
    if imports.count_staged(db, asked.id) != (asked.rows, 0) or imports.count_to_remove(db, asked.id) != removed:
        raise MappingRefused(Problem.CHANGED)


def carry_out(desk: Desk, register: Register, request_id: str) -> RequestState:
    """From APPLYING to APPROVED; back to WAITING with the reason when an account has changed meanwhile.

    Raises DatabaseDown, Overtaken, ServiceStopped; DirectoryDown where the decision is on record: call it again then.
    """
    with desk.database.reading() as db:
        asked = mappings.find_request(db, request_id)
        rows = imports.staged(db, request_id)
        broken = imports.broken(db, request_id, register.indexes.seals)
    if asked is None or asked.state is not RequestState.APPLYING:
        raise Overtaken
    if not are_unbroken(register, asked, ()):
        return stop(desk, asked)
    work = _Work(desk, register, asked)
    accounts = work.read(rows)
    if broken:
        work.refuse(broken)
    if asked.decided_at is None:
        if refused := work.refusal:
            return work.give_back(refused)
        work.decide()
    work.approve(rows, accounts)
    work.remove()
    return work.finish()


@dataclass(frozen=True, slots=True)
class _Approval:
    """A row that is to count. `told`: how many of the owner's addresses get a mail."""

    row: Staged
    active_from: datetime
    told: int


class _Work:
    """One file's."""

    def __init__(self, desk: Desk, register: Register, asked: MappingRequest) -> None:
        self._desk, self._register, self._asked = desk, register, asked
        self._by = {"person": asked.decided_by or "", "username": asked.decider}
        self._told = 0
        self._done = asked.done
        self.refusal: dict[str, str] = {}

    # ---- before the decision

    def read(self, rows: Sequence[Staged]) -> Accounts:
        """As they are now, those that may be mapped; `refusal` says what is wrong with one of the others.

        Raises DirectoryDown only when it is decided already.
        """
        found: dict[AccountKey, DirectoryAccount] = {}
        try:
            for account in self._reread(rows):
                found[account.key] = account
        except DirectoryDown as down:
            if self._asked.decided_at is not None:
                raise
            self.refusal = {"refused": DIRECTORY_DOWN, "directory": down.directory}
            return {}
        for row in rows:
            if row.key not in found:
                self.refusal = self.refusal or {"refused": Flaw.USER, "account": shown(row.username)}
        return found

    def _reread(self, rows: Sequence[Staged]) -> Iterator[DirectoryAccount]:
        ordered = sorted(row.key for row in rows)
        for name, keys in itertools.groupby(ordered, key=lambda key: key.directory):
            directory = self._desk.directories.get(name)
            for number, account in enumerate(directory.reread_all(list(keys)) if directory else ()):
                if number % _READ_TOGETHER == 0:
                    self._touch()
                try:
                    demand_mappable(account)
                except MappingRefused as refused:
                    self.refusal = {"refused": FLAW_OF[refused.problem], "account": shown(account.username)}
                    continue
                yield lean(account)

    def _touch(self) -> None:
        with self._desk.database.transaction() as db:
            self._still(db)

    def _still(self, db: Session, **values: object) -> None:
        values |= {"touched_at": self._desk.clock(), "done": self._done}
        if not imports.move(db, self._asked.id, RequestState.APPLYING, **values):
            raise Overtaken

    def refuse(self, broken: Sequence[str]) -> None:
        """Rows that somebody has written past this service."""
        log.error("mapping.seal_broken request=%s rows=%d", self._asked.id, len(broken))
        self.refusal = {"refused": "changed", "account": shown(broken[0])}

    def give_back(self, refusal: Mapping[str, str]) -> RequestState:
        """Nothing was done. It can be approved when that is mended, or rejected."""
        values = {"decided_by": None, "decider": "", "report": self._asked.report | dict(refusal)}
        with self._desk.database.transaction() as db:
            self._still(db, state=RequestState.WAITING, **values)
        log.warning("mapping.file_not_approved request=%s reason=%s", self._asked.id, refusal["refused"])
        return RequestState.WAITING

    def decide(self) -> None:
        """On record before it has an effect (requirement L-01), and sealed: nobody carries out a forged one."""
        now, asked = self._desk.clock(), self._asked
        asked.decided_at = now
        with self._desk.database.transaction() as db:
            stops.demand_none(db)
            seal = self._register.indexes.seals.of_request(facts_of(asked, REQUEST))
            self._still(db, decided_at=now, decided_by=asked.decided_by, decider=asked.decider, seal=seal)
            told = MappingFileApproved(
                **self._by,
                request=asked.id,
                form=RequestKind.IMPORT,
                file=asked.file_hash or "",
                rows=asked.rows,
                removed=imports.count_to_remove(db, asked.id),
            )
            self._desk.journal.write(db, told, now)

    # ---- after it

    def approve(self, rows: Sequence[Staged], accounts: Accounts) -> None:
        """A row that its owner has stopped since, or whose account has changed since, is left out."""
        for start in range(0, len(rows), TOGETHER):
            part = rows[start : start + TOGETHER]
            with self._desk.database.transaction() as db:
                self._done += len(part)
                self._still(db)
                asked = imports.still_asked(db, part)
                ours = [row for row in part if row.id in asked and self._is_ours(db, row, asked[row.id])]
                good = [row for row in ours if row.key in accounts]
                self._approve(db, good, accounts, asked)
                imports.refuse(db, asked.keys() - {row.id for row in good}, self._asked.decider, self._desk.clock())
            time.sleep(_BREATH)

    def _is_ours(self, db: Session, row: Staged, now: Kept) -> bool:
        """Does it wait for the account that was read, as this service wrote it? On record when it does not."""
        ours = self._register.indexes.seals.fits(now) and row.key == AccountKey(now.directory, now.entry_id)
        if not ours:
            log.error("mapping.seal_broken mapping=%s request=%s", row.id, self._asked.id)
            told = MappingSealBroken(**self._by, **_about(row.id, row.key, row.username), request=self._asked.id)
            self._desk.journal.write(db, told, self._desk.clock())
        return ours

    def _approve(self, db: Session, rows: Sequence[Staged], accounts: Accounts, asked: Mapping[str, Kept]) -> None:
        if not rows:
            return
        now = self._desk.clock()
        imports.supersede(db, [row.replaces_id for row in rows if row.replaces_id], self._asked.decider, now)
        approvals = list(self._tell(db, rows, accounts))
        activated = [(asked[each.row.id], each.active_from) for each in approvals]
        imports.activate(db, activated, self._register.indexes.seals)
        events = [(event, now) for each in approvals for event in self._events(each)]
        self._desk.journal.write_all(db, events)

    def _tell(self, db: Session, rows: Sequence[Staged], accounts: Accounts) -> Iterator[_Approval]:
        """An owner who cannot be told gets the long wait: only the passing of time is left then."""
        decided = self._asked.decided_at or self._desk.clock()
        long = decided + self._register.settings.cool_down
        waits: dict[datetime, list[Staged]] = {}
        for row in rows:
            kind = accounts[row.key].kind
            waits.setdefault(decided + self._register.settings.wait(kind), []).append(row)
        for starts_at, these in waits.items():
            told = {row.id: notify.addresses(self._desk, accounts[row.key]) for row in these}
            letters = [(row.id, MailKind.MAPPING_APPROVED, accounts[row.key]) for row in these]
            put = notify.put_many(self._desk, db, letters, "", starts_at=starts_at, already=self._told)
            self._told += len(these)
            told = told if put == sum(told.values()) else Counter[str]()
            yield from (_Approval(row, starts_at if told[row.id] else long, told[row.id]) for row in these)

    def _events(self, approval: _Approval) -> Iterator[Event]:
        row = approval.row
        about = {**self._by, **_about(row.id, row.key, row.username)}
        if row.before is MappingState.APPROVED:
            yield MappingNumberChanged(**about, request=self._asked.id, replaced=row.replaces_id or "")
        starts_at = approval.active_from.isoformat(timespec="seconds")
        yield MappingApproved(**about, request=self._asked.id, active_from=starts_at, notices=approval.told)

    def remove(self) -> None:
        while self._remove_some():
            time.sleep(_BREATH)

    def _remove_some(self) -> bool:
        """What an owner has stopped meanwhile stays stopped."""
        now = self._desk.clock()
        with self._desk.database.transaction() as db:
            self._still(db)
            found = imports.to_remove(db, self._asked.id)
            gone = [each for each in found if each.state is MappingState.APPROVED]
            for each in found:
                each.removal_id = None
            for each in gone:
                mappings.end(each, MappingState.REMOVED, self._asked.decider, now)
            db.flush()
            if gone:
                self._desk.journal.write_all(db, [(self._removed(each), now) for each in gone])
        return bool(found)

    def _removed(self, mapping: AccountMapping) -> MappingRemoved:
        about = _about(mapping.id, mapping.key, mapping.username)
        return MappingRemoved(**self._by, **about, why=self._asked.reason)

    def finish(self) -> RequestState:
        with self._desk.database.transaction() as db:
            self._still(db, state=RequestState.APPROVED)
        log.info("mapping.file_approved request=%s rows=%d", self._asked.id, self._asked.rows)
        return RequestState.APPROVED


def _about(mapping_id: str, key: AccountKey, username: str) -> dict[str, str]:
    return {"mapping": mapping_id, "directory": key.directory, "entry_id": key.entry_id, "account": username}
