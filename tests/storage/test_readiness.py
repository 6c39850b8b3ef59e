"""What was counted of the accounts, as the statistics tell it, against rows that were written by hand."""

from datetime import timedelta

from resetapp.core.accounts import AccountKey
from resetapp.core.mappings import MappingState
from resetapp.core.readiness import CountFault
from resetapp.readiness import Ready, ready
from resetapp.storage import readiness
from resetapp.storage.database import Database
from resetapp.storage.readiness import Readiness
from tests.builders import NOON
from tests.storage.mapping_rows import a_row, keep

DAY = timedelta(days=1)


def counted(
    database: Database, days: float, *numbers: int, fault: CountFault | None = None, of: str = "people"
) -> None:
    """`days` ago: accounts, with a number, mapped."""
    accounts, with_number, mapped = numbers or (0, 0, 0)
    row = Readiness(directory=of, counted_at=NOON - days * DAY, fault=fault)
    row.accounts, row.with_number, row.mapped = accounts, with_number, mapped
    with database.transaction() as db:
        db.add(row)


def told(database: Database) -> Ready:
    [found] = ready(database, ["people"], NOON)
    return found


def test_a_directory_that_was_never_counted_says_so(database: Database) -> None:
    counted(database, 1, 100, 90, 5, of="staff")
    assert told(database) == Ready("people")


def test_the_newest_count_is_told_in_numbers_too_coarse_for_one_person(database: Database) -> None:
    counted(database, 2, 1000, 900, 50)
    counted(database, 1, 1003, 904, 92)
    found = told(database)
    assert (found.tried_at, found.fault) == (NOON - DAY, None)
    assert found.numbers is not None
    assert (found.numbers.accounts, found.numbers.with_number, found.numbers.mapped) == (1000, 900, 90)
    assert (found.numbers.neither, found.numbers.helped) == (5, 990)


def test_few_are_not_told_nor_found_in_a_sum(database: Database) -> None:
    counted(database, 0, 104, 3, 98)
    few = told(database).numbers
    assert few is not None
    assert (few.with_number, few.neither, few.helped) == (None, None, 95)
    counted(database, 0, 4, 1, 0)
    fewer = told(database).numbers
    assert fewer is not None
    assert (fewer.with_number, fewer.mapped, fewer.helped) == (None, 0, None)


def test_it_is_compared_with_a_week_and_a_month_before(database: Database) -> None:
    for days, left in ((45, 500), (34, 301), (30, 200), (28, 150), (8, 100), (7.2, 80), (6, 60), (0, 20)):
        counted(database, days, 1000, 1000 - left, 0)
    numbers = told(database).numbers
    assert numbers is not None
    assert [(each.days, each.change) for each in numbers.earlier] == [(7, -60), (30, -180)]


def test_a_count_from_another_time_is_not_compared_with(database: Database) -> None:
    for days, left in ((60, 200), (12, 100), (3, 80), (0, 20)):
        counted(database, days, 1000, 1000 - left, 0)
    numbers = told(database).numbers
    assert numbers is not None
    assert numbers.earlier == ()


def test_a_change_of_what_is_not_told_is_not_told(database: Database) -> None:
    counted(database, 7, 1000, 997, 0)
    counted(database, 0, 1000, 980, 0)
    numbers = told(database).numbers
    assert numbers is not None
    assert [each.change for each in numbers.earlier] == [None]


def test_a_count_that_failed_keeps_the_numbers_before_it(database: Database) -> None:
    counted(database, 2, 1000, 900, 50)
    counted(database, 1, fault=CountFault.SERVER_LIMIT)
    found = told(database)
    assert (found.tried_at, found.fault) == (NOON - DAY, CountFault.SERVER_LIMIT)
    assert found.numbers is not None
    assert found.numbers.counted_at == NOON - 2 * DAY


def test_a_mapping_counts_when_it_is_approved_and_its_time_has_come(database: Database) -> None:
    states = {
        "counts": (MappingState.APPROVED, NOON),
        "cools": (MappingState.APPROVED, NOON + DAY),
        "waits": (MappingState.REQUESTED, None),
        "frozen": (MappingState.FROZEN, NOON - DAY),
        "elsewhere": (MappingState.APPROVED, NOON - DAY),
    }
    rows = [a_row(name, state=state, active_from=at) for name, (state, at) in states.items()]
    rows[-1].directory = "staff"
    assert keep(database, rows)
    keys = [AccountKey("people", f"e-{name}") for name in (*states, "nobody")]
    with database.reading() as db:
        assert readiness.mapped_among(db, keys, NOON) == 1
        assert readiness.mapped_among(db, keys[1:], NOON) == 0
        assert readiness.mapped_among(db, [], NOON) == 0
