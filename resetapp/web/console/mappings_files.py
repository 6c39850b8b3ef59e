"""The list as a file, and the empty file that an import begins with."""

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response
from flask.typing import ResponseReturnValue

from resetapp import texts
from resetapp.audit_export import harmless
from resetapp.core.staff import Task
from resetapp.mapping.export import export
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.fresh import demand_fresh
from resetapp.web.console.mapping_forms import MappingForm
from resetapp.web.console.mappings import list_page, register
from resetapp.web.house import now, services

IMPORT_COLUMNS = ("cpr", "username", "directory")
_MARK = "\ufeff"  # by which Excel knows UTF-8
_LINES_TOGETHER = 200


@console.post("/mappings/export")
@staff_may(Task.SEE_MAPPINGS)
def export_mappings(member: Member) -> ResponseReturnValue:
    """With a reason and a fresh login (A-09). No number is in it."""
    kept = register()
    demand_fresh(member, "console.mappings")
    asked = MappingForm()
    if faults := asked.faults_of_reason():
        return list_page(member, faults)
    lines = export(services().desk, kept, member.row, asked.typed("reason"))
    return _file(_pieces(lines), f"mappings-{now().astimezone(texts.TIME_ZONE):%Y-%m-%d}.csv")


@console.get("/mappings/template.csv")
@staff_may(Task.REQUEST_MAPPINGS)
def mapping_template(member: Member) -> ResponseReturnValue:
    register()
    return _file(_pieces([IMPORT_COLUMNS]), "mappings-template.csv")


def _file(pieces: Iterator[str], name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pieces, content_type="text/csv; charset=utf-8", headers=disposition)


def _pieces(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """As Excel in Denmark opens it by itself: UTF-8 with its mark, semicolons, CRLF."""
    held = io.StringIO()
    held.write(_MARK)
    writer = csv.writer(held, delimiter=";", lineterminator="\r\n")
    for number, line in enumerate(lines, start=1):
        writer.writerow(map(harmless, line))
        if number % _LINES_TOGETHER == 0:
            yield held.getvalue()
            held.seek(0)
            held.truncate()
    yield held.getvalue()
