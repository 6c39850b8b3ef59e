"""Notices that wait to be sent: written with the change they tell of, claimed by one sender at a time.

A claim is a lease. A process that dies between its claim and `sent` leaves the notice to the next sender when the lease
is over: told twice at the worst, which a second mail with the same Message-ID is, rather than never. Address and
language go as soon as it has been sent or given up; the row stays, so that no late answer of a directory
brings a second notice about the same change.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from resetapp.core.codes import LINK
from resetapp.storage.tables import Attempt, Login, Table, Visit, words

LEASE = timedelta(minutes=5)  # much longer than a conversation with a mail server may take
GIVE_UP_AFTER = timedelta(days=2)
FORGET_AFTER = GIVE_UP_AFTER + timedelta(days=1)  # nobody sends any more: mail was switched off meanwhile
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
_AT_ONCE, _STEP = 100, timedelta(seconds=0.2)  # of an import: 50 000 in three hours; what is urgent waits for none
_ROUND = 500  # rows asked for in one query


class MailKind(StrEnum):
    CHANGED = "changed"
    PRESUMED = "presumed"  # the directory shows a change in our window; the answer itself was lost
    UNLOCKED = "unlocked"
    UNLOCKED_BY_SUPPORT = "unlocked_by_support"
    CODE_ISSUED = "code_issued"  # support holds an activation code for the account
    MAPPING_REQUESTED = "mapping_requested"  # somebody wants a CPR number tied to the account
    MAPPING_APPROVED = "mapping_approved"
    MAPPING_USED = "mapping_used"  # for the first time


class MailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"
    WEBHOOK = "webhook"


class Receiver(NamedTuple):
    """`address`: a mailbox, or a number in the form of E.164; None for the webhook, of which there is one."""

    channel: Channel
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a notice tells. `person`: the fingerprint of the owner; "" = not known, or nobody may be tied to it."""

    kind: MailKind
    directory: str
    username: str
    happened_at: datetime
    reference: str = ""
    person: str = ""
    attempt_id: str | None = None
    mapping_id: str | None = None
    starts_at: datetime | None = None


Told: TypeAlias = tuple[About, Collection[Receiver]]


