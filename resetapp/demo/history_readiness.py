"""Three months of invented counts of accounts, so that the demo's statistics tell of a start of term.

Once a day, as the timer would count; the numbers are those of an institution, not of the demo's few people.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from resetapp.core.readiness import CountFault
from resetapp.storage.database import Database
from resetapp.storage.readiness import Readiness

_DAYS = 92
_PEOPLE, _STAFF = 8460, 1240  # accounts


def write_readiness(url: str, now: datetime) -> None:
    """`url`: of the demo's database. The same day is given the same numbers, the newest from this morning."""
    database = Database(url)
    with database.transaction() as db:
        for back in range(_DAYS, -1, -1):
            db.add_all(_counted(_DAYS - back, now - timedelta(days=back, hours=3)))
    database.close()


def _counted(day: int, at: datetime) -> Iterator[Readiness]:
    """Most new students come without a number; the import of mappings in the third week takes many of them."""
    left = max(38, 2210 - 17 * day)
    mapped = 0 if day < 20 else min(420, 260 + 3 * (day - 20))
    accounts = _PEOPLE + 4 * day
    lacking = left + 240 if day < 20 else left
    yield _row("people", at, accounts, accounts - mapped - lacking, mapped)
    if day % 41 == 40:
        yield Readiness(directory="staff", counted_at=at, fault=CountFault.UNREACHABLE)
    else:
        staff = _STAFF + day // 6
        yield _row("staff", at, staff, staff - max(17, 164 - day), 0)


def _row(directory: str, at: datetime, accounts: int, with_number: int, mapped: int) -> Readiness:
    return Readiness(directory=directory, counted_at=at, accounts=accounts, with_number=with_number, mapped=mapped)
