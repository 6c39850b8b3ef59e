"""Reading the audit trail by what is wanted of it, in pages that do not shift while it grows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from resetapp.core.events import EVENTS
from resetapp.core.limit_events import LimitReached
from resetapp.storage.database import Database
from resetapp.storage.tables import AuditEvent

_BATCH = 1000
_BY_STAFF = tuple(name for name in EVENTS if name.startswith(("staff.", LimitReached.name)))


@dataclass(frozen=True, slots=True)
class Filter:
    """Everything that is given must hold. `until` is not part of it. `username`: of the staff who did it."""

    name: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reference: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `older`, `newer`: whether there is more on that side."""

    events: tuple[AuditEvent, ...]
    older: bool = False
    newer: bool = False


def page(db: Session, wanted: Filter, size: int, before: int | None = None, after: int | None = None) -> Page:
    """Those just before or just after this number; of neither, the newest. A short first page is filled up."""
    query = _matching(wanted)
    if after is not None:
        later = list(db.scalars(query.where(AuditEvent.seq > after).order_by(AuditEvent.seq).limit(size + 1)))
        if len(later) > size:
            return Page(tuple(reversed(later[:size])), older=_any(db, query, later[0].seq), newer=True)
        before = None
    below = query if before is None else query.where(AuditEvent.seq < before)
    found = list(db.scalars(below.order_by(AuditEvent.seq.desc()).limit(size + 1)))
    newer = before is not None and db.scalar(query.where(AuditEvent.seq >= before).limit(1)) is not None
    return Page(tuple(found[:size]), older=len(found) > size, newer=newer)


def _any(db: Session, query: Select[AuditEvent], before: int) -> bool:
    return db.scalar(query.where(AuditEvent.seq < before).limit(1)) is not None


def every(database: Database, wanted: Filter) -> Iterator[AuditEvent]:
    """In their order, up to the newest at the start. Many short looks, so that a slow reader holds up nothing."""
    with database.reading() as db:
        last = db.scalar(select(func.max(AuditEvent.seq))) or 0
    query, seq = _matching(wanted).where(AuditEvent.seq <= last).order_by(AuditEvent.seq).limit(_BATCH), 0
    while True:
        with database.reading() as db:
            batch = list(db.scalars(query.where(AuditEvent.seq > seq)))
        yield from batch
        if len(batch) < _BATCH:
            return
        seq = batch[-1].seq


def _matching(wanted: Filter) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if wanted.name:
        query = query.where(AuditEvent.name == wanted.name)
    if wanted.since:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditEvent.at < wanted.until)
    if wanted.reference:
        query = query.where(AuditEvent.reference == wanted.reference)
    if wanted.username:
        query = query.where(AuditEvent.name.in_(_BY_STAFF), _named(wanted.username))
    return query


def _named(username: str) -> ColumnElement[bool]:
    """By the facts' own text, where no value holds a bare quotation mark: none is taken for this key."""
    told = f'"username":{json.dumps(username, ensure_ascii=False)}'
    in_small = func.lower(AuditEvent.facts).contains(told.lower(), autoescape=True)
    return or_(AuditEvent.facts.contains(told, autoescape=True), in_small)
