"""The auditor's pages: the audit trail as it was written, and its export.

Asked for by POST, as in look_up: what is typed may be about a person. What looks like a CPR number is refused before
anything is done with it, for the filter is itself put on record.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Response
from flask.typing import ResponseReturnValue

from resetapp import read_events, texts
from resetapp.audit_export import FORMS
from resetapp.core.cpr import may_hold_cpr
from resetapp.core.events import EVENTS
from resetapp.core.staff import Task
from resetapp.look_up import Told, read_reference
from resetapp.read_events import SeenEvent, SeenTrail
from resetapp.storage.trail import Filter
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.fresh import demand_fresh, fresh_until
from resetapp.web.console.words import Line, in_words
from resetapp.web.forms import TrailFilter
from resetapp.web.house import language, now, page, services, text

_YEARS = range(2000, 2200)  # far from the ends of what a moment can hold
_SHORTEST_WHY = 5
_FIELDS = ("event", "since", "until", "reference", "username")
_TYPES = {"csv": "text/csv", "ecs": "application/x-ndjson"}
_ENDINGS = {"csv": "csv", "ecs": "jsonl"}
_DAY = timedelta(days=1)
_PAGE = "console.events"
_COMMAND = "resetapp audit verify"

Errors = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One event on the page. `facts`: label and value of each."""

    seq: int
    at: str
    line: Line
    name: str
    reference: str
    erased: bool
    facts: tuple[tuple[str, str], ...]
    flaws: tuple[str, ...]


@console.route("/events", methods=["GET", "POST"])
@staff_may(Task.READ_EVENTS)
def events(member: Member) -> ResponseReturnValue:
    asked = TrailFilter()
    wanted, errors = _understood(asked)
    if errors:
        return _page(member, asked, None, errors)
    before, after = asked.number("before"), asked.number("after")
    return _page(member, asked, read_events.read(services().desk, member.row, wanted, before, after))


@console.post("/events/export")
@staff_may(Task.READ_EVENTS)
def export_events(member: Member) -> ResponseReturnValue:
    """Why must be typed in: it is on record before the first line goes out. Needs a fresh login (A-09)."""
    demand_fresh(member, _PAGE)
    asked = TrailFilter()
    wanted, errors = _understood(asked)
    form, why = asked.typed("form"), asked.typed("why")
    if len(why) < _SHORTEST_WHY or form not in FORMS:
        errors.append(("why", text("trail.error_why")))
    if errors:
        return _page(member, asked, None, errors)
    pieces = read_events.export(services().desk, member.row, wanted, form, why)
    name = f"events-{now().astimezone(texts.TIME_ZONE):%Y-%m-%d}.{_ENDINGS[form]}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pieces, content_type=f"{_TYPES[form]}; charset=utf-8", headers=disposition)


def _understood(asked: TrailFilter) -> tuple[Filter, Errors]:
    """What cannot be meant is told, never guessed: a filter that is left out would show too much."""
    errors: Errors = []
    for field in (*_FIELDS, "why"):
        if may_hold_cpr(asked.typed(field)) or not asked.typed(field).isprintable():
            errors.append((field, text("trail.error_cpr")))
    name, reference = asked.typed("event"), asked.typed("reference")
    if name and name not in EVENTS:
        errors.append(("event", text("trail.error_event")))
    if reference and not read_reference(reference):
        errors.append(("reference", text("trail.error_reference")))
    since, until = _day(asked, "since", errors), _day(asked, "until", errors)
    if since and until and until < since:
        errors.append(("until", text("trail.error_order")))
    end = until + _DAY if until else None
    username = asked.typed("username")
    return Filter(name, _midnight(since), _midnight(end), read_reference(reference), username), errors


def _day(asked: TrailFilter, field: str, errors: Errors) -> date | None:
    typed = asked.typed(field)
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = date.min
    if found.year in _YEARS:
        return found
    errors.append((field, text("trail.error_day")))
    return None


def _midnight(day: date | None) -> datetime | None:
    """Where that day begins, in Denmark."""
    return datetime.combine(day, time.min, texts.TIME_ZONE) if day else None


def _page(member: Member, asked: TrailFilter, seen: SeenTrail | None, errors: Errors | None = None) -> Response:
    shown = {field: asked.typed(field) for field in (*_FIELDS, "why")}
    shown |= {field: "" for field, _ in errors or () if may_hold_cpr(shown[field])}
    rows = [_row(each) for each in seen.events] if seen else []
    context: dict[str, object] = {
        "command": _COMMAND,
        "rows": rows,
        "asked": shown,
        "names": sorted(EVENTS),
        "seen": seen,
    }
    context |= {"fresh_until": fresh_until(member, _PAGE)}
    context |= {"verified": _verified(seen) if seen else (), "filtered": any(shown[each] for each in _FIELDS)}
    return page("console/events.html", 422 if errors else 200, errors=errors or [], known=member, **context)


def _verified(seen: SeenTrail) -> tuple[str, ...]:
    """What was looked at just now, and what of it does not hold; of everything else nothing is said."""
    found = seen.verified
    newest = found.newest.seq if found.newest else 0
    moment = texts.date_time(language(), now())
    broken = [_broken(each.seq, str(each.flaw)) for each in found.broken]
    if broken:
        return (text("trail.broken", time=moment), *broken)
    return (text("trail.holds", time=moment, num=found.events, newest=newest),)


def _broken(seq: int, flaw: str) -> str:
    return text("trail.flaw", seq=seq, flaw=text(f"trail.flaw_{flaw}"))


def _row(event: SeenEvent) -> Row:
    line = Line("", text("trail.erased")) if event.erased else _line(event)
    told = {"at": event.at.isoformat(), **(event.facts or {})}
    return Row(
        seq=event.seq,
        at=texts.date_time(language(), event.at),
        line=line,
        name=event.name,
        reference=event.reference,
        erased=event.erased,
        facts=tuple((_label(key), _value(value)) for key, value in told.items() if _says(value)),
        flaws=tuple(text(f"trail.flaw_{each}") for each in event.flaws),
    )


def _line(event: SeenEvent) -> Line:
    if event.facts is None:
        return Line("", text("trail.unreadable"), "bad")
    return in_words(Told(event.at, event.name, event.facts))


def _label(key: str) -> str:
    """As in the export of a person's data, where it has a word for it."""
    named = next((each for each in (f"export.{key}", f"trail.fact_{key}") if texts.has(each)), "")
    return text(named) if named else key


def _says(value: object) -> bool:
    return value not in ("", [], None)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return text("export.yes" if value else "export.no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
