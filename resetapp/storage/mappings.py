"""The list of mappings, and the requests by which it changes: nothing gets into it by one person alone.

A row names the account by its lasting id and the person by a keyed index (`storage.cpr_index`); neither a number nor a
name of the person is kept. What is over stays for as long as changes are kept, to answer who could set which password.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, and_, delete, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from resetapp.core.accounts import AccountKey
from resetapp.core.mappings import MappingState, RequestKind, RequestState
from resetapp.storage.mapping_seals import RowSeals, facts_of
from resetapp.storage.tables import Table, words

LIVE = (MappingState.REQUESTED, MappingState.APPROVED, MappingState.FROZEN)


def _only_one(name: str, where: str) -> Index:
    """For each account, among the rows of which this holds."""
    condition = text(where)
    return Index(name, "directory", "entry_id", unique=True, sqlite_where=condition, postgresql_where=condition)


class MappingRequest(Table):
    """What one person asks for and another one decides: one mapping, a changed number, or a whole file."""

    __tablename__ = "mapping_request"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[RequestKind] = mapped_column(words(RequestKind, 8))
    state: Mapped[RequestState] = mapped_column(words(RequestState, 10), default=RequestState.WAITING)
    requested_by: Mapped[str] = mapped_column(String(64), index=True)  # keyed fingerprint, as in staff_login.person
    requester: Mapped[str] = mapped_column(String(256))  # their username
    requester_directory: Mapped[str] = mapped_column(String(60), default="", server_default="")  # "": a system user
    requester_entry_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    requested_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(500))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decider: Mapped[str] = mapped_column(String(256), default="")
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(500), default="")  # why it was rejected
    file_hash: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of an import's file
    whole: Mapped[bool] = mapped_column(default=False)  # an import that names every mapping there is to be
    rows: Mapped[int] = mapped_column(default=1)
    done: Mapped[int] = mapped_column(default=0)  # of the rows, while a file is looked at or carried out
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)  # of an import: counts, and faults by line
    touched_at: Mapped[datetime | None]  # by who works on it, so that a process that died is seen
    seal: Mapped[str | None] = mapped_column(String(64))  # `storage.mapping_seals`

    @property
    def asker(self) -> AccountKey:
        """The account that let in who asked."""
        return AccountKey(self.requester_directory, self.requester_entry_id)

    mappings: Mapped[list["AccountMapping"]] = relationship(
        back_populates="request", foreign_keys="AccountMapping.request_id"
    )


class AccountMapping(Table):
    """One CPR number, as an index, and one account."""

    __tablename__ = "mapping"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("mapping_request.id", ondelete="CASCADE"), index=True)
    removal_id: Mapped[str | None] = mapped_column(String(32), index=True)  # the waiting file that leaves it out
    directory: Mapped[str] = mapped_column(String(60))
    entry_id: Mapped[str] = mapped_column(String(64))
    username: Mapped[str] = mapped_column(String(256))  # when it was asked for; for showing alone
    key_id: Mapped[str] = mapped_column(String(32))
    cpr_index: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # the number, for the offline key alone
    state: Mapped[MappingState] = mapped_column(words(MappingState, 10), default=MappingState.REQUESTED)
    replaces_id: Mapped[str | None] = mapped_column(String(32), index=True)  # what it supersedes when it is approved
    requested_at: Mapped[datetime]
    active_from: Mapped[datetime | None]
    first_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_by: Mapped[str] = mapped_column(String(256), default="")  # a username, "owner", or what of ours did it
    seal: Mapped[str | None] = mapped_column(String(64))  # `storage.mapping_seals`; none when it is over

    request: Mapped[MappingRequest] = relationship(back_populates="mappings", foreign_keys=[request_id])

    __table_args__ = (
        Index("ix_mapping_index", "cpr_index", "key_id"),
        Index("ix_mapping_account", "directory", "entry_id", "state"),
        # One mapping and one request for each account, on all workers (security.md 2.4, item 9).
        _only_one("uq_mapping_held", "state IN ('approved', 'frozen')"),
        _only_one("uq_mapping_asked", "state = 'requested'"),
    )

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.directory, self.entry_id)

    @property
    def link(self) -> str:
        """How an account that was found by it names it (`DirectoryAccount.link`)."""
        return f"mapping:{self.id}"

    def is_one_of(self, indexes: Mapping[str, str]) -> bool:
        """Is it this person's? `indexes`: as `CprIndexes.of` gives them."""
        return indexes.get(self.key_id) == self.cpr_index


# ---- finding


def of_person(db: Session, indexes: Mapping[str, str], states: Collection[MappingState] = LIVE) -> list[AccountMapping]:
    """Those of this CPR number, under any of our keys; the oldest first."""
    if not indexes:
        return []
    these = [and_(AccountMapping.cpr_index == index, AccountMapping.key_id == kid) for kid, index in indexes.items()]
    query = select(AccountMapping).where(or_(*these), AccountMapping.state.in_(states))
    return list(db.scalars(query.order_by(AccountMapping.requested_at, AccountMapping.id)))


def of_accounts(
    db: Session, keys: Iterable[AccountKey], states: Collection[MappingState] = LIVE
) -> list[AccountMapping]:
    these = [and_(AccountMapping.directory == key.directory, AccountMapping.entry_id == key.entry_id) for key in keys]
    if not these:
        return []
    return list(db.scalars(select(AccountMapping).where(or_(*these), AccountMapping.state.in_(states))))


