"""Whether the list of mappings is what this service wrote, row by row, and says no more than the audit trail does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resetapp.core.mapping_events import MappingFrozen, MappingNumberChanged, MappingRemoved
from resetapp.core.mappings import MappingState, RequestState
from resetapp.storage.mapping_seals import ROW, RowSeals
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.tables import AuditEvent

_SEALED_STATES = (MappingState.REQUESTED, MappingState.APPROVED)
_GOING_ON = (RequestState.WAITING, RequestState.APPLYING)
_NAMES: Final = {MappingFrozen.name: "mapping", MappingRemoved.name: "mapping", MappingNumberChanged.name: "replaced"}
"""Event that ends a mapping → which of its facts names that."""


class Flaw(StrEnum):
    ROW = "row"
    REQUEST = "request"
    REVIVED = "revived"


@dataclass(frozen=True, slots=True)
class Broken:
    """`id`: of the mapping, or of the request."""

    id: str
    flaw: Flaw
    directory: str = ""
    username: str = ""


def count(db: Session) -> int:
    """Mappings that have a seal to look at."""
    return db.scalar(select(func.count()).where(AccountMapping.state.in_(_SEALED_STATES))) or 0


def broken_rows(db: Session, seals: RowSeals) -> Iterator[Broken]:
    """A thousand at a time. Those of a key that we do not have are among them: nothing can be told of them."""
    columns = [getattr(AccountMapping, name) for name in (*ROW, "seal")]
    query = select(*columns).where(AccountMapping.state.in_(_SEALED_STATES)).order_by(AccountMapping.id)
    for row in db.execute(query.execution_options(yield_per=1000)):
        if not seals.fits(row):
            yield Broken(row.id, Flaw.ROW, row.directory, row.username)


def broken_requests(db: Session, seals: RowSeals) -> Iterator[Broken]:
    """Of those that somebody may still decide or carry out."""
    for asked in db.scalars(select(MappingRequest).where(MappingRequest.state.in_(_GOING_ON))):
        if not seals.fits_request(asked):
            yield Broken(asked.id, Flaw.REQUEST)


def revived(db: Session) -> Iterator[Broken]:
    """Those that count or wait although the trail says that they ended: an older copy of a row was put back.

    Its old seal fits then, so only the trail can tell; `storage.verification` tells whether the trail is whole.
    """
    of = AccountMapping
    rows = db.execute(select(of.id, of.directory, of.username).where(of.state.in_(_SEALED_STATES)))
    live = {row.id: row for row in rows}
    events = select(AuditEvent.name, AuditEvent.facts).where(AuditEvent.name.in_(_NAMES), AuditEvent.facts.isnot(None))
    for event in db.execute(events.order_by(AuditEvent.seq).execution_options(yield_per=1000)):
        if row := live.pop(json.loads(event.facts).get(_NAMES[event.name]), None):
            yield Broken(row.id, Flaw.REVIVED, row.directory, row.username)
