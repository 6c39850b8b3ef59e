"""The operator's emergency stop: written by a command, asked for directly before anything is sent to a directory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from resetapp.storage.database import Database
from resetapp.storage.tables import StopRow
from resetapp.trouble import DatabaseDown, ServiceStopped

_ONLY = 1
_READ = select(StopRow.began_at, StopRow.text_da, StopRow.text_en).where(StopRow.id == _ONLY)


@dataclass(frozen=True, slots=True)
class Stop:
    """Since when, and what people are told beside our own words: plain text in each language, or nothing."""

    began_at: datetime
    danish: str = ""
    english: str = ""

    def text(self, language: str) -> str:
        return self.english if language == "en" else self.danish


def find(db: Session | Connection) -> Stop | None:
    row = db.execute(_READ).one_or_none()
    return Stop(*row) if row else None


def begin(db: Session, stop: Stop) -> None:
    """It takes an older one's place."""
    end(db)
    db.add(StopRow(id=_ONLY, began_at=stop.began_at, text_da=stop.danish, text_en=stop.english))


def end(db: Session) -> bool:
    """Whether there was one."""
    return bool(db.execute(delete(StopRow).where(StopRow.id == _ONLY)).rowcount)  # type: ignore[attr-defined]


def demand_none(db: Session | Connection) -> None:
    """Raises ServiceStopped. Never from memory: a stop holds on every worker from the moment it is committed (A-11)."""
    if find(db) is not None:
        raise ServiceStopped("operator")


def last_look(database: Database) -> Callable[[], None]:
    """What a directory calls when nothing but the request itself is left: it may have waited since it was allowed.

    Raises ServiceStopped also when the database cannot tell: what may have been stopped is not sent.
    """

    def look() -> None:
        try:
            with database.question() as db:
                demand_none(db)
        except DatabaseDown:
            raise ServiceStopped("database_down") from None

    return look
