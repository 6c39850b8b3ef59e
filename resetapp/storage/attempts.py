"""Attempts: READY → SENDING → SET | REFUSED | UNKNOWN | NOT_SET, each step committed before the next is taken."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from resetapp.core.accounts import AccountKey
from resetapp.core.outcomes import AttemptState, OutcomeUnknown, PasswordRefused, PasswordSet, Refusal, ResetOutcome
from resetapp.storage.tables import Attempt, Visit
from resetapp.trouble import AlreadySent

STALE_AFTER = timedelta(minutes=3)  # longer than all time-outs of a directory together: its process must have died


def open_attempt(db: Session, visit: Visit, key: AccountKey, username: str, now: datetime) -> Attempt:
    """A READY attempt for one showing of the password page."""
    attempt = Attempt(
        id=secrets.token_urlsafe(18),
        number=len(visit.attempts) + 1,
        person=visit.person,
        directory=key.directory,
        entry_id=key.entry_id,
        username=username[:256],
        state=AttemptState.READY,
        reasons=[],
        ready_at=now,
    )
    visit.attempts.append(attempt)
    db.flush()
    return attempt


def claim(db: Session, attempt_id: str, now: datetime) -> None:
    """READY → SENDING, once, on whichever worker. Raises AlreadySent for everyone else (security.md 2.8).

    Two tabs with two attempts on one account collide on the unique index and are told the same.
    """
    give_up_stale(db, now)
    try:
        with db.begin_nested():
            won = db.execute(
                update(Attempt)
                .where(Attempt.id == attempt_id, Attempt.state == AttemptState.READY)
                .values(state=AttemptState.SENDING, sent_at=now)
            )
    except IntegrityError:
        raise AlreadySent("account_busy") from None
    if won.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadySent("attempt_used")


def give_up_stale(db: Session, now: datetime) -> None:
    """A SENDING row that nobody can still be working on was left by a dead process: what became of it is unknown."""
    stale = (Attempt.state == AttemptState.SENDING) & (Attempt.sent_at < now - STALE_AFTER)
    db.execute(update(Attempt).where(stale).values(state=AttemptState.UNKNOWN))


def refuse(db: Session, attempt_id: str, refused: PasswordRefused, now: datetime) -> None:
    """READY → REFUSED by our own rules. Raises AlreadySent when another click has sent this attempt meanwhile:
    what the directory answers to that one must not be overwritten.
    """
    _move(db, attempt_id, (AttemptState.READY,), AttemptState.REFUSED, refused.reasons, now)


def record(db: Session, attempt_id: str, outcome: ResetOutcome, now: datetime) -> None:
    """Write down what the directory answered; an answer later than STALE_AFTER still counts. Raises AlreadySent."""
    sent = (AttemptState.SENDING, AttemptState.UNKNOWN)
    match outcome:
        case PasswordSet():
            _move(db, attempt_id, sent, AttemptState.SET, (), now)
        case PasswordRefused(reasons):
            _move(db, attempt_id, sent, AttemptState.REFUSED, reasons, now)
        case OutcomeUnknown():
            _move(db, attempt_id, sent, AttemptState.UNKNOWN, (), None)


def not_set(db: Session, attempt_id: str, now: datetime) -> None:
    """It failed before anything was sent."""
    _move(db, attempt_id, (AttemptState.SENDING, AttemptState.UNKNOWN), AttemptState.NOT_SET, (), now)


def _move(
    db: Session,
    attempt_id: str,
    before: tuple[AttemptState, ...],
    after: AttemptState,
    reasons: tuple[Refusal, ...],
    settled_at: datetime | None,
) -> None:
    moved = db.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state.in_(before))
        .values(state=after, reasons=[str(reason) for reason in reasons], settled_at=settled_at)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadySent("attempt_moved_on")


def is_stale(attempt: Attempt, now: datetime) -> bool:
    return (
        attempt.state == AttemptState.SENDING and attempt.sent_at is not None and now - attempt.sent_at >= STALE_AFTER
    )


def sets_of_person(db: Session, person: str, since: datetime) -> list[datetime]:
    """When this person's passwords were set since then, oldest first."""
    return _sets(db, since, Attempt.person == person)


def sets_of_account(db: Session, key: AccountKey, since: datetime) -> list[datetime]:
    return _sets(db, since, Attempt.directory == key.directory, Attempt.entry_id == key.entry_id)


def _sets(db: Session, since: datetime, *conditions: ColumnElement[bool]) -> list[datetime]:
    query = select(Attempt.settled_at).where(*conditions, Attempt.state == AttemptState.SET, Attempt.settled_at > since)
    return [moment for moment in db.scalars(query.order_by(Attempt.settled_at)) if moment]


def refusals_of(visit: Visit) -> int:
    return sum(attempt.state == AttemptState.REFUSED for attempt in visit.attempts)
