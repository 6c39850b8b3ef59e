"""A file of mappings: checked as a whole, kept only when nothing is wrong with it, and without effect until approved.

CHECKING, then FAULTY, or WAITING for a second person (`mapping.approval`). The file itself is never kept, only its
SHA-256, to which the approval is bound (security.md A-08).
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.mapping_events import MappingFileRequested, MappingRequestEnded
from resetapp.core.mappings import MappingState, RequestKind, RequestState
from resetapp.logs import scrubbed
from resetapp.mapping.comparison import SYSTEM, Comparison, Progress, Wanted, compare
from resetapp.mapping.faults import Findings, Flaw
from resetapp.mapping.renewal import renew
from resetapp.mapping.requests import by, demand_few, new_request
from resetapp.mapping.seals import seal_of_file
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import imports
from resetapp.storage.database import Session
from resetapp.storage.imports import TOGETHER
from resetapp.storage.mappings import MappingRequest
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import DirectoryDown

log = logging.getLogger(__name__)

STOPPED, UNCHANGED, DIRECTORY_DOWN = "stopped", "unchanged", "directory_down"
"""Why a file without faults ended before anybody could decide: `report["ended"]`, text `import.ended_<value>`."""

_TOUCH_EVERY = 1.0  # seconds


class Overtaken(Exception):
    """Somebody else has ended the request: this process was taken for dead."""


class _Conflict(Exception):
    """Somebody has asked for one of the accounts meanwhile."""


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """What was sent. Lives in memory only. `whole`: it names every mapping there is to be."""

    content: bytes
    whole: bool
    reason: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def system_user(uid: int, name: str) -> StaffLogin:
    """Who runs the command; never stored. The approval still needs somebody of the staff."""
    return StaffLogin(person=f"{SYSTEM}{uid}", username=f"{SYSTEM}{name}", directory="", entry_id="", indexes={})


def begin(desk: Desk, register: Register, member: StaffLogin, file: File) -> str:
    """Returns the request's id, in CHECKING. One request, however many rows. Raises TooManyAttempts."""
    demand_few(desk, register, member)
    asked = new_request(desk, register, member, RequestKind.IMPORT, file.reason, 0)
    asked.state, asked.touched_at = RequestState.CHECKING, desk.clock()
    asked.file_hash, asked.whole = file.hash, file.whole
    with desk.database.transaction() as db:
        db.add(asked)
    return asked.id


def check(
    desk: Desk, register: Register, member: StaffLogin, request_id: str, file: File, progress: Progress
) -> RequestState:
    """In CHECKING before; returns what it is in then. Raises DatabaseDown, Overtaken."""
    work = _Work(desk, register, request_id, progress)
    try:
        found = compare(desk, register, member, file.content, file.whole, work.compared)
        if found.findings.faults:
            return _end(desk, member, request_id, RequestState.FAULTY, _report(found.findings))
        renew(desk, register, found.older)
        if not found.wanted and not found.removed:
            return _end(desk, member, request_id, RequestState.REJECTED, _report(found.findings, UNCHANGED))
        work.stage(found)
        return _wait(desk, register, member, request_id, file, found)
    except DirectoryDown as down:
        log.error("mapping.file_not_checked request=%s directory=%s", request_id, down.directory)
        report = {"ended": DIRECTORY_DOWN, "directory": down.directory}
        return _end(desk, member, request_id, RequestState.REJECTED, report)
    except _Conflict:
        findings = Findings()
        findings.add(0, Flaw.CONFLICT)
        return _end(desk, member, request_id, RequestState.FAULTY, _report(findings))
    except Overtaken:
        with desk.database.transaction() as db:
            imports.discard(db, request_id)
        raise


def _report(findings: Findings, ended: str = "") -> dict[str, object]:
    return findings.report().stored() | ({"ended": ended} if ended else {})


