"""What directories counted of their accounts, and when: numbers about nobody, for `resetapp.readiness`."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from resetapp.core.accounts import AccountKey
from resetapp.core.mappings import MappingState
from resetapp.core.readiness import CountFault
from resetapp.storage.mappings import AccountMapping
from resetapp.storage.tables import Table, words


class Readiness(Table):
    """One directory at one moment. `fault`: why there are no numbers; None when there are."""

    __tablename__ = "readiness"

    id: Mapped[int] = mapped_column(primary_key=True)
    directory: Mapped[str] = mapped_column(String(60))
    counted_at: Mapped[datetime]
    fault: Mapped[CountFault | None] = mapped_column(words(CountFault, 24))
    accounts: Mapped[int] = mapped_column(default=0)
    with_number: Mapped[int] = mapped_column(default=0)
    mapped: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_readiness_directory_counted_at", "directory", "counted_at"),)

    @property
    def neither(self) -> int:
        return self.accounts - self.with_number - self.mapped


def latest(db: Session, directory: str) -> Readiness | None:
    """The newest, whether it came to numbers or not."""
    query = select(Readiness).where(Readiness.directory == directory)
    return db.scalar(query.order_by(Readiness.counted_at.desc(), Readiness.id.desc()).limit(1))


def numbers(db: Session, directory: str, since: datetime, until: datetime) -> Readiness | None:
    """The newest with numbers in this time."""
    query = select(Readiness).where(Readiness.directory == directory, Readiness.fault.is_(None))
    query = query.where(Readiness.counted_at >= since, Readiness.counted_at <= until)
    return db.scalar(query.order_by(Readiness.counted_at.desc(), Readiness.id.desc()).limit(1))


def mapped_among(db: Session, keys: Collection[AccountKey], now: datetime) -> int:
    """How many of these accounts, of one directory, have a mapping that counts. No more than a page of them."""
    directories = {key.directory for key in keys}
    query = select(func.count()).select_from(AccountMapping).where(AccountMapping.directory.in_(directories))
    query = query.where(AccountMapping.entry_id.in_([key.entry_id for key in keys]))
    counts = (AccountMapping.state == MappingState.APPROVED, AccountMapping.active_from <= now)
    return (db.scalar(query.where(*counts)) or 0) if keys else 0


def prune(db: Session, before: datetime) -> None:
    db.execute(delete(Readiness).where(Readiness.counted_at < before))
