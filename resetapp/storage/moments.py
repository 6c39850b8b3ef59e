"""Times in the database: aware, and in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC. A naive one is a programming error and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1970, 9000)  # far from the ends of what can be shown in any time zone


class AsWritten(Moment):
    """Of a row that somebody may have edited: what is no time is read as `NO_TIME`.

    SQLite takes any text there. It must not keep anybody from reading the other events, nor this one from being found
    out: no hash was made over that moment (security.md L-05).
    """

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        told = super().result_processor(dialect, coltype)

        def read(value: object) -> datetime | None:
            try:
                found = told(value) if told else None
            except (ValueError, TypeError, OverflowError):
                return NO_TIME
            return found if found is None or found.year in _YEARS else NO_TIME

        return read
