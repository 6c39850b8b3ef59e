"""Mails that wait to be sent: written with the change they tell of, claimed by one sender at a time.

A claim is a lease. A process that dies between its claim and `sent` leaves the mail to the next sender when the lease
is over: told twice at the worst, which a second mail with the same Message-ID is, rather than never. Address and
language go as soon as the mail has been sent or given up; the row stays, so that no late answer of a directory
brings a second mail about the same change.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from resetapp.storage.tables import Attempt, Table, Visit, words

LEASE = timedelta(minutes=5)  # much longer than a conversation with a mail server may take
GIVE_UP_AFTER = timedelta(days=2)
FORGET_AFTER = GIVE_UP_AFTER + timedelta(days=1)  # nobody sends any more: mail was switched off meanwhile
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


class MailKind(StrEnum):
    CHANGED = "changed"
    PRESUMED = "presumed"  # the directory shows a change in our window; the answer itself was lost
    UNLOCKED = "unlocked"


class MailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    GIVEN_UP = "given_up"


class OutboxMail(Table):
    """One mail to one address about what was done by one attempt."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # the left part of its Message-ID
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    number: Mapped[int]  # among the addresses of the account
    change: Mapped[MailKind] = mapped_column(words(MailKind, 8))
    state: Mapped[MailState] = mapped_column(words(MailState, 8), default=MailState.QUEUED)
    address: Mapped[str | None] = mapped_column(String(254))  # until it is sent or given up
    language: Mapped[str | None] = mapped_column(String(2))  # as above
    queued_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(index=True)  # when a sender may claim it; None: it is done
    claim: Mapped[str | None] = mapped_column(String(32))  # the sender's own; nobody else may say what became of it
    ended_at: Mapped[datetime | None]

    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (UniqueConstraint("attempt_id", "number"),)


_WITH_LOGIN = (
    joinedload(OutboxMail.attempt, innerjoin=True)
    .joinedload(Attempt.visit, innerjoin=True)
    .joinedload(Visit.login, innerjoin=True)
)


def put(
    db: Session, attempt_id: str, kind: MailKind, addresses: Iterable[str], language: str, now: datetime
) -> list[OutboxMail]:
    """One mail for each address; none when there are some about this attempt already. Its visit must be held."""
    if db.scalar(select(OutboxMail.id).where(OutboxMail.attempt_id == attempt_id).limit(1)):
        return []
    made = [
        OutboxMail(
            id=secrets.token_hex(16),
            attempt_id=attempt_id,
            number=number,
            change=kind,
            address=address,
            language=language,
            queued_at=now,
            next_at=now,
        )
        for number, address in enumerate(addresses, start=1)
    ]
    db.add_all(made)
    db.flush()
    return made


def is_due(db: Session, now: datetime) -> bool:
    """Asked first: a claim takes the write lock, and nearly always nothing is due."""
    return db.scalar(select(OutboxMail.id).where(OutboxMail.next_at <= now).limit(1)) is not None


def claim(db: Session, now: datetime) -> OutboxMail | None:
    """The mail that has been due longest, for this caller alone until LEASE is over; None when none is due."""
    query = (
        select(OutboxMail).where(OutboxMail.next_at <= now).order_by(OutboxMail.next_at).limit(1).options(_WITH_LOGIN)
    )
    mail = db.scalar(query.with_for_update(of=OutboxMail, skip_locked=True))
    if mail is None:
        return None
    mail.claim, mail.next_at = secrets.token_hex(16), now + LEASE
    mail.tries += 1
    return mail


def end(db: Session, claimed: OutboxMail, state: MailState, now: datetime) -> bool:
    """SENT or GIVEN_UP, and the address erased. False when the claim has passed to somebody else."""
    mail = _held(db, claimed)
    if mail is not None:
        _close(mail, state, now)
    return mail is not None


def put_off(db: Session, claimed: OutboxMail, now: datetime) -> bool:
    """Another try after a pause, each longer than the last. False when the two days are over, or the claim has passed
    to somebody else.
    """
    mail = _held(db, claimed)
    last = claimed.queued_at + GIVE_UP_AFTER
    if mail is None or now >= last:
        return False
    mail.next_at, mail.claim = min(now + pause_after(mail.tries), last), None
    return True


def pause_after(tries: int) -> timedelta:
    """1, 3, 9, 27, 81 minutes, 4 hours, and from then on every 6 hours."""
    return min(_FIRST_PAUSE * int(3 ** min(tries - 1, 10)), _LONGEST_PAUSE)


def _held(db: Session, claimed: OutboxMail) -> OutboxMail | None:
    query = select(OutboxMail).where(OutboxMail.id == claimed.id, OutboxMail.claim == claimed.claim)
    return db.scalar(query.with_for_update(of=OutboxMail).execution_options(populate_existing=True))


def _close(mail: OutboxMail, state: MailState, now: datetime) -> None:
    mail.state, mail.ended_at = state, now
    mail.address = mail.language = mail.claim = mail.next_at = None


def forget(db: Session, now: datetime) -> int:
    """Erase the addresses of mails that nobody has sent or given up in time. Returns how many."""
    late = OutboxMail.next_at.isnot(None) & (OutboxMail.queued_at < now - FORGET_AFTER)
    found = list(db.scalars(select(OutboxMail).where(late)))
    for mail in found:
        _close(mail, MailState.GIVEN_UP, now)
    return len(found)


# ---- looking


def told_about(db: Session, attempt_ids: Collection[str]) -> frozenset[str]:
    """Those of these attempts about which a mail is on its way or has been sent."""
    query = select(OutboxMail.attempt_id).where(OutboxMail.attempt_id.in_(attempt_ids))
    return frozenset(db.scalars(query.where(OutboxMail.state != MailState.GIVEN_UP)))


def of_person(db: Session, person: str) -> list[OutboxMail]:
    query = select(OutboxMail).join(Attempt).where(Attempt.person == person)
    return list(db.scalars(query.order_by(OutboxMail.queued_at, OutboxMail.id)))


def erase_person(db: Session, person: str) -> int:
    """What is done goes. What waits stays until it is sent, or a thief could have the notice stopped by asking to be
    erased. Returns how many wait.
    """
    mine = OutboxMail.attempt_id.in_(select(Attempt.id).where(Attempt.person == person))
    db.execute(delete(OutboxMail).where(mine, OutboxMail.next_at.is_(None)))
    return len(list(db.scalars(select(OutboxMail.id).where(mine))))
