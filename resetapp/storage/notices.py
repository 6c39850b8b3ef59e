"""The operator's notice: written by a command, read by every worker."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from resetapp.storage.tables import NoticeRow

_ONLY = 1  # a newer notice takes the older one's place
_READ = select(NoticeRow.text_da, NoticeRow.text_en, NoticeRow.starts_at, NoticeRow.ends_at, NoticeRow.login_off).where(
    NoticeRow.id == _ONLY
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence or two in each language, from `starts_at` until `ends_at` (None: until it is cleared)."""

    danish: str
    english: str
    starts_at: datetime
    ends_at: datetime | None
    login_off: bool

    def holds(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)

    def text(self, language: str) -> str:
        return self.english if language == "en" else self.danish


def find(db: Session | Connection) -> Notice | None:
    """The one there is, whether it holds now or not."""
    row = db.execute(_READ).one_or_none()
    return Notice(*row) if row else None


def replace(db: Session, notice: Notice) -> None:
    clear(db)
    db.add(
        NoticeRow(
            id=_ONLY,
            text_da=notice.danish,
            text_en=notice.english,
            starts_at=notice.starts_at,
            ends_at=notice.ends_at,
            login_off=notice.login_off,
        )
    )


def clear(db: Session) -> bool:
    """Whether there was one."""
    return bool(db.execute(delete(NoticeRow).where(NoticeRow.id == _ONLY)).rowcount)  # type: ignore[attr-defined]
