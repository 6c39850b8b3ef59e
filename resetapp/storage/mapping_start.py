"""From when a mapping counts: its cool-down is of use only when its owner knows of it (security.md 2.4, items 4 and 5).

What is sealed in a row is the earliest moment. The short wait runs from the first approval notice that was really sent
to an address of the owner. While there is none, because it waits, was given up, or its channel was switched off, the
long wait from the approval holds. It is worked out at each use, for a mail server may be down at any time. It never
outlasts the notice's row: the longest wait is 30 days, and the outbox keeps its rows for a month of 31 days at least.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import Channel, MailKind, MailState, OutboxMail


@dataclass(frozen=True, slots=True)
class Start:
    """`at`: None while nobody has approved it. `untold`: no notice of the approval has been sent to its owner yet."""

    at: datetime | None = None
    untold: bool = False

    def reached(self, now: datetime) -> bool:
        return self.at is not None and self.at <= now


def starts(db: Session, rows: Collection[AccountMapping], cool_down: timedelta) -> Mapping[str, Start]:
    """Mapping's id → its start, of each of these rows, in one query. `cool_down`: the long one."""
    approved = [each for each in rows if each.active_from is not None]
    query = (
        select(AccountMapping.id, MappingRequest.decided_at, func.min(OutboxMail.ended_at).label("sent_at"))
        .join(MappingRequest, MappingRequest.id == AccountMapping.request_id)
        .outerjoin(OutboxMail, _told_of_it())
        .where(AccountMapping.id.in_([each.id for each in approved]))
        .group_by(AccountMapping.id, MappingRequest.decided_at)
    )
    known = {row.id: row for row in db.execute(query)} if approved else {}
    found = {each.id: Start() for each in rows}
    for each in approved:
        if row := known.get(each.id):
            found[each.id] = _start(each, row.decided_at, row.sent_at, cool_down)
    return found


def is_untold(now: datetime, cool_down: timedelta) -> ColumnElement[bool]:
    """Of a row: does the long wait hold it back still, for its owner has not been told?"""
    recent = AccountMapping.request.has(MappingRequest.decided_at > now - cool_down)
    return and_(recent, ~exists().where(_told_of_it()))


def _told_of_it() -> ColumnElement[bool]:
    """The webhook tells nobody but the institution."""
    return and_(
        OutboxMail.mapping_id == AccountMapping.id,
        OutboxMail.change == MailKind.MAPPING_APPROVED,
        OutboxMail.channel.in_((Channel.MAIL, Channel.SMS)),
        OutboxMail.state == MailState.SENT,
    )


def _start(
    mapping: AccountMapping, decided_at: datetime | None, sent_at: datetime | None, cool_down: timedelta
) -> Start:
    """Never before what is sealed, whatever the settings say by now."""
    earliest = mapping.active_from
    if earliest is None:
        return Start()
    approved_at = decided_at or earliest
    long = max(earliest, approved_at + cool_down)
    if sent_at is None:
        return Start(long, untold=True)
    return Start(min(long, max(earliest, sent_at + (earliest - approved_at))))
