"""The statistics on a page and in a file: charts with words and tables, and nobody in them."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import Any

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from resetapp import texts
from resetapp.core.outcomes import Outcome
from resetapp.core.small_numbers import LEAST
from resetapp.core.staff import Task
from resetapp.readiness import Ready, ready
from resetapp.statistics import Period, Statistics
from resetapp.statistics import statistics as counted
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.charts import Chart, chart, told
from resetapp.web.console.readiness import readiness_lines, section
from resetapp.web.house import language, now, page, services, text, title_of_directory

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run (OWASP, CSV injection)


@console.get("/statistics")
@staff_may(Task.SEE_STATISTICS)
def statistics(member: Member) -> ResponseReturnValue:
    found = _found()
    shown: dict[str, Any] = {"known": member, "period": found.period, "least": LEAST}
    shown |= {"periods": [(each, text(f"stats.period_{each}")) for each in Period]}
    shown |= {"figures": list(_figures(found)), "charts": charts(found), "lists": lists(found)}
    shown |= {"ready": section(_ready(), services().settings.mapping.enabled and member.may(Task.SEE_MAPPINGS))}
    return page("console/statistics.html", **shown)


@console.get("/statistics.csv")
@staff_may(Task.SEE_STATISTICS)
def statistics_csv(member: Member) -> Response:
    """As Excel in Denmark opens it by itself: UTF-8 with its mark, semicolons, CRLF."""
    found, file = _found(), StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    for line in (*_lines(found), *readiness_lines(_ready())):
        writer.writerow([harmless(cell) for cell in line])
    response = make_response(file.getvalue().encode("utf-8-sig"))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="statistics-{found.period}-{now():%Y-%m-%d}.csv"'
    return response


def harmless(cell: str) -> str:
    """A name that begins like a formula would be one in a spreadsheet; a quotation mark keeps it a text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _found() -> Statistics:
    asked = request.args.get("period", "")
    period = Period(asked) if asked in list(Period) else Period.MONTH
    return counted(services().database, services().settings.staff, period, now(), texts.TIME_ZONE)


def figures_of_week() -> list[tuple[str, str]]:
    """Name and value, for the console's first page; none before anything has happened."""
    found = counted(services().database, services().settings.staff, Period.WEEK, now(), texts.TIME_ZONE)
    return [] if found.total == 0 else list(_figures(found))


def _ready() -> list[Ready]:
    names = [each.name for each in services().settings.directories]
    return ready(services().database, names, now())


def _figures(found: Statistics) -> Iterator[tuple[str, str]]:
    yield text("stats.kpi_total"), told(found.total)
    yield text("stats.kpi_ok"), "–" if found.share is None else texts.percent(language(), found.share)
    yield text("stats.kpi_median"), _time(found.median)
    yield text("stats.kpi_slow"), _time(found.slow)
    if found.tickets is not None:
        yield text("stats.kpi_saved"), texts.number(language(), found.tickets)
    if found.kroner is not None:
        yield text("stats.kpi_kroner"), text("stats.kroner", num=texts.number(language(), found.kroner))


def _time(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(seconds, 60)
    return text("stats.minutes", minutes=minutes, seconds=rest) if minutes else text("stats.seconds", seconds=rest)


def charts(found: Statistics) -> list[Chart]:
    legend = (text("stats.legend_ok"), text("stats.legend_fail"))
    dates = [(_date(found.period, day), pair) for day, pair in found.dates.items()]
    weekdays = [(texts.weekday(language(), day), pair) for day, pair in found.weekdays.items()]
    hours = [(f"{hour:02}", pair) for hour, pair in found.hours.items()]
    homes = [(title_of_directory(name), pair) for name, pair in found.directories.items()]
    unit = {Period.QUARTER: "week", Period.YEAR: "month"}.get(found.period, "day")
    made = [
        chart("dates", f"stats.by_{unit}", f"stats.col_{unit}", legend, dates),
        chart("weekdays", "stats.by_weekday", "stats.col_weekday", legend, weekdays),
        chart("hours", "stats.by_hour", "stats.col_hour", legend, hours),
        chart(
            "homes",
            "stats.by_directory",
            "stats.col_directory",
            (text("stats.legend_set"), text("stats.legend_not")),
            homes,
        ),
    ]
    if found.total:
        sum_ = text("stats.finding_total", total=told(found.total), ok=told(found.done))
        made[0] = replace(made[0], finding=f"{sum_} {made[0].finding}")
    return [each for each in made if each.rows]


def _date(period: Period, day: date) -> str:
    if period is Period.YEAR:
        return f"{day:%m}.{day:%y}" if language() == "da" else f"{day:%m}/{day:%y}"
    return f"{day.day}.{day.month}." if language() == "da" else f"{day.day}/{day.month}"


def lists(found: Statistics) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Heading, heading of the first column, and rows; for numbers that are no pairs."""
    ends = [(_outcome(each), told(count)) for each, count in found.outcomes.items()]
    refused = [(text(f"reason.{each}"), told(count)) for each, count in found.refusals.items()]
    made = [(text("stats.outcomes"), text("stats.col_outcome"), ends)]
    made += [(text("stats.refusals"), text("stats.col_reason"), refused)]
    return [each for each in made if each[2]]


def _outcome(outcome: Outcome) -> str:
    return text(f"stats.is_{outcome}")


def _lines(found: Statistics) -> Iterator[tuple[str, ...]]:
    yield text("stats.title"), text(f"stats.period_{found.period}")
    yield (text("stats.small_numbers", n=LEAST),)
    yield from _figures(found)
    for each in charts(found):
        yield ()
        yield (each.title,)
        yield each.first, *each.legend
        yield from ((row.label, row.told_done, row.told_failed) for row in each.rows)
    for title, first, rows in lists(found):
        yield ()
        yield (title,)
        yield first, text("stats.col_count")
        yield from rows