class OutboxMail(Table):
    """One notice to one address about one thing that was done."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # the left part of its Message-ID
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    mapping_id: Mapped[str | None] = mapped_column(String(32))  # of a CPR number that is tied to an account
    number: Mapped[int]  # among all that are told of it
    channel: Mapped[Channel] = mapped_column(words(Channel, 8), default=Channel.MAIL, server_default="mail")
    change: Mapped[MailKind] = mapped_column(words(MailKind, 24))
    directory: Mapped[str] = mapped_column(String(60), server_default="")
    username: Mapped[str] = mapped_column(String(256), server_default="")
    reference: Mapped[str] = mapped_column(String(9), default="", server_default="")
    person: Mapped[str] = mapped_column(String(64), default="", server_default="", index=True)  # keyed fingerprint
    happened_at: Mapped[datetime]
    starts_at: Mapped[datetime | None]  # of a mapping: not before
    state: Mapped[MailState] = mapped_column(words(MailState, 8), default=MailState.QUEUED)
    address: Mapped[str | None] = mapped_column(String(254))  # until it is sent or given up
    language: Mapped[str | None] = mapped_column(String(2))  # as above; "" = not known
    queued_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]  # when a sender may claim it; None: it is done
    claim: Mapped[str | None] = mapped_column(String(32))  # the sender's own; nobody else may say what became of it
    ended_at: Mapped[datetime | None]

    attempt: Mapped[Attempt | None] = relationship(lazy="joined", viewonly=True)

    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        UniqueConstraint("mapping_id", "change", "number"),
        Index("ix_outbox_due", "channel", "next_at"),
    )

    @property
    def by_code(self) -> bool:
        """Was it an activation code that opened the page, and no login?"""
        return self.attempt is not None and self.attempt.link.startswith(LINK)


def of_attempt(db: Session, attempt_id: str, kind: MailKind, now: datetime) -> About:
    """As the attempt stands in this transaction. Its visit must be held. Raises NoResultFound."""
    facts = (Attempt.directory, Attempt.username, Attempt.person, Attempt.settled_at, Login.reference)
    query = select(*facts).join(Attempt.visit).join(Visit.login).where(Attempt.id == attempt_id)
    found = db.execute(query).one()
    return About(
        kind=kind,
        directory=found.directory,
        username=found.username,
        happened_at=found.settled_at or now,
        reference=found.reference,
        person=found.person,
        attempt_id=attempt_id,
    )


def put(db: Session, about: About, receivers: Collection[Receiver], language: str, now: datetime) -> int:
    """One notice for each; none when there are some about the same already. Returns how many have an address."""
    return 0 if _told(db, about) else _write(db, [(about, receivers)], language, now)


def put_many(db: Session, told: Iterable[Told], language: str, now: datetime, already: int = 0) -> int:
    """Of mappings alone, each once; the first hundred at once, then a few a second. Returns as `put` does.

    `already`: so many of the same import were put in other transactions shortly before.
    """
    waiting, put, earlier = iter(told), 0, already
    while part := list(islice(waiting, _ROUND)):
        known = _known(db, [about for about, _ in part])
        fresh = [each for each in part if (each[0].mapping_id, each[0].kind) not in known]
        put += _write(db, fresh, language, now, earlier)
        earlier += len(fresh)
    return put


def _told(db: Session, about: About) -> bool:
    if about.attempt_id:
        same = OutboxMail.attempt_id == about.attempt_id
    elif about.mapping_id:
        same = (OutboxMail.mapping_id == about.mapping_id) & (OutboxMail.change == about.kind)
    else:
        return False  # what support did, it did each time
    return db.scalar(select(OutboxMail.id).where(same).limit(1)) is not None


def _known(db: Session, asked: Sequence[About]) -> frozenset[tuple[str | None, MailKind]]:
    ids = [about.mapping_id for about in asked]
    query = select(OutboxMail.mapping_id, OutboxMail.change).where(OutboxMail.mapping_id.in_(ids)).distinct()
    return frozenset((row.mapping_id, row.change) for row in db.execute(query))


def _write(db: Session, told: Iterable[Told], language: str, now: datetime, earlier: int = 0) -> int:
    """`earlier`: so many have been written of the same import."""
    rows = []
    for place, (about, receivers) in enumerate(told, start=earlier + 1):
        due = {"queued_at": now, "next_at": now + max(0, place - _AT_ONCE) * _STEP}
        rows += [row | due for row in _rows(about, receivers, language)]
    if rows:
        db.execute(insert(OutboxMail), rows)
    return sum(row["address"] is not None for row in rows)


def _rows(about: About, receivers: Collection[Receiver], language: str) -> Iterator[dict[str, Any]]:
    for number, (channel, address) in enumerate(receivers, start=1):
        yield {
            "id": secrets.token_hex(16),
            "attempt_id": about.attempt_id,
            "mapping_id": about.mapping_id,
            "number": number,
            "channel": channel,
            "change": about.kind,
            "directory": about.directory,
            "username": about.username,
            "reference": about.reference,
            "person": about.person,
            "happened_at": about.happened_at,
            "starts_at": about.starts_at,
            "address": address,
            "language": language,
        }


def is_due(db: Session, now: datetime, channel: Channel) -> bool:
    """Asked first: a claim takes the write lock, and nearly always nothing is due."""
    due = (OutboxMail.channel == channel) & (OutboxMail.next_at <= now)
    return db.scalar(select(OutboxMail.id).where(due).limit(1)) is not None


def claim(db: Session, now: datetime, channel: Channel) -> OutboxMail | None:
    """What has been due longest, for this caller alone until LEASE is over; None when nothing is due."""
    due = (OutboxMail.channel == channel) & (OutboxMail.next_at <= now)
    query = select(OutboxMail).where(due).order_by(OutboxMail.next_at).limit(1)
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


def delete_old(db: Session, before: datetime) -> None:
    """Those about no attempt. The others go with their login."""
    db.execute(delete(OutboxMail).where(OutboxMail.attempt_id.is_(None), OutboxMail.queued_at < before))


# ---- looking


def told_about(db: Session, attempt_ids: Collection[str]) -> dict[str, frozenset[Channel]]:
    """By which ways the owner is told of each of these attempts: what waits to be sent, or has been."""
    query = select(OutboxMail.attempt_id, OutboxMail.channel).where(OutboxMail.attempt_id.in_(attempt_ids))
    query = query.where(OutboxMail.channel.in_((Channel.MAIL, Channel.SMS)), OutboxMail.state != MailState.GIVEN_UP)
    found: dict[str, frozenset[Channel]] = {}
    for row in db.execute(query):
        found[row.attempt_id] = found.get(row.attempt_id, frozenset()) | {row.channel}
    return found


def of_person(db: Session, person: str) -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.person == person)
    return list(db.scalars(query.order_by(OutboxMail.queued_at, OutboxMail.id)))


def erase_person(db: Session, person: str) -> int:
    """What is done goes. What waits stays until it is sent, or a thief could have the notice stopped by asking to be
    erased. Returns how many wait.
    """
    mine = OutboxMail.person == person
    db.execute(delete(OutboxMail).where(mine, OutboxMail.next_at.is_(None)))
    return len(list(db.scalars(select(OutboxMail.id).where(mine))))
