"""Files of mappings: sent, checked while one looks on, approved by somebody else. What is sent is in memory alone."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import cast

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, HiddenField, StringField

from resetapp import texts
from resetapp.core.cpr import may_hold_cpr
from resetapp.core.mappings import MappingRefused, RequestKind, RequestState
from resetapp.core.staff import Task
from resetapp.mapping import decisions
from resetapp.mapping.confirmation import NotConfirmed, removes_many
from resetapp.mapping.decisions import lapse
from resetapp.mapping.faults import Fault, Report
from resetapp.mapping.files import MOST_OCTETS, MOST_ROWS
from resetapp.mapping.imports import File
from resetapp.mapping.work import Busy, Importer
from resetapp.storage import imports as stored
from resetapp.storage.mappings import MappingRequest, find_request
from resetapp.trouble import DirectoryDown
from resetapp.web.console.access import Member, console, member, staff_may
from resetapp.web.console.askers import demand_asker_of_mapping
from resetapp.web.console.fresh import demand_fresh, fresh_until
from resetapp.web.console.mappings_decided import refusal
from resetapp.web.console.statistics import harmless
from resetapp.web.forms import Form
from resetapp.web.house import language, page, services, text, title_of_directory

FILE_BYTES = 3 * 1024 * 1024  # with the form around it, and room to say that a file is too large
_SHORTEST_REASON, _LONGEST_REASON = 5, 500
_MOST_SHOWN, _SAMPLES, _FILES = 200, 20, 20
_LOOK_AGAIN = "2"  # seconds
_MEGABYTES = MOST_OCTETS // 1024**2
_TONES = {RequestState.FAULTY: "bad", RequestState.REJECTED: "bad", RequestState.APPROVED: "ok"}

Errors = list[tuple[str, str]]


class ImportForm(Form):
    """`reason` belongs to a file; `hash` and `confirm` to its approval; `why` to its rejection."""

    whole = BooleanField()
    reason, confirm, why = StringField(), StringField(), StringField()
    hash = HiddenField()

    def typed(self, name: str) -> str:
        return str(self[name].data or "").strip()[:_LONGEST_REASON]

    def faults_of(self, name: str) -> Errors:
        """It is written down for good, so it may hold nothing like a number."""
        typed = self.typed(name)
        if may_hold_cpr(typed) or not typed.isprintable():
            return [(name, text("import.error_holds_cpr"))]
        return [(name, text("import.error_reason"))] if len(typed) < _SHORTEST_REASON else []


@dataclass(frozen=True, slots=True)
class Seen:
    """A file on its page. `facts` and `counts`: label and value."""

    asked: MappingRequest
    state: str
    tone: str
    message: str
    percent: int | None
    facts: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    all_faults: int
    samples: tuple[str, ...]


@console.url_value_preprocessor
def _room_for_a_file(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form, and only for who may send a file: nobody else's megabytes are taken in."""
    if endpoint == "console.send_import" and services().settings.staff.enabled:
        known = member()
        if known and known.may(Task.REQUEST_MAPPINGS):
            request.max_content_length = FILE_BYTES


@console.get("/mappings/import")
@staff_may(Task.SEE_MAPPINGS)
def imports(member: Member) -> ResponseReturnValue:
    _importer().take_over()
    return _form(member, [])


@console.post("/mappings/import")
@staff_may(Task.REQUEST_MAPPINGS)
def send_import(member: Member) -> ResponseReturnValue:
    importer, asked, errors = _importer(), ImportForm(), []
    sent = request.files.get("file")
    content = sent.stream.read(MOST_OCTETS + 1) if sent else b""
    if not content:
        errors.append(("file", text("import.error_empty" if sent and sent.filename else "import.error_none")))
    if len(content) > MOST_OCTETS:
        errors.append(("file", text("import.error_size", mb=_MEGABYTES)))
    errors += asked.faults_of("reason")
    if errors:
        return _form(member, errors, asked)
    importer.take_over()
    lapse(services().desk, importer.register)  # what nobody decided in time must not stand in the way
    try:
        made = importer.check(member.row, File(content, bool(asked.whole.data), asked.typed("reason")))
    except Busy:
        return _form(member, [("file", text("import.error_busy"))], asked, 503)
    return redirect(url_for("console.import_file", request_id=made), 303)


