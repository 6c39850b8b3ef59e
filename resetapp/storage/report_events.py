"""The audit trail of a period, for the report: by its moments' index, and in pieces."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from resetapp.storage.tables import AuditEvent

_TOGETHER = 500


def of_time(db: Session, names: Collection[str], since: datetime, until: datetime) -> Iterator[Sequence[AuditEvent]]:
    """Events of these names, oldest first, some hundred at a time; `until` is not part of it."""
    query = select(AuditEvent).where(AuditEvent.at >= since, AuditEvent.at < until, AuditEvent.name.in_(names))
    found = db.scalars(query.order_by(AuditEvent.at, AuditEvent.seq).execution_options(yield_per=_TOGETHER))
    yield from found.partitions()


def earlier(db: Session, names: Collection[str], until: datetime) -> Iterator[tuple[str, str | None]]:
    """Name and facts of the events of these names from the beginning on, in their order."""
    query = select(AuditEvent.name, AuditEvent.facts).where(AuditEvent.name.in_(names), AuditEvent.at < until)
    for row in db.execute(query.order_by(AuditEvent.seq).execution_options(yield_per=_TOGETHER)):
        yield row.name, row.facts
