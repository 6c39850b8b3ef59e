"""Deleting what has been kept long enough (GDPR article 5(1)(e))."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from resetapp.core.event import Kind
from resetapp.core.outcomes import Outcome
from resetapp.storage import codes, mappings, outbox, readiness
from resetapp.storage.audit import Journal
from resetapp.storage.logins import end
from resetapp.storage.persons import NOBODY
from resetapp.storage.tables import Count, Login, NoticeRow, SeenMessage, Visit

LEAST_MONTHS = {Kind.LOGIN: 6, Kind.LOOK: 6, Kind.CHANGE: 12}  # security.md L-06
READINESS_MONTHS = 12  # a year ago was the same start of term
_MONTH = timedelta(days=31)
_UNUSED_LOGIN = timedelta(days=1)
_COUNTS = timedelta(days=2)
_HUBS_NAMES = timedelta(days=1)  # its names for an ended login serve nothing: the hub forgets them after 8 hours


def longest_months(months: int) -> int:
    """How long the last of what is kept about anybody stays, where the settings say `months`: what people are told."""
    return max(months, *LEAST_MONTHS.values())


def oldest(db: Session) -> datetime | None:
    """When the oldest login on record was begun; None when there is none."""
    return db.scalar(select(Login.opened_at).order_by(Login.opened_at).limit(1))


def prune(db: Session, months: int, now: datetime, journal: Journal) -> int:
    """End logins that nobody came back to; forget the addresses of mails that nobody sent; delete used-up counters,
    message ids, notices and old counts of accounts, trips that never came back, logins that were erased while a request
    may have been at work on them, and everything older than `months`. The audit trail's facts go with them, but not
    before the least time that such events are kept; its chain stays.

    Returns the number of logins deleted; their visits and attempts go with them.
    """
    for login in db.scalars(select(Login).where(Login.ended_at.is_(None), Login.ends_at < now)):
        end(db, login, Outcome.EXPIRED, now)  # never came back to be told so: names and account lists go all the same
    outbox.forget(db, now)
    forgotten = {"name_id": None, "name_qualifier": None, "sp_name_qualifier": None, "session_index": None}
    db.execute(update(Login).where(Login.ended_at < now - _HUBS_NAMES).values(forgotten))
    db.execute(delete(SeenMessage).where(SeenMessage.expires_at < now))
    db.execute(delete(Count).where(Count.at < now - _COUNTS))
    db.execute(delete(NoticeRow).where(NoticeRow.ends_at < now))
    old = Login.opened_at < now - _MONTH * months
    unused = (Login.completed_at.is_(None)) & (Login.reason == "") & (Login.opened_at < now - _UNUSED_LOGIN)
    nobodys = Login.visit.has(Visit.person == NOBODY) & (Login.opened_at < now - _UNUSED_LOGIN)
    mappings.prune(db, now - _MONTH * longest_months(months))
    readiness.prune(db, now - _MONTH * READINESS_MONTHS)
    codes.prune(db, now - _MONTH * longest_months(months), now)
    journal.erase_old(db, {kind: now - _MONTH * max(months, least) for kind, least in LEAST_MONTHS.items()})
    outbox.delete_old(db, now - _MONTH * months)
    ids = list(db.scalars(select(Login.id).where(old | unused | nobodys)))
    for start in range(0, len(ids), 500):
        db.execute(delete(Login).where(Login.id.in_(ids[start : start + 500])))
    return len(ids)