def find(db: Session, mapping_id: str, *, held: bool = False) -> AccountMapping | None:
    query = select(AccountMapping).where(AccountMapping.id == mapping_id)
    query = query.with_for_update(of=AccountMapping) if held else query
    return db.scalar(query.execution_options(populate_existing=True))


def find_request(db: Session, request_id: str, *, held: bool = False) -> MappingRequest | None:
    query = select(MappingRequest).where(MappingRequest.id == request_id)
    query = query.with_for_update(of=MappingRequest) if held else query
    return db.scalar(query.execution_options(populate_existing=True))


def rows_of(db: Session, request: MappingRequest, state: MappingState = MappingState.REQUESTED) -> list[AccountMapping]:
    query = select(AccountMapping).where(AccountMapping.request_id == request.id, AccountMapping.state == state)
    return list(db.scalars(query.order_by(AccountMapping.username)))


def waiting(db: Session) -> list[MappingRequest]:
    """The oldest first."""
    query = select(MappingRequest).where(MappingRequest.state == RequestState.WAITING)
    return list(db.scalars(query.order_by(MappingRequest.requested_at)))


def fresh(db: Session, links: Collection[str], since: datetime) -> set[str]:
    """Those of these links that nobody had used before this moment."""
    ids = [link.removeprefix("mapping:") for link in links if link]
    unused = or_(AccountMapping.first_used_at.is_(None), AccountMapping.first_used_at > since)
    found = db.scalars(select(AccountMapping).where(AccountMapping.id.in_(ids), unused)) if ids else ()
    return {each.link for each in found}


def requests_by(db: Session, person: str) -> list[MappingRequest]:
    """`person`: the fingerprint of a member of the staff."""
    query = select(MappingRequest).where(MappingRequest.requested_by == person)
    return list(db.scalars(query.order_by(MappingRequest.requested_at)))


def counts(db: Session) -> dict[MappingState, int]:
    query = select(AccountMapping.state, func.count().label("rows")).group_by(AccountMapping.state)
    return {row.state: row.rows for row in db.execute(query)}


# ---- changing


def add(db: Session, asked: MappingRequest, made: Iterable[AccountMapping]) -> bool:
    """False when somebody else has asked for one of these accounts meanwhile; then nothing is added."""
    try:
        with db.begin_nested():
            db.add(asked)
            db.flush()
            db.add_all(made)
            db.flush()
    except IntegrityError:
        return False
    return True


def reindex(db: Session, mapping: AccountMapping, key_id: str, cpr_index: str, seals: RowSeals) -> None:
    """Under another key; the number is the same. The caller has looked at its seal.

    Only while it stands as it was read: what was stopped or written anew meanwhile gets no seal by this.
    """
    new = {"key_id": key_id, "cpr_index": cpr_index}
    as_read = and_(AccountMapping.id == mapping.id, AccountMapping.seal == mapping.seal)
    values = new | {"seal": seals.of_row(facts_of(mapping) | new)}
    db.execute(update(AccountMapping).where(as_read).values(values))


def supersede(db: Session, mapping_id: str, by: str, now: datetime) -> None:
    """What a newer one takes the place of."""
    values = {"state": MappingState.SUPERSEDED, "ended_at": now, "ended_by": by, "seal": None}
    db.execute(update(AccountMapping).where(AccountMapping.id == mapping_id).values(values))


def prune(db: Session, before: datetime) -> None:
    """Delete what was over by then. A frozen mapping stays: it is the owner's no."""
    over = (MappingState.REJECTED, MappingState.SUPERSEDED, MappingState.REMOVED)
    db.execute(delete(AccountMapping).where(AccountMapping.state.in_(over), AccountMapping.ended_at < before))
    going_on = (RequestState.CHECKING, RequestState.WAITING, RequestState.APPLYING)
    old = and_(MappingRequest.requested_at < before, MappingRequest.state.not_in(going_on))
    db.execute(delete(MappingRequest).where(old, ~MappingRequest.mappings.any()))


def erase_person(db: Session, indexes: Mapping[str, str], now: datetime) -> int:
    """Everything that ties this number to an account ends, and does not say any more whose it was. Returns how many."""
    mine = of_person(db, indexes, tuple(MappingState))
    for each in mine:
        if each.state in LIVE:
            end(each, MappingState.REMOVED, "erasure", now)
        each.cpr_index, each.sealed = "", None
    return len(mine)


def end(mapping: AccountMapping, state: MappingState, by: str, now: datetime) -> None:
    """Without its seal: nobody who writes to the database can call it back to life."""
    mapping.state, mapping.ended_at, mapping.ended_by, mapping.removal_id = state, now, by, None
    mapping.seal = None


def end_request(db: Session, request: MappingRequest, state: RequestState, by: str, now: datetime) -> None:
    """With all its rows that nobody has approved, and what it would have removed is kept."""
    request.state = state
    asked = and_(AccountMapping.request_id == request.id, AccountMapping.state == MappingState.REQUESTED)
    values = {"state": MappingState.REJECTED, "ended_at": now, "ended_by": by, "seal": None}
    db.execute(update(AccountMapping).where(asked).values(values))
    db.execute(update(AccountMapping).where(AccountMapping.removal_id == request.id).values(removal_id=None))
