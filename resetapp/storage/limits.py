"""Counting against misuse, in the database, so that all workers count together (ASVS 2.4.1)."""

import math
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from resetapp.storage.tables import Count

HOUR = timedelta(hours=1)


class Kind(StrEnum):
    LOGIN_STARTED = "login_started"  # by address
    LOGIN_FAILED = "login_failed"  # by address
    LOGIN_DONE = "login_done"  # by person


def count(db: Session, kind: Kind, subject: str, now: datetime) -> None:
    db.add(Count(kind=kind, subject=subject, at=now))


def wait(db: Session, kind: Kind, subject: str, at_most: int, window: timedelta, now: datetime) -> int:
    """Seconds until one more is allowed; 0 when it is allowed now."""
    query = select(Count.at).where(Count.kind == kind, Count.subject == subject, Count.at > now - window)
    made = list(db.scalars(query.order_by(Count.at.desc()).limit(at_most)))
    return math.ceil((made[-1] + window - now).total_seconds()) if len(made) >= at_most else 0
