"""How the service stands, in numbers: for the operator's page and for a machine that watches. Of no single person."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.core.staff import Purpose
from resetapp.storage.tables import Attempt, AuditEvent, Login, Visit

_NOT_REFUSED = frozenset(
    {
        *(Outcome.OPEN, Outcome.DONE, Outcome.PARTLY, Outcome.UNKNOWN),
        *(Outcome.LEFT, Outcome.LOGGED_OUT_ELSEWHERE, Outcome.EXPIRED),
    }
)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Attempts of which it is not known yet what became of them."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Logins:
    """For a password, since a moment. `refused`: by outcome; one may be completed and refused (no account)."""

    started: int
    completed: int
    refused: Mapping[Outcome, int]


def unsettled(db: Session) -> Unsettled:
    oldest = func.min(Attempt.sent_at, type_=Attempt.sent_at.type)
    count, since = db.execute(select(func.count(), oldest).where(Attempt.look_at.isnot(None))).one()
    return Unsettled(count, since)


def newest_event(db: Session) -> AuditEvent | None:
    return db.scalar(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1))


def revision(db: Session) -> str:
    """Of the database's form, as Alembic has it."""
    return str(db.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def logins(db: Session, since: datetime) -> Logins:
    of_people = (Login.purpose == Purpose.PASSWORD, Login.opened_at >= since)
    counted = select(func.count(), func.count(Login.completed_at)).where(*of_people)
    started, completed = db.execute(counted).one()
    grouped = select(Login.outcome, Visit.outcome, func.count()).select_from(Login).outerjoin(Login.visit)
    found: Counter[Outcome] = Counter()
    for at_the_door, of_visit, count in db.execute(grouped.where(*of_people).group_by(Login.outcome, Visit.outcome)):
        outcome = of_visit or at_the_door
        if outcome not in _NOT_REFUSED:
            found[outcome] += count
    return Logins(started, completed, found)


def answers(db: Session, since: datetime) -> Mapping[tuple[str, AttemptState], int]:
    """(directory, state) of what was sent by visits that began since then."""
    sent = select(Attempt.directory, Attempt.state, func.count()).join(Visit, Visit.id == Attempt.visit_id)
    sent = sent.where(Visit.opened_at >= since, Attempt.sent_at.isnot(None))
    rows = db.execute(sent.group_by(Attempt.directory, Attempt.state))
    return {(directory, state): count for directory, state, count in rows}


class EventCounts:
    """How many events of each name the trail holds. It only grows, so each is counted once by each process.

    All processes come to the same numbers: what is kept here is only how far this one has counted. Thread-safe.
    """

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._up_to = 0
        self._lock = threading.Lock()

    def now(self, db: Session) -> dict[str, int]:
        """By name. A trail that has become shorter (an older copy was put back) is counted anew."""
        with self._lock:
            newest = db.scalar(select(func.max(AuditEvent.seq))) or 0
            if newest < self._up_to:
                self._counted, self._up_to = Counter(), 0
            between = (AuditEvent.seq > self._up_to, AuditEvent.seq <= newest)
            rows = db.execute(
                select(AuditEvent.name, func.count().label("how_many")).where(*between).group_by(AuditEvent.name)
            )
            self._counted.update({row.name: row.how_many for row in rows})
            self._up_to = newest
            return dict(self._counted)
