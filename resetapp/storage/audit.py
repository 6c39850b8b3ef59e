"""The audit trail: events are added, in the transaction of what they tell of; none is changed, and none goes.

After their time, or when a person has asked for it, an event's facts are erased; its place in the chain stays, so that
what is left can still be verified.
"""

import contextlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict, cast

from sqlalchemy import Connection, Row, Select, TableClause, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from resetapp.core.event import Event, Kind
from resetapp.core.events import names_of
from resetapp.logs import scrubbed
from resetapp.storage.chain import GENESIS, Seals, event_hash, facts_hash
from resetapp.storage.tables import Attempt, AuditEvent, AuditHead, Visit

_EVENT, _HEAD = cast(TableClause, AuditEvent.__table__), cast(TableClause, AuditHead.__table__)
_ADD = insert(_EVENT)
_FIND_HEAD = select(_HEAD.c.seq, _HEAD.c.hash).with_for_update()  # writers queue here, so it is the last thing they do
_BEGIN = insert(_HEAD)
_MOVE_HEAD = update(_HEAD).values({name: bindparam(f"new_{name}") for name in ("seq", "hash", "seal")})


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest event. Written to the log from time to time: what leaves the machine cannot be changed here."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"audit.anchor seq={self.seq} hash={self.hash}"


ANCHOR: Final = re.compile(r"audit\.anchor seq=(?P<seq>[0-9]{1,18}) hash=(?P<hash>[0-9a-f]{64})")
"""An anchor in a line of a log, whatever else the line holds."""


class Journal:
    """Writes events. Thread-safe; holds nothing but the key."""

    def __init__(self, person_key: bytes) -> None:
        self.seals = Seals(person_key)

    def __repr__(self) -> str:
        return "Journal()"

    def write(self, db: Session | Connection, event: Event, at: datetime) -> None:
        """The last statement of its transaction: until that is committed nobody else can add one."""
        self.write_all(db, [(event, at)])

    def write_all(self, db: Session | Connection, events: Sequence[tuple[Event, datetime]]) -> None:
        """In this order, at least one; otherwise as `write`."""
        head = db.execute(_FIND_HEAD).one_or_none() or self._begun(db)
        seq, hash_, rows = head.seq, head.hash, []
        for event, at in events:
            seq += 1
            rows.append(self._row(hash_, seq, event, at))
            hash_ = str(rows[-1]["hash"])
        db.execute(_ADD, rows)
        db.execute(_MOVE_HEAD, {"new_seq": seq, "new_hash": hash_, "new_seal": self.seals.head(seq, hash_)})

    def _row(self, previous: str, seq: int, event: Event, at: datetime) -> dict[str, object]:
        facts = json.dumps(event.facts(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        salt = secrets.token_hex(16)
        hashed = facts_hash(salt, facts)
        hash_ = event_hash(previous, seq, at, event.name, hashed)
        row = {"seq": seq, "at": at, "name": event.name, "facts": facts, "salt": salt, "facts_hash": hashed}
        named = {"reference": event.reference or None, "person": event.person or None}
        return row | named | {"hash": hash_, "seal": self.seals.event(hash_)}

    def _begun(self, db: Session | Connection) -> Row[int, str]:
        """The head before the first event; two workers may come here at once."""
        with contextlib.suppress(IntegrityError), db.begin_nested():
            db.execute(_BEGIN, {"id": 1, "seq": 0, "hash": GENESIS, "seal": self.seals.head(0, GENESIS)})
        return db.execute(_FIND_HEAD).one()

    def erase_old(self, db: Session, before: dict[Kind, datetime]) -> int:
        """The facts of the events of each kind that are older. Returns how many events lost theirs."""
        erased = 0
        for kind, moment in before.items():
            query = select(AuditEvent).where(AuditEvent.name.in_(names_of(kind)), AuditEvent.at < moment)
            erased += self._erase(db, query.where(AuditEvent.facts.isnot(None)))
        return erased

    def erase_person(self, db: Session, person: str) -> int:
        """All but the proof of what was changed (GDPR article 17(3)(b) and (e))."""
        mine = select(AuditEvent).where(AuditEvent.person == person)
        return self._erase(db, mine.where(AuditEvent.name.not_in(names_of(Kind.CHANGE))))

    def _erase(self, db: Session, query: Select[AuditEvent]) -> int:
        count = 0
        for event in db.scalars(query.execution_options(yield_per=500)):
            event.facts = event.salt = event.reference = event.person = None
            event.erased = self.seals.erasure(event.seq, event.hash)
            count += 1
        return count


class About(TypedDict):
    """What every event about an attempt tells."""

    reference: str
    person: str
    attempt: str
    directory: str
    entry_id: str
    username: str


def about(visit: Visit, attempt: Attempt) -> About:
    """A directory may hold a CPR number where it does not belong, as a username: it stays out of the trail."""
    return {
        "reference": visit.login.reference,
        "person": attempt.person,
        "attempt": attempt.id,
        "directory": attempt.directory,
        "entry_id": attempt.entry_id,
        "username": scrubbed(attempt.username),
    }


def anchor(db: Session) -> Anchor | None:
    """None: nothing has been written yet."""
    head = db.get(AuditHead, 1)
    return Anchor(head.seq, head.hash) if head else None


def events(db: Session, since: datetime | None = None, until: datetime | None = None) -> Iterator[AuditEvent]:
    """In their order; a million need no more memory than a thousand."""
    query = select(AuditEvent).order_by(AuditEvent.seq)
    if since:
        query = query.where(AuditEvent.at >= since)
    if until:
        query = query.where(AuditEvent.at < until)
    yield from db.scalars(query.execution_options(yield_per=1000))


def of_person(db: Session, person: str) -> list[AuditEvent]:
    return list(db.scalars(select(AuditEvent).where(AuditEvent.person == person).order_by(AuditEvent.seq)))
