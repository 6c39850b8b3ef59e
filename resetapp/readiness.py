"""Ready for the start of term? How many accounts people can help themselves with, as it was counted last.

Numbers go out only as `core.small_numbers` makes them; a change is computed from those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from resetapp.core.readiness import CountFault
from resetapp.core.small_numbers import Shown, shown
from resetapp.storage import readiness
from resetapp.storage.database import Database, Session
from resetapp.storage.readiness import Readiness
from resetapp.storage.retention import READINESS_MONTHS

BEFORE: Final = (7, 30)  # days; what the newest count is compared with
_EARLY, _LATE = timedelta(hours=12), timedelta(days=4)  # a count may be off by so much and still be from then
_KEPT: Final = timedelta(days=31 * READINESS_MONTHS)


@dataclass(frozen=True, slots=True)
class Earlier:
    """`change`: of accounts with neither, since that count; None: one of both numbers is not told."""

    days: int
    counted_at: datetime
    change: int | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """`mapped`: of the accounts without a number."""

    counted_at: datetime
    accounts: Shown
    with_number: Shown
    mapped: Shown
    neither: Shown
    earlier: tuple[Earlier, ...]

    @property
    def helped(self) -> Shown:
        """Of what is told alone: a sum of its own would narrow down what is not."""
        some = (self.with_number or 0) + (self.mapped or 0)
        return some if some or None not in (self.with_number, self.mapped) else None


@dataclass(frozen=True, slots=True)
class Ready:
    """One directory. `tried_at`: when it was counted last; None: never. `fault`: what came in the way then."""

    directory: str
    tried_at: datetime | None = None
    fault: CountFault | None = None
    numbers: Numbers | None = None


def ready(database: Database, directories: Iterable[str], now: datetime) -> list[Ready]:
    """In their order. Raises DatabaseDown."""
    with database.reading() as db:
        return [_ready(db, directory, now) for directory in directories]


def _ready(db: Session, directory: str, now: datetime) -> Ready:
    last = readiness.latest(db, directory)
    if last is None:
        return Ready(directory)
    newest = readiness.numbers(db, directory, now - _KEPT, now)
    return Ready(directory, last.counted_at, last.fault, _numbers(db, newest) if newest else None)


def _numbers(db: Session, newest: Readiness) -> Numbers:
    earlier = (_earlier(db, newest, days) for days in BEFORE)
    return Numbers(
        counted_at=newest.counted_at,
        accounts=shown(newest.accounts),
        with_number=shown(newest.with_number),
        mapped=shown(newest.mapped),
        neither=shown(newest.neither),
        earlier=tuple(each for each in earlier if each),
    )


def _earlier(db: Session, newest: Readiness, days: int) -> Earlier | None:
    then = newest.counted_at - timedelta(days=days)
    found = readiness.numbers(db, newest.directory, then - _LATE, then + _EARLY)
    if found is None:
        return None
    before, after = shown(found.neither), shown(newest.neither)
    return Earlier(days, found.counted_at, None if before is None or after is None else after - before)
