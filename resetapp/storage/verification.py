"""Whether the audit trail is as it was written: nothing edited, deleted, moved or cut off (ASVS 16.4.2)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from resetapp.storage import audit
from resetapp.storage.audit import Anchor
from resetapp.storage.chain import GENESIS, Seals, event_hash, facts_hash
from resetapp.storage.tables import AuditEvent, AuditHead, Login


@dataclass(frozen=True, slots=True)
class Broken:
    """`seq`: the event, or the first that is missing."""

    seq: int
    what: str


@dataclass(slots=True)
class Verification:
    """`events`: how many were looked at, `erased`: of these, without their facts any more."""

    events: int = 0
    erased: int = 0
    newest: Anchor | None = None
    broken: list[Broken] = field(default_factory=list)


def verify(db: Session, seals: Seals, anchors: Iterable[Anchor] = ()) -> Verification:
    """Looks at every event. `anchors`: of earlier, from where nobody with this database could change them."""
    found, known = Verification(), {each.seq: each.hash for each in anchors}
    previous: str | None = GENESIS
    seq = 0
    for event in audit.events(db):
        if event.seq != seq + 1:
            found.broken.append(Broken(seq + 1, _missing(seq + 1, event.seq - 1)))
            previous = None  # what came before it is not there to compare with
        found.broken += [Broken(event.seq, what) for what in _faults(event, previous, seals)]
        if known.pop(event.seq, event.hash) != event.hash:
            found.broken.append(Broken(event.seq, "is not the one that was anchored"))
        found.events += 1
        found.erased += event.facts is None
        seq, previous = event.seq, event.hash
        db.expunge(event)
    found.newest = Anchor(seq, previous or GENESIS) if seq else None
    found.broken += _at_the_end(db, seals, seq, previous or GENESIS, max(known, default=0))
    return found


def _faults(event: AuditEvent, previous: str | None, seals: Seals) -> Iterator[str]:
    if previous is not None:
        wanted = event_hash(previous, event.seq, event.at, event.name, event.facts_hash)
        if wanted != event.hash:
            yield "was edited or moved: its hash does not follow from the event before it"
    if seals.event(event.hash) != event.seal:
        yield "was not written by this service: its seal is not ours"
    if event.facts is None or event.salt is None:
        if event.erased != seals.erasure(event.seq, event.hash):
            yield "its facts were deleted by somebody else"
    elif facts_hash(event.salt, event.facts) != event.facts_hash:
        yield "its facts were edited"
    elif not _named_as_told(event):
        yield "its reference or person was edited"


def _named_as_told(event: AuditEvent) -> bool:
    told = json.loads(event.facts or "{}")
    return (event.reference or "", event.person or "") == (told.get("reference"), told.get("person"))


def _at_the_end(db: Session, seals: Seals, seq: int, hash_: str, anchored: int) -> Iterator[Broken]:
    head = db.get(AuditHead, 1)
    if head is None:
        if seq or anchored or db.query(Login.id).first():
            yield Broken(seq + 1, "nothing says which event is the newest")
        return
    if seals.head(head.seq, head.hash) != head.seal:
        yield Broken(head.seq, "what says that it is the newest was not written by this service")
    if max(head.seq, anchored) > seq:
        yield Broken(seq + 1, _missing(seq + 1, max(head.seq, anchored)))
    elif (head.seq, head.hash) != (seq, hash_):
        yield Broken(seq, "is not the one that is said to be the newest")


def _missing(first: int, last: int) -> str:
    return "is missing" if first >= last else f"is missing, and all up to {last}"
