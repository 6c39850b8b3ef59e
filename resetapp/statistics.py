"""What the service did in a period: counts without anybody in them, for the page and for the file.

Numbers go out only as `core.small_numbers` makes them; shares and estimates are computed from those.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from resetapp.core.outcomes import Outcome, Refusal
from resetapp.core.small_numbers import Shown, shown
from resetapp.settings import Staff
from resetapp.storage import statistics as counts
from resetapp.storage.database import Database

LEAST_TIMES: Final = 20  # below that one person's time could be read off the slowest twentieth
Name = TypeVar("Name", bound=Hashable)


class Period(StrEnum):
    """Whole days, weeks or months of Danish time, up to now."""

    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "13w"
    YEAR = "12m"


@dataclass(frozen=True, slots=True)
class Pair:
    done: Shown
    failed: Shown


@dataclass(frozen=True, slots=True)
class Statistics:
    """`share`: percent of `total`. `median` and `slow`: seconds from login to the password set, half of them and 95 %
    took no longer; None when they were too few. `tickets`: calls that were probably spared, with what they
    would have cost in kroner; None where the institution has not said.
    """

    period: Period
    total: Shown
    done: Shown
    share: int | None
    median: int | None
    slow: int | None
    tickets: int | None
    kroner: int | None
    dates: Mapping[date, Pair]  # by the first day of each day, week or month
    weekdays: Mapping[int, Pair]  # 0 is Monday
    hours: Mapping[int, Pair]
    outcomes: Mapping[Outcome, Shown]  # but DONE, most first
    refusals: Mapping[Refusal, Shown]  # most first
    directories: Mapping[str, Pair]


def statistics(database: Database, staff: Staff, period: Period, now: datetime, zone: ZoneInfo) -> Statistics:
    """Visits that are still going on are left out. Raises DatabaseDown."""
    first = _first(period, now.astimezone(zone).date())
    since = datetime.combine(first, time(), zone)
    with database.reading() as db:
        visits = [(at.astimezone(zone), came_to, n) for at, came_to, n in counts.visits_by_hour(db, since, now)]
        seconds = counts.seconds_to_done(db, since, now)
        answers = counts.answers(db, since, now)
    outcomes: Counter[Outcome] = Counter()
    for _, came_to, count in visits:
        outcomes[came_to] += count
    total, done = shown(outcomes.total()), shown(outcomes[Outcome.DONE])
    tickets = _tickets(staff, done)
    return Statistics(
        period=period,
        total=total,
        done=done,
        share=round(100 * done / total) if total and done is not None else None,
        median=_quantile(seconds, 50),
        slow=_quantile(seconds, 95),
        tickets=tickets,
        kroner=tickets * staff.ticket_price if tickets is not None and staff.ticket_price else None,
        dates=_pairs(
            visits, lambda at: _bucket(period, at.date()), _buckets(period, first, now.astimezone(zone).date())
        ),
        weekdays=_pairs(visits, lambda at: at.weekday(), range(7)),
        hours=_pairs(visits, lambda at: at.hour, range(24)),
        outcomes={each: shown(n) for each, n in outcomes.most_common() if each is not Outcome.DONE},
        refusals={each: shown(n) for each, n in answers.refusals.most_common()},
        directories={name: Pair(shown(good), shown(bad)) for name, (good, bad) in sorted(answers.directories.items())},
    )


def _first(period: Period, today: date) -> date:
    match period:
        case Period.WEEK:
            return today - timedelta(days=6)
        case Period.MONTH:
            return today - timedelta(days=29)
        case Period.QUARTER:
            return today - timedelta(days=today.weekday(), weeks=12)
        case Period.YEAR:
            return today.replace(year=today.year - (today.month < 12), month=today.month % 12 + 1, day=1)


def _bucket(period: Period, day: date) -> date:
    """Wider for a longer period: a day's numbers are small, and small ones are not shown."""
    if period is Period.QUARTER:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.YEAR else day


def _buckets(period: Period, first: date, last: date) -> Iterable[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return dict.fromkeys(_bucket(period, day) for day in days)


def _pairs(
    visits: Iterable[tuple[datetime, Outcome, int]], name: Callable[[datetime], Name], names: Iterable[Name]
) -> dict[Name, Pair]:
    done: Counter[Name] = Counter()
    failed: Counter[Name] = Counter()
    for at, came_to, count in visits:
        (done if came_to is Outcome.DONE else failed)[name(at)] += count
    return {each: Pair(shown(done[each]), shown(failed[each])) for each in names}


def _quantile(seconds: Counter[int], percent: int) -> int | None:
    """The least time that this many percent kept to (nearest rank)."""
    wanted, reached = -(-seconds.total() * percent // 100), 0
    for each in sorted(seconds) if seconds.total() >= LEAST_TIMES else ():
        reached += seconds[each]
        if reached >= wanted:
            return each
    return None


def _tickets(staff: Staff, done: Shown) -> int | None:
    return done * staff.ticket_share // 100 if done is not None and staff.ticket_share else None
