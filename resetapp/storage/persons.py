"""What is kept about one person, found by the keyed fingerprint of the CPR number, and erased as far as it may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from resetapp.core.outcomes import Outcome
from resetapp.storage import mappings, outbox
from resetapp.storage.attempts import STALE_AFTER
from resetapp.storage.audit import Journal
from resetapp.storage.logins import end
from resetapp.storage.tables import Attempt, Count, Login, StaffLogin, Visit

NOBODY = ""  # in the place of a fingerprint: the visit is nobody's any more, and goes with the next `retention.prune`


@dataclass(frozen=True, slots=True)
class Erased:
    """Numbers of rows. `kept` logins are emptied of all but the proof of the changes made in them."""

    ended: int  # logins that were going on; they are among the following two
    logins: int
    kept: int
    changes: int  # attempts that were sent to a directory; they stay
    unsettled: int  # of these, those whose end is not known yet
    counts: int
    mails: int = 0  # that wait to be sent; they stay until then
    events: int = 0  # of the audit trail, whose facts went
    mappings: int = 0  # of their number to an account, which are over and do not tell whose they were

    @property
    def nothing(self) -> bool:
        return not (self.logins or self.kept or self.counts or self.events or self.mappings)


def visits_of(db: Session, person: str) -> list[Visit]:
    """With their logins and attempts, the oldest first."""
    query = select(Visit).where(Visit.person == person).options(selectinload(Visit.attempts))
    return list(db.scalars(query.order_by(Visit.opened_at, Visit.id)))


def staff_logins_of(db: Session, person: str) -> list[StaffLogin]:
    """To the console. They are no part of an erasure: what somebody did in their work stays on record."""
    query = select(StaffLogin).where(StaffLogin.person == person).order_by(StaffLogin.login_id)
    return list(db.scalars(query))


def counts_of(db: Session, person: str) -> list[Count]:
    return list(db.scalars(select(Count).where(Count.subject == person).order_by(Count.at, Count.id)))


def erase(db: Session, person: str, now: datetime, journal: Journal, indexes: Mapping[str, str]) -> Erased:
    """End what goes on, then delete everything but the proof of what was sent to a directory (GDPR 17(3)(b) and (e)).

    The visits are held first, so that no other worker sends, chooses or logs out in the middle. A request may still be
    at work on a login that goes on or has just ended: its rows are emptied and made nobody's instead of deleted, for
    SQLite gives the number of a deleted row to the next person's, and the request would go on with that.
    """
    held = _held(db, person)
    going_on = [visit for visit in held if visit.login.ended_at is None]
    for visit in going_on:
        end(db, visit.login, Outcome.LEFT, now)
    db.execute(delete(Attempt).where(Attempt.person == person, Attempt.sent_at.is_(None)))
    proven = set(db.scalars(select(Attempt.visit_id).where(Attempt.person == person)))
    at_work = {visit.id for visit in held if visit.login.ended_at and now - visit.login.ended_at < STALE_AFTER}
    for visit in held:
        _empty(visit)
        if visit.id in at_work - proven:
            visit.person = NOBODY
    db.flush()
    db.execute(update(Login).where(Login.replaces_id.in_([visit.login_id for visit in held])).values(replaces_id=None))
    gone = [visit.login_id for visit in held if visit.id not in at_work | proven]
    db.execute(delete(Login).where(Login.id.in_(gone)))
    counts = db.execute(delete(Count).where(Count.subject == person))
    return Erased(
        ended=len(going_on),
        logins=len(held) - len(proven),
        kept=len(proven),
        changes=_close_marks(db, person),
        unsettled=_unsettled(db, person),
        counts=counts.rowcount,  # type: ignore[attr-defined]
        mails=outbox.erase_person(db, person),
        mappings=mappings.erase_person(db, indexes, now),
        events=journal.erase_person(db, person),
    )


def _held(db: Session, person: str) -> list[Visit]:
    query = select(Visit).where(Visit.person == person).order_by(Visit.id).with_for_update(of=Visit)
    return list(db.scalars(query.execution_options(populate_existing=True)))


def _empty(visit: Visit) -> None:
    """What is left names no person but by the fingerprint, and opens nothing."""
    visit.candidates, visit.not_asked, visit.chosen = [], [], []
    login = visit.login
    login.token_hash = login.replaces_id = None
    login.display_name = ""
    login.issuer = login.name_id = login.name_id_format = None
    login.name_qualifier = login.sp_name_qualifier = login.session_index = None


def _close_marks(db: Session, person: str) -> int:
    """A settled attempt is compared with nothing any more. Returns how many attempts stay."""
    db.execute(update(Attempt).where(Attempt.person == person, Attempt.look_at.is_(None)).values(mark=None))
    return db.scalar(select(func.count()).select_from(Attempt).where(Attempt.person == person)) or 0


def _unsettled(db: Session, person: str) -> int:
    """Never erased: while one is open, nothing else may be sent to its account (docs/decisions/0016)."""
    query = select(func.count()).select_from(Attempt).where(Attempt.person == person, Attempt.look_at.isnot(None))
    return db.scalar(query) or 0
