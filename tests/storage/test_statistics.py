"""The statistics' numbers, against rows that were counted by hand, on both databases."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from resetapp.core.outcomes import AttemptState, Outcome, Refusal
from resetapp.core.small_numbers import shown
from resetapp.core.staff import Purpose
from resetapp.settings import Staff
from resetapp.statistics import Pair, Period, statistics
from resetapp.storage import statistics as counts
from resetapp.storage.database import Database
from resetapp.storage.tables import Attempt, Login, Visit
from resetapp.texts import TIME_ZONE

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday
YESTERDAY = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # 10.30 in Denmark
NUMBERS = count(1)


def visit(
    database: Database,
    at: datetime = YESTERDAY,
    outcome: Outcome = Outcome.DONE,
    login: Outcome = Outcome.LEFT,
    seconds: int = 60,
    tries: tuple[Refusal | None, ...] = (None,),
    **more: Any,
) -> None:
    """`tries`: each password's refusal, or None for the one that was set."""
    number = next(NUMBERS)
    row = Login(reference="7KQ4-M2XD", request_id=f"_{number}", browser_hash=f"{number}", language="da", outcome=login)
    row.opened_at, row.completed_at = at, at + timedelta(seconds=20)
    row.visit = Visit(person="f" * 64, candidates=[], not_asked=[], outcome=outcome, opened_at=row.completed_at)
    for place, refusal in enumerate(tries):
        state = AttemptState.REFUSED if refusal else AttemptState.SET
        attempt = Attempt(id=f"{number}-{place}", number=place, person="f" * 64, directory="people", entry_id="e")
        attempt.username, attempt.state, attempt.round = "anna", state, "r"
        attempt.reasons, attempt.ready_at = [refusal] if refusal else [], at
        attempt.settled_at = at + timedelta(seconds=20 + seconds)
        row.visit.attempts.append(attempt)
    for name, value in more.items():
        setattr(row, name, value)
    with database.transaction() as db:
        db.add(row)


def counted(database: Database, period: Period = Period.MONTH, **staff: Any) -> Any:
    return statistics(database, Staff(**staff), period, NOW, TIME_ZONE)


def test_visits_are_counted_by_what_they_came_to(database: Database) -> None:
    for outcome, times in ((Outcome.DONE, 12), (Outcome.NO_ACCOUNT, 6), (Outcome.PARTLY, 5)):
        for _ in range(times):
            visit(database, outcome=outcome)
    found = counted(database)
    assert (found.total, found.done, found.share) == (20, 10, 50)
    assert dict(found.outcomes) == {Outcome.NO_ACCOUNT: 5, Outcome.PARTLY: 5}
    assert {day: pair for day, pair in found.dates.items() if pair != Pair(0, 0)} == {YESTERDAY.date(): Pair(10, 10)}
    assert {hour for hour, pair in found.hours.items() if pair != Pair(0, 0)} == {10}
    assert {day for day, pair in found.weekdays.items() if pair != Pair(0, 0)} == {2}


def test_a_visit_in_which_nothing_was_sent_came_to_what_its_login_came_to(database: Database) -> None:
    for _ in range(5):
        visit(database, outcome=Outcome.OPEN, login=Outcome.EXPIRED, tries=())
        visit(database, outcome=Outcome.OPEN, login=Outcome.OPEN, tries=())  # goes on
        visit(database, visit=None, login=Outcome.OPEN, completed_at=None, reason="bad_signature")
        visit(database, visit=None, login=Outcome.OPEN, completed_at=None)  # never came back
        visit(database, visit=None, login=Outcome.LEFT, purpose=Purpose.CONSOLE)
    assert dict(counted(database).outcomes) == {Outcome.EXPIRED: 5, Outcome.LOGIN_FAILED: 5}


def test_a_day_is_a_day_in_denmark_and_the_period_is_kept_to(database: Database) -> None:
    for _ in range(5):
        visit(database, datetime(2026, 10, 27, 23, 30, tzinfo=UTC))  # 28 October there: the period's first day
        visit(database, datetime(2026, 10, 27, 22, 30, tzinfo=UTC))  # 27 October: too old
        visit(database, datetime(2026, 7, 1, 22, 30, tzinfo=UTC))  # 2 July, 00.30 in summer time
        visit(database, NOW + timedelta(seconds=1))
    month = counted(database)
    assert month.total == 5
    assert next(iter(month.dates.items())) == (datetime(2026, 10, 28).date(), Pair(5, 0))
    assert list(month.dates)[-1] == NOW.date()
    assert len(month.dates) == 30
    assert len(counted(database, Period.WEEK).dates) == 7
    year = counted(database, Period.YEAR)
    assert year.total == 15
    assert year.hours[0] == Pair(10, 0)
    assert [f"{month:%Y-%m}" for month in year.dates][::11] == ["2025-12", "2026-11"]
    weeks = list(counted(database, Period.QUARTER).dates)
    assert (len(weeks), {week.weekday() for week in weeks}) == (13, {0})


def test_times_are_from_the_login_to_each_password_and_only_told_of_many(database: Database) -> None:
    for seconds in range(1, 20):
        visit(database, seconds=seconds)
    assert (counted(database).median, counted(database).slow) == (None, None)
    visit(database, seconds=100, tries=(None, None))
    assert (counted(database).median, counted(database).slow) == (11, 100)


def test_refusals_and_directories(database: Database) -> None:
    for _ in range(5):
        visit(database, tries=(Refusal.TOO_SHORT, Refusal.USED_BEFORE, None))
    visit(database, tries=(Refusal.BREACHED,))
    found = counted(database)
    assert dict(found.refusals) == {Refusal.TOO_SHORT: 5, Refusal.USED_BEFORE: 5, Refusal.BREACHED: None}
    assert dict(found.directories) == {"people": Pair(5, 10)}
    with database.reading() as db:
        assert counts.answers(db, NOW - timedelta(days=2), NOW).directories == {"people": (5, 11)}


def test_the_estimate_is_the_institutions_own(database: Database) -> None:
    for _ in range(12):
        visit(database)
    assert (counted(database).tickets, counted(database).kroner) == (None, None)
    assert counted(database, ticket_share=75).tickets == 7  # of 10: 12 are never told
    assert counted(database, ticket_share=75, ticket_price=150).kroner == 1050


@pytest.mark.parametrize(("count_", "told"), [(0, 0), (1, None), (4, None), (5, 5), (9, 5), (10, 10), (1234, 1230)])
def test_a_small_number_is_not_told_and_every_other_is_a_whole_five(count_: int, told: int | None) -> None:
    assert shown(count_) == told


def test_a_hidden_number_cannot_be_computed_from_a_sum_and_its_other_part() -> None:
    """Whatever sum and part are shown, each number from 1 to 4 that fits at all fits together with others."""
    for part in range(5, 60):
        for hidden in range(1, 5):
            pair = (shown(part + hidden), shown(part))
            fitting = {b for a in range(5, 60) for b in range(1, 5) if (shown(a + b), shown(a)) == pair}
            assert fitting == {1, 2, 3, 4}, pair
