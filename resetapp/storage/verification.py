"""Whether the audit trail is as it was written: nothing edited, deleted, moved or cut off (ASVS 16.4.2)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from resetapp.storage import audit
from resetapp.storage.audit import Anchor
from resetapp.storage.chain import GENESIS, Seals, event_hash, facts_hash
from resetapp.storage.tables import AuditEvent, AuditHead, Login


class Flaw(StrEnum):
    """How the trail is not as it was written."""

    MISSING = "missing"
    CHAIN = "chain"
    SEAL = "seal"
    DELETED = "deleted"
    FACTS = "facts"
    NAMES = "names"
    ANCHOR = "anchor"
    HEAD = "head"
    NEWEST = "newest"
    NO_HEAD = "no_head"


_TOLD: Final[Mapping[Flaw, str]] = MappingProxyType(
    {
        Flaw.MISSING: "is missing",
        Flaw.CHAIN: "was edited or moved: its hash does not follow from the event before it",
        Flaw.SEAL: "was not written by this service: its seal is not ours",
        Flaw.DELETED: "its facts were deleted by somebody else",
        Flaw.FACTS: "its facts were edited",
        Flaw.NAMES: "its reference or person was edited",
        Flaw.ANCHOR: "is not the one that was anchored",
        Flaw.HEAD: "what says that it is the newest was not written by this service",
        Flaw.NEWEST: "is not the one that is said to be the newest",
        Flaw.NO_HEAD: "nothing says which event is the newest",
    }
)


_NOT_AS_WRITTEN = (ValueError, OverflowError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Broken:
    """`seq`: the event, or the first that is missing; `last`: the last of these."""

    seq: int
    flaw: Flaw
    last: int = 0

    @property
    def what(self) -> str:
        """In English, for the command line."""
        return f"{_TOLD[self.flaw]}, and all up to {self.last}" if self.last > self.seq else _TOLD[self.flaw]


@dataclass(slots=True)
class Verification:
    """`events`: how many were looked at, `erased`: of these, without their facts any more."""

    events: int = 0
    erased: int = 0
    newest: Anchor | None = None
    broken: list[Broken] = field(default_factory=list)


def verify(db: Session, seals: Seals, anchors: Iterable[Anchor] = ()) -> Verification:
    """Looks at every event. `anchors`: of earlier, from where nobody with this database could change them.

    The head is read first: an event that is written meanwhile must not pass for one that is missing.
    """
    found, known = Verification(), _by_number(anchors)
    head, at_the_head = db.get(AuditHead, 1), GENESIS
    previous: str | None = GENESIS
    seq = 0
    for event in audit.events(db):
        if event.seq != seq + 1:
            found.broken.append(Broken(seq + 1, Flaw.MISSING, event.seq - 1))
            previous = None  # what came before it is not there to compare with
        found.broken += [Broken(event.seq, flaw) for flaw in _faults(event, previous, seals)]
        if known.pop(event.seq, {event.hash}) != {event.hash}:
            found.broken.append(Broken(event.seq, Flaw.ANCHOR))
        found.events += 1
        found.erased += event.facts is None
        seq, previous = event.seq, event.hash
        at_the_head = event.hash if head is not None and seq == head.seq else at_the_head
        db.expunge(event)
    found.newest = Anchor(seq, previous or GENESIS) if seq else None
    missed = max(known, default=0)
    found.broken += _at_the_end(db, head, at_the_head, seals, seq, missed) if head else _headless(db, seq, missed)
    return found


def _by_number(anchors: Iterable[Anchor]) -> dict[int, set[str]]:
    """All of each: an older backup that was put back and written on anchors the same numbers once more."""
    known: dict[int, set[str]] = {}
    for each in anchors:
        known.setdefault(each.seq, set()).add(each.hash)
    return known


def verify_some(db: Session, seals: Seals, events: Sequence[AuditEvent]) -> Verification:
    """Each of these events and how it follows from the one before it; and whether the newest of all is there.

    For a page that shows a few: what lies between them is not looked at. The head is read first, so that an event that
    is written meanwhile does not pass for one that is missing.
    """
    head, found = db.get(AuditHead, 1), Verification()
    before = {event.seq - 1 for event in events} | ({head.seq} if head else set())
    hashes = {0: GENESIS}
    rows = db.execute(select(AuditEvent.seq, AuditEvent.hash).where(AuditEvent.seq.in_(before)))
    hashes |= {row.seq: row.hash for row in rows}
    for event in events:
        if event.seq - 1 not in hashes:
            found.broken.append(Broken(event.seq - 1, Flaw.MISSING))
        found.broken += [Broken(event.seq, flaw) for flaw in _faults(event, hashes.get(event.seq - 1), seals)]
    found.events, found.erased = len(events), sum(event.facts is None for event in events)
    if head is not None:
        found.newest = Anchor(head.seq, head.hash)
        found.broken += _at_the_head(head, hashes.get(head.seq), seals)
    return found


def _at_the_head(head: AuditHead, hash_: str | None, seals: Seals) -> Iterator[Broken]:
    if seals.head(head.seq, head.hash) != head.seal:
        yield Broken(head.seq, Flaw.HEAD)
    if hash_ is None:
        yield Broken(head.seq, Flaw.MISSING)
    elif hash_ != head.hash:
        yield Broken(head.seq, Flaw.NEWEST)


def _faults(event: AuditEvent, previous: str | None, seals: Seals) -> Iterator[Flaw]:
    if previous is not None and not _follows(event, previous):
        yield Flaw.CHAIN
    if seals.event(event.hash) != event.seal:
        yield Flaw.SEAL
    if event.facts is None or event.salt is None:
        if event.erased != seals.erasure(event.seq, event.hash):
            yield Flaw.DELETED
    elif not _as_hashed(event.salt, event.facts, event.facts_hash):
        yield Flaw.FACTS
    elif not _named_as_told(event):
        yield Flaw.NAMES


def _follows(event: AuditEvent, previous: str) -> bool:
    """What somebody has put in the place of a hash need not be one: it must not end the look at all the others."""
    try:
        return event_hash(previous, event.seq, event.at, event.name, event.facts_hash) == event.hash
    except _NOT_AS_WRITTEN:
        return False


def _as_hashed(salt: str, facts: str, hash_: str) -> bool:
    try:
        return facts_hash(salt, facts) == hash_
    except _NOT_AS_WRITTEN:
        return False


def _named_as_told(event: AuditEvent) -> bool:
    try:
        told = json.loads(event.facts or "{}")
        return (event.reference or "", event.person or "") == (told.get("reference"), told.get("person"))
    except _NOT_AS_WRITTEN:
        return False


def _headless(db: Session, seq: int, anchored: int) -> Iterator[Broken]:
    if seq or anchored or db.query(Login.id).first():
        yield Broken(seq + 1, Flaw.NO_HEAD)


def _at_the_end(
    db: Session, head: AuditHead, at_the_head: str, seals: Seals, seq: int, anchored: int
) -> Iterator[Broken]:
    """`at_the_head`: the hash of the event with the head's number. `seq`: the last event that there was."""
    if seals.head(head.seq, head.hash) != head.seal:
        yield Broken(head.seq, Flaw.HEAD)
    if max(head.seq, anchored) > seq:
        yield Broken(seq + 1, Flaw.MISSING, max(head.seq, anchored))
    elif head.hash != at_the_head:
        yield Broken(head.seq, Flaw.NEWEST)
    elif head.seq < seq:
        db.refresh(head)  # written meanwhile: then the head has moved on, too
        if head.seq < seq:
            yield Broken(seq, Flaw.NEWEST)