@console.get("/mappings/import/<request_id>")
@staff_may(Task.SEE_MAPPINGS)
def import_file(member: Member, request_id: str) -> ResponseReturnValue:
    _importer().take_over()
    return _page(member, _asked(request_id), [])


@console.get("/mappings/import/<request_id>/faults.csv")
@staff_may(Task.SEE_MAPPINGS)
def import_faults(member: Member, request_id: str) -> ResponseReturnValue:
    report = Report.of(_asked(request_id).report)
    disposition = {"Content-Disposition": 'attachment; filename="faults.csv"'}
    return Response("".join(_lines(report)), content_type="text/csv; charset=utf-8", headers=disposition)


@console.post("/mappings/import/<request_id>/withdraw")
@staff_may(Task.REQUEST_MAPPINGS)
def withdraw_import(member: Member, request_id: str) -> ResponseReturnValue:
    asked = _asked(request_id)
    try:
        decisions.withdraw(services().desk, member.row, asked.id)
    except MappingRefused as no:
        return _page(member, asked, [("main", text(f"mapping.error_{no.problem}", **no.values))])
    return redirect(url_for("console.import_file", request_id=asked.id), 303)


@console.post("/mappings/import/<request_id>/approve")
@staff_may(Task.DECIDE_MAPPINGS)
def approve_import(member: Member, request_id: str) -> ResponseReturnValue:
    """Bound to the file that the member has looked at, by its hash."""
    importer, asked, form = _importer(), _asked(request_id), ImportForm()
    demand_fresh(member, "console.imports")
    try:
        demand_asker_of_mapping(asked)
        importer.approve(member.row, asked.id, form.typed("hash"), form.typed("confirm"))
    except (MappingRefused, DirectoryDown) as no:
        return _page(member, asked, [("main", refusal(no))])
    except NotConfirmed:
        return _page(member, asked, [("confirm", text("import.error_mass"))])
    except Busy:
        return _page(member, asked, [("main", text("import.error_busy"))], 503)
    return redirect(url_for("console.import_file", request_id=asked.id), 303)


@console.post("/mappings/import/<request_id>/reject")
@staff_may(Task.DECIDE_MAPPINGS)
def reject_import(member: Member, request_id: str) -> ResponseReturnValue:
    asked, form = _asked(request_id), ImportForm()
    errors = form.faults_of("why")
    if errors:
        return _page(member, asked, errors)
    try:
        decisions.reject(services().desk, member.row, asked.id, form.typed("why"))
    except MappingRefused as no:
        return _page(member, asked, [("main", text(f"mapping.error_{no.problem}", **no.values))])
    return redirect(url_for("console.import_file", request_id=asked.id), 303)


def _importer() -> Importer:
    """Raises NotFound where mappings are switched off."""
    found = cast(Importer | None, current_app.extensions["resetapp.importer"])
    if found is None:
        raise NotFound
    return found


def _asked(request_id: str) -> MappingRequest:
    """Raises NotFound."""
    _importer()
    with services().database.reading() as db:
        found = find_request(db, request_id)
    if found is None or found.kind is not RequestKind.IMPORT:
        raise NotFound
    return found


# ---- what the pages show


def _form(
    member: Member, errors: Errors, asked: ImportForm | None = None, status: int | None = None
) -> ResponseReturnValue:
    with services().database.reading() as db:
        files = [(each.id, _line(each)) for each in stored.recent(db, _FILES)]
    reason = asked.typed("reason") if asked else ""
    shown: dict[str, object] = {"known": member, "errors": errors, "files": files}
    shown |= {"may_send": member.may(Task.REQUEST_MAPPINGS), "whole": bool(asked and asked.whole.data)}
    shown |= {"reason": "" if may_hold_cpr(reason) else reason, "mb": _MEGABYTES}
    shown |= {"rows": texts.number(language(), MOST_ROWS)}
    return page("console/import.html", status or (422 if errors else 200), **shown)


def _line(asked: MappingRequest) -> str:
    moment = texts.date_time(language(), asked.requested_at)
    return text("import.line", time=moment, username=asked.requester, state=text(f"import.state_{asked.state}"))