class _Work:
    """What checking one file does to the database."""

    def __init__(self, desk: Desk, register: Register, request_id: str, progress: Progress) -> None:
        self._desk, self._register, self._id = desk, register, request_id
        self._progress = progress
        self._touched = 0.0
        self._of = 0  # the rows twice over: each is compared, and then staged

    def compared(self, done: int, rows: int) -> None:
        self._of = 2 * rows
        self._come_to(done)

    def _come_to(self, done: int) -> None:
        self._progress(done, self._of)
        if time.monotonic() - self._touched > _TOUCH_EVERY:
            with self._desk.database.transaction() as db:
                self._touch(db, done)

    def _touch(self, db: Session, done: int) -> None:
        values = {"done": done, "rows": self._of, "touched_at": self._desk.clock()}
        if not imports.move(db, self._id, RequestState.CHECKING, **values):
            raise Overtaken
        self._touched = time.monotonic()

    def stage(self, found: Comparison) -> None:
        """Sealed outside, inserted in short transactions: other people's logins must not wait (security.md 6)."""
        now, half = self._desk.clock(), self._of // 2
        for start in range(0, len(found.wanted), TOGETHER):
            part = found.wanted[start : start + TOGETHER]
            rows = [self._row(each, now) for each in part]
            done = half + half * (start + len(part)) // len(found.wanted)
            with self._desk.database.transaction() as db:
                self._touch(db, done)
                if not imports.stage(db, rows):
                    raise _Conflict
            self._progress(done, self._of)
        self._mark(found.removed)

    def _mark(self, removed: Sequence[str]) -> None:
        for start in range(0, len(removed), TOGETHER):
            with self._desk.database.transaction() as db:
                self._touch(db, self._of)
                if not imports.mark_removed(db, self._id, removed[start : start + TOGETHER]):
                    raise _Conflict

    def _row(self, wanted: Wanted, now: datetime) -> Mapping[str, object]:
        ident, indexes, escrow = secrets.token_hex(16), self._register.indexes, self._register.escrow
        row = {
            "id": ident,
            "request_id": self._id,
            "directory": wanted.key.directory,
            "entry_id": wanted.key.entry_id,
            "username": scrubbed(wanted.username)[:256],
            "key_id": indexes.newest,
            "cpr_index": indexes.newest_of(wanted.cpr),
            "sealed": escrow.seal(wanted.cpr, ident) if escrow else None,
            "state": MappingState.REQUESTED,
            "replaces_id": wanted.replaces_id,
            "requested_at": now,
        }
        return row | {"seal": indexes.seals.of_row(row)}


def _wait(
    desk: Desk, register: Register, member: StaffLogin, request_id: str, file: File, found: Comparison
) -> RequestState:
    now, counts = desk.clock(), found.findings.counts
    report = _report(found.findings)
    with desk.database.transaction() as db:
        values = {"rows": len(found.wanted), "done": 0, "report": report, "touched_at": now, "requested_at": now}
        values |= {"seal": seal_of_file(register, member, request_id, file, values)}
        if not imports.move(db, request_id, RequestState.CHECKING, state=RequestState.WAITING, **values):
            raise Overtaken
        told = MappingFileRequested(
            **by(member),
            request=request_id,
            form=RequestKind.IMPORT,
            file=file.hash,
            rows=len(found.wanted),
            changed=counts["changed"],
            removed=len(found.removed),
            why=file.reason,
        )
        desk.journal.write(db, told, now)
    log.info("mapping.file_requested request=%s rows=%d", request_id, len(found.wanted))
    return RequestState.WAITING


def _end(
    desk: Desk, member: StaffLogin, request_id: str, state: RequestState, report: Mapping[str, object]
) -> RequestState:
    """Nothing of it is kept; that it was tried is on record, for its faults tell who has an account."""
    with desk.database.transaction() as db:
        if not imports.move(db, request_id, RequestState.CHECKING, state=state, report=report):
            raise Overtaken
        imports.discard(db, request_id)
        why = str(report.get("ended", ""))
        told = MappingRequestEnded(**by(member), request=request_id, form=RequestKind.IMPORT, outcome=state, why=why)
        desk.journal.write(db, told, desk.clock())
    log.info("mapping.file_ended request=%s state=%s", request_id, state)
    return state


def end_stopped(desk: Desk) -> list[str]:
    """Close the files whose process has died: nothing of them is lost but the checking. Returns the ids of those that
    were approved and must still be carried out to their end.
    """
    with desk.database.reading() as db:
        if not imports.untouched(db, desk.clock()):
            return []
    with desk.database.transaction() as db:
        found = imports.untouched(db, desk.clock())
        for asked in found:
            if asked.decided_at is None:
                _stopped(desk, db, asked)
            else:
                asked.touched_at = desk.clock()
        return [asked.id for asked in found if asked.decided_at is not None]


def _stopped(desk: Desk, db: Session, asked: MappingRequest) -> None:
    if asked.state is RequestState.APPLYING:  # nothing of it was done yet: somebody has to approve it again
        asked.state, asked.decided_by, asked.decider = RequestState.WAITING, None, ""
        asked.report = asked.report | {"refused": STOPPED}
        return
    asked.state, asked.report = RequestState.REJECTED, {"ended": STOPPED}
    imports.discard(db, asked.id)
    outcome = RequestState.REJECTED
    told = MappingRequestEnded(request=asked.id, form=RequestKind.IMPORT, outcome=outcome, why=STOPPED)
    desk.journal.write(db, told, desk.clock())
