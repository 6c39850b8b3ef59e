"""Which key each mapping was made with, and making rows anew under another (`resetapp.rekey`).

Rows of which a person was erased have no index any more and need no key: they are left out everywhere here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, Table, bindparam, func, select, update

from resetapp.core.mappings import MappingState
from resetapp.storage.database import Session
from resetapp.storage.mappings import AccountMapping

_TABLE = cast(Table, AccountMapping.__table__)
_INDEXED = AccountMapping.cpr_index != ""
# Only as it was read: what a login renewed, or an erasure emptied, meanwhile is left as it is then.
_AS_READ = (
    _TABLE.c.id == bindparam("row"),
    _TABLE.c.key_id == bindparam("old_key"),
    _TABLE.c.cpr_index == bindparam("old"),
)
_RENEW = update(_TABLE).where(*_AS_READ).values(key_id=bindparam("new_key"), cpr_index=bindparam("new"))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows are in one state and under one key; `sealed`: how many of them the offline key may open."""

    state: MappingState
    key_id: str
    rows: int
    sealed: int


@dataclass(frozen=True, slots=True)
class Older:
    """A row that was made with an older key."""

    id: str
    key_id: str
    cpr_index: str = field(repr=False)
    sealed: bytes | None = field(repr=False)


def tallies(db: Session) -> list[Tally]:
    of, rows, sealed = AccountMapping, func.count(), func.count(AccountMapping.sealed)
    query = select(of.state, of.key_id, rows, sealed).where(_INDEXED).group_by(of.state, of.key_id)
    return [Tally(*row) for row in db.execute(query.order_by(of.key_id, of.state))]


def count_older(db: Session, newest: str) -> int:
    return db.scalar(select(func.count()).where(_INDEXED, AccountMapping.key_id != newest)) or 0


def older(db: Session, newest: str, after: str, most: int) -> list[Older]:
    """The next ones behind the row with the id `after`, in the order of their ids."""
    of = AccountMapping
    query = select(of.id, of.key_id, of.cpr_index, of.sealed).where(_INDEXED, of.key_id != newest, of.id > after)
    return [Older(*row) for row in db.execute(query.order_by(of.id).limit(most))]


def renew(db: Session, made: Iterable[tuple[Older, str]], newest: str) -> int:
    """Each with its index under the newest key. Returns how many were still as they had been read."""
    rows: list[dict[str, Any]] = [
        {"row": each.id, "old_key": each.key_id, "old": each.cpr_index, "new_key": newest, "new": index}
        for each, index in made
    ]
    return cast(CursorResult[Any], db.execute(_RENEW, rows)).rowcount if rows else 0
