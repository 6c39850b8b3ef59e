"""The list of mappings as it is read: by pages, by username, and whole."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from resetapp.core.mappings import MappingState
from resetapp.storage.database import Database
from resetapp.storage.mapping_start import is_untold, starts
from resetapp.storage.mappings import AccountMapping
from resetapp.storage.outbox import MailKind, MailState, OutboxMail

_ON_THE_LIST = AccountMapping.state.in_((MappingState.APPROVED, MappingState.FROZEN))
_ROUND = 2000  # rows read at a time, of an export


def held(db: Session, now: datetime, cool_down: timedelta, start: int, most: int) -> list[AccountMapping]:
    """Those that are approved or frozen: the frozen ones first, then those that do not count yet, then by username."""
    waits = or_(AccountMapping.active_from > now, is_untold(now, cool_down))
    rank = case((AccountMapping.state == MappingState.FROZEN, 0), (waits, 1), else_=2)
    query = _whole().where(_ON_THE_LIST).order_by(rank, AccountMapping.username, AccountMapping.id)
    return list(db.scalars(query.offset(start).limit(most)))


def count(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(AccountMapping).where(_ON_THE_LIST)) or 0


def named(db: Session, username: str, most: int) -> list[AccountMapping]:
    """Everything there is of this username, large and small letters alike; the newest first."""
    query = _whole().where(_is(username)).order_by(AccountMapping.requested_at.desc(), AccountMapping.id)
    return list(db.scalars(query.limit(most)))


def _whole() -> Select[AccountMapping]:
    return select(AccountMapping).options(joinedload(AccountMapping.request))


def _is(username: str) -> ColumnElement[bool]:
    """SQLite's lower() knows a to z alone: æ, ø and å are compared as they were typed."""
    return or_(AccountMapping.username == username, func.lower(AccountMapping.username) == username.lower())


def told(db: Session, ids: Collection[str], kind: MailKind) -> dict[str, int]:
    """Mapping's id → to how many addresses of its owner this is written, or was."""
    query = select(OutboxMail.mapping_id, func.count()).where(
        OutboxMail.mapping_id.in_(ids), OutboxMail.change == kind, OutboxMail.state != MailState.GIVEN_UP
    )
    return {str(ident): number for ident, number in db.execute(query.group_by(OutboxMail.mapping_id))}


def rows_of(db: Session, request_id: str, most: int) -> list[AccountMapping]:
    """Of a request, whatever has become of them."""
    query = _whole().where(AccountMapping.request_id == request_id)
    return list(db.scalars(query.order_by(AccountMapping.username, AccountMapping.id).limit(most)))


@dataclass(frozen=True, slots=True)
class Exported:
    """What may leave the house of a mapping: neither its index nor what is sealed."""

    directory: str
    username: str
    entry_id: str
    state: MappingState
    requested_by: str
    requested_at: datetime
    approved_by: str
    active_from: datetime | None
    first_used_at: datetime | None
    ended_at: datetime | None


def every(database: Database, cool_down: timedelta) -> Iterator[Exported]:
    """The whole list, a part in each of many short looks: who downloads slowly holds nothing up."""
    last = ""
    while part := _part(database, last):
        with database.reading() as db:
            begun = starts(db, part, cool_down)
        for each in part:
            asked = each.request
            yield Exported(
                *(each.directory, each.username, each.entry_id, each.state, asked.requester, asked.requested_at),
                *(asked.decider, begun[each.id].at, each.first_used_at, each.ended_at),
            )
        last = part[-1].id


def _part(database: Database, last: str) -> list[AccountMapping]:
    query = _whole().where(_ON_THE_LIST, AccountMapping.id > last).order_by(AccountMapping.id).limit(_ROUND)
    with database.reading() as db:
        return list(db.scalars(query))
