"""What auditors see of the audit trail. Who reads it is read about, too: it is on record before anything is shown, and
before the first line of an export goes out (security.md A-09, L-02).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from resetapp.audit_export import FORMS, facts_without_fingerprints
from resetapp.core.event import Event
from resetapp.core.events import PersonSeen, StaffExportedEvents, StaffReadEvents
from resetapp.core.staff import Role
from resetapp.reset import Desk
from resetapp.storage import trail
from resetapp.storage.tables import AuditEvent, StaffLogin
from resetapp.storage.trail import Filter
from resetapp.storage.verification import Flaw, Verification, verify_some

log = logging.getLogger(__name__)

PAGE: Final = 50
_LINES_TOGETHER = 200


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """`facts`: None when they are erased, or cannot be read. `flaws`: how it is not as it was written."""

    seq: int
    at: datetime
    name: str
    reference: str
    facts: dict[str, Any] | None
    erased: bool
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class SeenTrail:
    """One page, newest first. `verified` is about these events and the newest of all, about no others."""

    events: tuple[SeenEvent, ...]
    older: bool
    newer: bool
    verified: Verification


def read(
    desk: Desk, member: StaffLogin, wanted: Filter, before: int | None = None, after: int | None = None
) -> SeenTrail:
    """The page before or after an event's number; of neither, the newest."""
    with desk.database.reading() as db:
        page = trail.page(db, wanted, PAGE, before, after)
        verified = verify_some(db, desk.journal.seals, page.events)
    told = StaffReadEvents(wanted=in_words(wanted), person=member.person, username=member.username)
    _record(desk, *_persons_seen(wanted, page.events), told)
    flaws: Mapping[int, list[Flaw]] = defaultdict(list)
    for broken in verified.broken:
        flaws[broken.seq].append(broken.flaw)
    seen = tuple(_seen(event, tuple(flaws[event.seq])) for event in page.events)
    return SeenTrail(seen, page.older, page.newer, verified)


def export(desk: Desk, member: StaffLogin, wanted: Filter, form: str, why: str) -> Iterator[str]:
    """Pieces of text. `form`: one of FORMS. Everything that is wrong is wrong before the first piece."""
    lines = FORMS[form](trail.every(desk.database, wanted), facts_without_fingerprints)
    who = {"person": member.person, "username": member.username}
    _record(desk, StaffExportedEvents(wanted=in_words(wanted), form=form, why=why, **who))  # of everybody in it
    log.info("staff.exported_events form=%s", form)
    return _together(lines)


def _together(lines: Iterator[str]) -> Iterator[str]:
    """A piece for every line would cost the server more than the line."""
    held: list[str] = []
    for line in lines:
        held.append(f"{line}\n")
        if len(held) == _LINES_TOGETHER:
            yield "".join(held)
            held = []
    yield "".join(held)


def _persons_seen(wanted: Filter, events: Iterable[AuditEvent]) -> Iterator[PersonSeen]:
    """Whom a question about one visit, or about one of the staff, was about.

    Leafing through what happened to everybody is on record once, as reading: an event for each person on each page
    would bury the trail under itself.
    """
    if wanted.reference or wanted.username:
        seen = {event.person: event.reference or "" for event in events if event.person}
        for person, reference in seen.items():
            yield PersonSeen(reference=reference, person=person, role=Role.AUDITOR)


def _record(desk: Desk, *events: Event) -> None:
    with desk.database.transaction() as db:
        for event in events:
            desk.journal.write(db, event, desk.clock())


def in_words(wanted: Filter) -> str:
    """For the record, in no language."""
    told = {
        "event": wanted.name,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "reference": wanted.reference,
        "username": wanted.username,
    }
    return " ".join(f"{key}={value}" for key, value in told.items() if value)


def _seen(event: AuditEvent, flaws: tuple[Flaw, ...]) -> SeenEvent:
    try:
        facts = facts_without_fingerprints(event)
    except (ValueError, RecursionError):
        facts = None
    erased = event.facts is None
    return SeenEvent(event.seq, event.at, event.name, event.reference or "", facts, erased, flaws)
