"""The report of a period to auditors and management, on a page and in a file."""

from collections.abc import Sequence

from flask import Response, request
from flask.typing import ResponseReturnValue

from resetapp import read_report, texts
from resetapp.core.cpr import may_hold_cpr
from resetapp.core.staff import Task
from resetapp.read_report import PERIODS
from resetapp.report.contents import Report, Wanted
from resetapp.report.tables import Words, csv_of
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.fresh import demand_fresh, fresh_until
from resetapp.web.forms import ReportWanted
from resetapp.web.house import language, now, page, services, text

_PAGE = "console.report"
_SHORTEST_WHY = 5

Errors = Sequence[tuple[str, str]]


@console.get("/report")
@staff_may(Task.READ_EVENTS)
def report(member: Member) -> ResponseReturnValue:
    days, seed, until = (request.args.get(each, "") for each in ("days", "seed", "until"))
    asked = read_report.wanted(days, seed, until, now())
    return _page(member, asked)


@console.post("/report/export")
@staff_may(Task.READ_EVENTS)
def export_report(member: Member) -> ResponseReturnValue:
    """As any fetching of events: with a fresh login, and a reason that is on record before it goes out (A-09)."""
    demand_fresh(member, _PAGE)
    form = ReportWanted()
    asked, why = (
        read_report.wanted(form.typed("days"), form.typed("seed"), form.typed("until"), now()),
        form.typed("why"),
    )
    if may_hold_cpr(why) or not why.isprintable():
        return _page(member, asked, [("why", text("trail.error_cpr"))])
    if len(why) < _SHORTEST_WHY:
        return _page(member, asked, [("why", text("trail.error_why"))], why)
    found = read_report.export(services().desk, member.row, asked, why)
    name = f"report-{now().astimezone(texts.TIME_ZONE):%Y-%m-%d}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = "".join(csv_of(_words(), found)).encode("utf-8-sig")
    return Response(body, content_type="text/csv; charset=utf-8", headers=disposition)


def _page(member: Member, asked: Wanted, errors: Errors = (), why: str = "") -> Response:
    found, words = read_report.read(services().desk, member.row, asked), _words()
    context: dict[str, object] = {"known": member, "errors": errors, "asked": {"why": why}}
    context |= {"periods": [(each, text("report.days", num=each)) for each in PERIODS]}
    context |= {"wanted": _kept(asked), "period": words.period(found), "holds": _holds(found)}
    context |= {"chain": words.chain(found), "tables": words.tables(found), "fresh_until": fresh_until(member, _PAGE)}
    return page("console/report.html", 422 if errors else 200, **context)


def _words() -> Words:
    return Words(language(), services().settings.directories)


def _kept(asked: Wanted) -> dict[str, str]:
    """By which the same report can be asked for again."""
    return {"days": str(asked.days), "seed": asked.seed, "until": asked.until.isoformat(timespec="microseconds")}


def _holds(found: Report) -> bool:
    return not (found.broken or found.unreadable)
