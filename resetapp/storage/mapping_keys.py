"""Which key each mapping was made with, and making rows anew under another (`resetapp.rekey`).

Rows of which a person was erased have no index any more and need no key: they are left out everywhere here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, String, Table, bindparam, func, select, update

from resetapp.core.mappings import MappingState, RequestState
from resetapp.storage.database import Session
from resetapp.storage.mapping_seals import REQUEST, ROW, RowSeals, facts_of
from resetapp.storage.mappings import AccountMapping, MappingRequest

_TABLE = cast(Table, AccountMapping.__table__)
_INDEXED = AccountMapping.cpr_index != ""
# Only as it was read: what a login renewed, or an erasure emptied, meanwhile is left as it is then.
_AS_READ = (
    _TABLE.c.id == bindparam("row"),
    _TABLE.c.key_id == bindparam("old_key"),
    _TABLE.c.cpr_index == bindparam("old"),
    _TABLE.c.seal.is_not_distinct_from(bindparam("old_seal", type_=String)),
)
_NEW: dict[str, Any] = {"key_id": bindparam("new_key"), "cpr_index": bindparam("new"), "seal": bindparam("new_seal")}
_RENEW = update(_TABLE).where(*_AS_READ).values(_NEW)
_COLUMNS = [getattr(AccountMapping, name) for name in (*ROW, "seal")]


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
    whole: Any = field(repr=False)  # all that is sealed of it, by the names of its columns, and its `seal`

    @property
    def asks_or_counts(self) -> bool:
        """Then it has a seal; what is over, or was stopped, has none."""
        return self.whole.state in (MappingState.REQUESTED, MappingState.APPROVED)


def tallies(db: Session) -> list[Tally]:
    of, rows, sealed = AccountMapping, func.count(), func.count(AccountMapping.sealed)
    query = select(of.state, of.key_id, rows, sealed).where(_INDEXED).group_by(of.state, of.key_id)
    return [Tally(*row) for row in db.execute(query.order_by(of.key_id, of.state))]


def count_older(db: Session, newest: str) -> int:
    return db.scalar(select(func.count()).where(_INDEXED, AccountMapping.key_id != newest)) or 0


def older(db: Session, newest: str, after: str, most: int) -> list[Older]:
    """The next ones behind the row with the id `after`, in the order of their ids."""
    of = AccountMapping
    query = select(*_COLUMNS).where(_INDEXED, of.key_id != newest, of.id > after)
    found = db.execute(query.order_by(of.id).limit(most))
    return [Older(row.id, row.key_id, row.cpr_index, row.sealed, row) for row in found]


def renew(db: Session, made: Iterable[tuple[Older, str]], newest: str, seals: RowSeals) -> int:
    """Each with its index and its seal under the newest key; the caller has looked at the seal that it had.

    Returns how many were still as they had been read.
    """
    rows: list[dict[str, Any]] = []
    for each, index in made:
        old = {"row": each.id, "old_key": each.key_id, "old": each.cpr_index, "old_seal": each.whole.seal}
        seal = seals.of_row(facts_of(each.whole) | {"key_id": newest, "cpr_index": index})
        rows.append(old | {"new_key": newest, "new": index, "new_seal": seal if each.asks_or_counts else None})
    return cast(CursorResult[Any], db.execute(_RENEW, rows)).rowcount if rows else 0


def renew_requests(db: Session, seals: RowSeals) -> None:
    """Those that somebody may still decide or carry out get their seal under the newest key, if it is one of ours."""
    going_on = MappingRequest.state.in_((RequestState.WAITING, RequestState.APPLYING))
    for asked in db.scalars(select(MappingRequest).where(going_on).with_for_update()):
        if seals.fits_request(asked):
            asked.seal = seals.of_request(facts_of(asked, REQUEST))
