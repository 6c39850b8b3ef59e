"""Counting against misuse, in the database, so that all workers count together (ASVS 2.4.1)."""

import math
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection, TableClause, bindparam, insert, select
from sqlalchemy.orm import Session

from resetapp.storage.tables import Count

HOUR = timedelta(hours=1)


class Kind(StrEnum):
    LOGIN_STARTED = "login_started"  # by address
    LOOKED_UP = "looked_up"  # by somebody of the staff
    UNLOCKED_FOR = "unlocked_for"  # an account, by whomever of the staff
    MAPPING_REQUESTED = "mapping_requested"  # by somebody of the staff
    FREEZE_TRIED = "freeze_tried"  # by address
    CODE_REQUESTED = "code_requested"  # by somebody of the staff
    CODE_REFUSED = "code_refused"  # by address
    TOLD = "told"  # a limit that somebody has reached, in the audit trail


_TABLE = cast(TableClause, Count.__table__)
_COUNT = insert(_TABLE)
_LAST = (  # prepared once: these run at every login
    select(Count.at)
    .where(Count.kind == bindparam("kind"), Count.subject == bindparam("subject"), Count.at > bindparam("since"))
    .order_by(Count.at.desc())
    .offset(bindparam("newer"))
    .limit(1)
)


def count(db: Session | Connection, kind: Kind, subject: str, now: datetime) -> None:
    db.execute(_COUNT, {"kind": kind, "subject": subject, "at": now})


def wait(db: Session | Connection, kind: Kind, subject: str, at_most: int, window: timedelta, now: datetime) -> int:
    """Seconds until one more is allowed; 0 when it is allowed now."""
    asked = {"kind": kind, "subject": subject, "since": now - window, "newer": at_most - 1}
    full_since = db.scalar(_LAST, asked)  # the one that has to leave the window before the next fits in
    return math.ceil((full_since + window - now).total_seconds()) if full_since else 0