def _page(member: Member, asked: MappingRequest, errors: Errors, status: int | None = None) -> ResponseReturnValue:
    with services().database.reading() as db:
        usernames = tuple(stored.some_usernames(db, asked.id, _SAMPLES))
        removed, approved = stored.count_to_remove(db, asked.id), stored.count_approved(db)
    seen = _seen(asked, usernames)
    waits, own = asked.state is RequestState.WAITING, asked.requested_by == member.row.person
    decides = waits and not own and member.may(Task.DECIDE_MAPPINGS)
    settings = _importer().register.settings
    shown: dict[str, object] = {"known": member, "errors": errors, "seen": seen, "decides": decides}
    shown |= {"withdraws": waits and own and member.may(Task.REQUEST_MAPPINGS)}
    shown |= {"mass": settings.largest_removal if removes_many(_importer().register, removed, approved) else None}
    shown |= {"fresh_until": fresh_until(member, "console.imports") if decides else None}
    answer = page("console/import_file.html", status or (422 if errors else 200), **shown)
    if seen.percent is not None:
        answer.headers["Refresh"] = _LOOK_AGAIN  # works without a script, and leads nowhere else
    return answer


def _seen(asked: MappingRequest, usernames: tuple[str, ...]) -> Seen:
    report = Report.of(asked.report)
    worked_on = asked.state in (RequestState.CHECKING, RequestState.APPLYING)
    return Seen(
        asked=asked,
        state=text(f"import.state_{asked.state}"),
        tone=_TONES.get(asked.state, "info"),
        message=_message(asked),
        percent=min(100, 100 * asked.done // max(1, asked.rows)) if worked_on else None,
        facts=tuple(_facts(asked, report)),
        counts=tuple(_counts(report)),
        faults=tuple(_fault(each) for each in report.faults[:_MOST_SHOWN]),
        all_faults=len(report.faults),
        samples=usernames,
    )


def _message(asked: MappingRequest) -> str:
    """Why it ended, or was given back."""
    told = asked.report
    if ended := told.get("ended"):
        return text(f"import.ended_{ended}", directory=title_of_directory(told.get("directory", "")))
    if refused := told.get("refused"):
        key = f"import.refused_{refused}"
        values = {"directory": title_of_directory(told.get("directory", "")), "account": told.get("account", "")}
        return text(key if texts.has(key) else "import.refused_changed", **values)
    return text("import.nothing_done") if asked.state is RequestState.FAULTY else ""


def _facts(asked: MappingRequest, report: Report) -> Iterator[tuple[str, str]]:
    yield text("import.by"), asked.requester
    yield text("import.at"), texts.date_time(language(), asked.requested_at)
    yield text("import.reason_label"), asked.reason
    yield text("import.hash"), asked.file_hash or ""
    if report.encoding:
        yield text("import.encoding"), report.encoding
    if asked.answer:
        yield text("import.answer"), asked.answer


def _counts(report: Report) -> Iterator[tuple[str, str]]:
    found = {f"import.count_{name}": number for name, number in report.counts.items()}
    found |= {"import.count_faults": len(report.faults)} if report.faults else {}
    found |= {f"import.warning_{name}": number for name, number in report.warnings.items()}
    yield from ((text(key), texts.number(language(), number)) for key, number in found.items() if number)


def _fault(fault: Fault) -> str:
    words = text(
        f"import.error_{fault.flaw}",
        line=fault.line,
        other=fault.other,
        mb=_MEGABYTES,
        n=texts.number(language(), MOST_ROWS),
    )
    return f"{words} ({fault.username})" if fault.username else words


def _lines(report: Report) -> Iterator[str]:
    """As Excel in Denmark opens it by itself: UTF-8 with its mark, semicolons, CRLF."""
    held = StringIO()
    writer = csv.writer(held, delimiter=";", lineterminator="\r\n")
    writer.writerow([text("import.col_line"), text("import.col_username"), text("import.col_error")])
    for fault in report.faults:
        words = _fault(Fault(fault.line, fault.flaw, "", fault.other))
        writer.writerow([str(fault.line or ""), harmless(fault.username), words])
    yield "\ufeff" + held.getvalue()
