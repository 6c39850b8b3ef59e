"""The list of mappings, thousands of rows at a time: prepared statements, no objects, and no long transaction.

A file's rows lie in `mapping` as REQUESTED while it is checked and waits, which counts for nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Row, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from resetapp.core.accounts import AccountKey
from resetapp.core.mappings import MappingState, RequestKind, RequestState
from resetapp.storage.mapping_seals import ROW, RowSeals, facts_of
from resetapp.storage.mappings import LIVE, AccountMapping, MappingRequest

TOGETHER = 500  # rows of one transaction: others wait a tenth of a second for it, and give up after five
STOPPED_AFTER = timedelta(minutes=5)  # nobody has touched it for so long: the process at work has died

_TABLE = cast(Table, AccountMapping.__table__)
_SEALED = select(*(_TABLE.c[name] for name in (*ROW, "seal")))
_ACTIVATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row"))
    .values(state=MappingState.APPROVED, active_from=bindparam("at"), seal=bindparam("made"))
)
_IS_WORKED_ON = (RequestState.CHECKING, RequestState.APPLYING)


Kept = Row[Any]
"""All that is sealed of a mapping, by the names of its columns, and its `seal`."""


class Held(NamedTuple):
    """What the list says of an account now. `broken`: it counts, and somebody else has written it."""

    id: str
    state: MappingState
    key_id: str
    cpr_index: str
    broken: bool


class Staged(NamedTuple):
    """A row of a file that waits. `before`: the state of what it replaces; None when it replaces nothing."""

    id: str
    key: AccountKey
    username: str
    replaces_id: str | None
    before: MappingState | None


# ---- finding


def held(db: Session, directory: str, entry_ids: Collection[str], seals: RowSeals) -> Iterator[tuple[AccountKey, Held]]:
    """Of a row under a key that is not ours nothing can be told: it counts as whole."""
    here = and_(AccountMapping.directory == directory, AccountMapping.entry_id.in_(entry_ids))
    for row in db.execute(_SEALED.where(here, AccountMapping.state.in_(LIVE))):
        broken = row.state is MappingState.APPROVED and seals.knows(row.key_id) and not seals.fits(row)
        yield AccountKey(directory, row.entry_id), Held(row.id, row.state, row.key_id, row.cpr_index, broken)


def of_ids(db: Session, ids: Collection[str]) -> list[AccountMapping]:
    """In any state; held until the transaction ends."""
    query = select(AccountMapping).where(AccountMapping.id.in_(ids))
    return list(db.scalars(query.with_for_update(of=AccountMapping)))


def approved_in(db: Session, directories: Collection[str]) -> Iterator[str]:
    """Ids of all mappings of these directories that count or will."""
    query = select(AccountMapping.id).where(AccountMapping.state == MappingState.APPROVED)
    yield from db.scalars(query.where(AccountMapping.directory.in_(directories)).execution_options(yield_per=1000))


def count_approved(db: Session) -> int:
    query = select(func.count()).where(AccountMapping.state == MappingState.APPROVED)
    return db.scalar(query) or 0


def staged(db: Session, request_id: str) -> list[Staged]:
    """Those that nobody has ended."""
    before = aliased(AccountMapping)
    row = AccountMapping
    query = (
        select(row.id, row.directory, row.entry_id, row.username, row.replaces_id, before.state)
        .outerjoin(before, before.id == row.replaces_id)
        .where(row.request_id == request_id, row.state == MappingState.REQUESTED)
        .order_by(row.id)
    )
    found = db.execute(query)
    return [Staged(each[0], AccountKey(each[1], each[2]), *each[3:]) for each in found]


def broken(db: Session, request_id: str, seals: RowSeals) -> list[str]:
    """Usernames of the rows that wait for this file and that somebody else has written."""
    here = and_(AccountMapping.request_id == request_id, AccountMapping.state == MappingState.REQUESTED)
    rows = db.execute(_SEALED.where(here).execution_options(yield_per=1000))
    return [each.username for each in rows if not seals.fits(each)]


def count_staged(db: Session, request_id: str) -> tuple[int, int]:
    """How many, and how many of them would replace what is no longer there to be replaced."""
    before = aliased(AccountMapping)
    lost = func.count().filter(AccountMapping.replaces_id.isnot(None), before.state != MappingState.APPROVED)
    query = select(func.count(), lost).outerjoin(before, before.id == AccountMapping.replaces_id)
    asked = and_(AccountMapping.request_id == request_id, AccountMapping.state == MappingState.REQUESTED)
    rows, without = db.execute(query.where(asked)).one()
    return rows, without


def to_remove(db: Session, request_id: str) -> list[AccountMapping]:
    """The next of those that a whole-list file leaves out, held."""
    query = select(AccountMapping).where(AccountMapping.removal_id == request_id)
    return list(db.scalars(query.order_by(AccountMapping.id).limit(TOGETHER).with_for_update(of=AccountMapping)))


def count_to_remove(db: Session, request_id: str) -> int:
    return db.scalar(select(func.count()).where(AccountMapping.removal_id == request_id)) or 0


def _of_file(request_id: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own types for a condition
    """Its rows, and those that they replace."""
    asked = and_(AccountMapping.request_id == request_id, AccountMapping.state == MappingState.REQUESTED)
    return or_(asked, AccountMapping.id.in_(select(AccountMapping.replaces_id).where(asked)))


def keys_of(db: Session, request_id: str) -> set[str]:
    """Ids of the keys under which its rows, and those that they replace, are indexed."""
    return set(db.scalars(select(AccountMapping.key_id).where(_of_file(request_id)).distinct()))


def names_somebody(db: Session, request_id: str, indexes: Mapping[str, str], account: AccountKey) -> bool:
    """Is this number or this account among its rows, or this number among those that they replace?"""
    number = [and_(AccountMapping.key_id == kid, AccountMapping.cpr_index == index) for kid, index in indexes.items()]
    own = and_(AccountMapping.directory == account.directory, AccountMapping.entry_id == account.entry_id)
    query = select(AccountMapping.id).where(_of_file(request_id), or_(own, *number)).limit(1)
    return db.scalar(query) is not None


def recent(db: Session, at_most: int) -> list[MappingRequest]:
    """The newest files, without what was found in them."""
    query = select(MappingRequest).where(MappingRequest.kind == RequestKind.IMPORT)
    return list(db.scalars(query.order_by(MappingRequest.requested_at.desc()).limit(at_most)))


def untouched(db: Session, now: datetime) -> list[MappingRequest]:
    """Those whose process has died."""
    query = select(MappingRequest).where(MappingRequest.state.in_(_IS_WORKED_ON))
    old = MappingRequest.touched_at < now - STOPPED_AFTER
    return list(db.scalars(query.where(old).with_for_update(of=MappingRequest)))


def some_usernames(db: Session, request_id: str, at_most: int) -> list[str]:
    query = select(AccountMapping.username).where(AccountMapping.request_id == request_id)
    return list(db.scalars(query.order_by(AccountMapping.username).limit(at_most)))


# ---- changing


def move(db: Session, request_id: str, is_in: RequestState, **values: object) -> bool:
    """Change the request if it is still in this state. False: somebody else has ended it."""
    query = update(MappingRequest).where(MappingRequest.id == request_id, MappingRequest.state == is_in)
    return cast(CursorResult[Any], db.execute(query.values(**values))).rowcount == 1


def stage(db: Session, rows: Sequence[Mapping[str, object]]) -> bool:
    """False when somebody has asked for one of the accounts meanwhile; then none is added."""
    try:
        with db.begin_nested():
            db.execute(insert(AccountMapping), list(rows))
    except IntegrityError:
        return False
    return True


def mark_removed(db: Session, request_id: str, ids: Collection[str]) -> bool:
    """False when one of them is no longer there to be removed, or another file waits to do it."""
    there = and_(AccountMapping.state == MappingState.APPROVED, AccountMapping.removal_id.is_(None))
    query = update(AccountMapping).where(AccountMapping.id.in_(ids), there).values(removal_id=request_id)
    return cast(CursorResult[Any], db.execute(query)).rowcount == len(ids)


def discard(db: Session, request_id: str) -> None:
    """What was staged for a file that never came to wait for anybody: it leaves no trace but the request."""
    asked = and_(AccountMapping.request_id == request_id, AccountMapping.state == MappingState.REQUESTED)
    db.execute(delete(AccountMapping).where(asked))
    db.execute(update(AccountMapping).where(AccountMapping.removal_id == request_id).values(removal_id=None))


def still_asked(db: Session, rows: Sequence[Staged]) -> dict[str, Kept]:
    """Those that nobody has ended since they were read, as they are; held until the transaction ends."""
    query = _SEALED.where(AccountMapping.id.in_([row.id for row in rows]))
    found = db.execute(query.where(AccountMapping.state == MappingState.REQUESTED).with_for_update())
    return {each.id: each for each in found}


def supersede(db: Session, ids: Collection[str], by: str, now: datetime) -> None:
    values = {"state": MappingState.SUPERSEDED, "ended_at": now, "ended_by": by, "removal_id": None, "seal": None}
    these = and_(AccountMapping.id.in_(ids), AccountMapping.state == MappingState.APPROVED)
    db.execute(update(AccountMapping).where(these).values(**values))


def activate(db: Session, rows: Iterable[tuple[Kept, datetime]], seals: RowSeals) -> None:
    """`rows`: as `still_asked` gave them, each with the moment from which it counts."""
    new = [facts_of(row) | {"state": MappingState.APPROVED, "active_from": at} for row, at in rows]
    if new:
        values = [{"row": each["id"], "at": each["active_from"], "made": seals.of_row(each)} for each in new]
        db.connection().execute(_ACTIVATE, values)


def refuse(db: Session, ids: Collection[str], by: str, now: datetime) -> None:
    values = {"state": MappingState.REJECTED, "ended_at": now, "ended_by": by, "seal": None}
    db.execute(update(AccountMapping).where(AccountMapping.id.in_(ids)).values(**values))
