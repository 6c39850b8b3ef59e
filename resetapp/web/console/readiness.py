"""The part of the statistics that tells whether people are ready for the start of term."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from resetapp import texts
from resetapp.core.small_numbers import LEAST
from resetapp.readiness import BEFORE, Earlier, Numbers, Ready
from resetapp.statistics import Pair
from resetapp.web.console.charts import Chart, chart, told
from resetapp.web.house import language, text, title_of_directory

_COMMAND = "resetapp readiness"


@dataclass(frozen=True, slots=True)
class Section:
    """`notes`: what could not be counted, or never was. `linked`: whether this reader may see the mappings."""

    chart: Chart | None
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    some_left: bool
    linked: bool


def section(found: Sequence[Ready], linked: bool) -> Section:
    numbers = _with_numbers(found)
    return Section(
        chart=_chart(numbers) if numbers else None,
        headings=_headings(),
        rows=tuple(_row(name, each) for name, each in numbers),
        notes=tuple(_notes(found)),
        some_left=any(each.neither != 0 for _, each in numbers),
        linked=linked,
    )


def readiness_lines(found: Sequence[Ready]) -> Iterator[tuple[str, ...]]:
    """For the file."""
    yield ()
    yield (text("readiness.title"),)
    if rows := [_row(name, each) for name, each in _with_numbers(found)]:
        yield _headings()
        yield from rows
    yield from ((note,) for note in _notes(found))


def _with_numbers(found: Sequence[Ready]) -> list[tuple[str, Numbers]]:
    return [(title_of_directory(each.directory), each.numbers) for each in found if each.numbers]


def _chart(numbers: Sequence[tuple[str, Numbers]]) -> Chart:
    legend = (text("readiness.legend_helped"), text("readiness.col_neither"))
    pairs = [(name, Pair(each.helped, each.neither)) for name, each in numbers]
    made = chart("ready", "readiness.chart", "stats.col_directory", legend, pairs)
    return replace(made, finding=" ".join(_finding(name, each) for name, each in numbers))


def _finding(name: str, numbers: Numbers) -> str:
    accounts = told(numbers.accounts)
    if numbers.neither is None:
        return text("readiness.finding_few", directory=name, least=LEAST, accounts=accounts)
    return text("readiness.finding", directory=name, neither=told(numbers.neither), accounts=accounts)


def _headings() -> tuple[str, ...]:
    names = ("accounts", "number", "mapped", "neither", "counted")
    columns = (text(f"readiness.col_{name}") for name in names)
    return text("stats.col_directory"), *columns, *(text(f"readiness.before_{days}") for days in BEFORE)


def _row(name: str, numbers: Numbers) -> tuple[str, ...]:
    counts = (numbers.accounts, numbers.with_number, numbers.mapped, numbers.neither)
    earlier = {each.days: _change(each) for each in numbers.earlier}
    return name, *map(told, counts), _day(numbers.counted_at), *(earlier.get(days, "–") for days in BEFORE)


def _day(moment: datetime) -> str:
    """In few letters, for the table: of Danish time."""
    day = moment.astimezone(texts.TIME_ZONE)
    return f"{day.day}.{day.month}.{day.year}" if language() == "da" else f"{day.day}/{day.month}/{day.year}"


def _change(earlier: Earlier) -> str:
    date = _day(earlier.counted_at)
    if earlier.change is None:
        return "–"
    if not earlier.change:
        return text("readiness.same", date=date)
    n = texts.number(language(), abs(earlier.change))
    return text("readiness.more", n=n, date=date) if earlier.change > 0 else text("readiness.fewer", n=n, date=date)


def _notes(found: Sequence[Ready]) -> Iterator[str]:
    for each in found:
        name = title_of_directory(each.directory)
        if each.tried_at is None:
            yield text("readiness.never", directory=name, command=_COMMAND)
        elif each.fault:
            when = texts.date_time(language(), each.tried_at)
            why, remedy = text(f"readiness.fault_{each.fault}"), text(f"readiness.remedy_{each.fault}")
            yield text("readiness.failed", directory=name, date=when, why=why, remedy=remedy)
