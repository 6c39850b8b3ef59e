"""The list as a file: without a number, and without anything made from one."""

import logging
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime

from resetapp.core.mapping_events import MappingListExported
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import mapping_list
from resetapp.storage.mapping_list import Exported
from resetapp.storage.tables import StaffLogin

log = logging.getLogger(__name__)

COLUMNS = tuple(each.name for each in fields(Exported))


def export(desk: Desk, register: Register, member: StaffLogin, why: str) -> Iterator[tuple[str, ...]]:
    """The heading and a line for each mapping. On record, with its reason, before the first line goes out (A-09).

    Raises DatabaseDown.
    """
    with desk.database.transaction() as db:
        rows = mapping_list.count(db)
        told = MappingListExported(person=member.person, username=member.username, rows=rows, why=why)
        desk.journal.write(db, told, desk.clock())
    log.info("mapping.exported username=%s rows=%d", member.username, rows)
    return _lines(desk, register)


def _lines(desk: Desk, register: Register) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    for each in mapping_list.every(desk.database, register.settings.cool_down):
        yield tuple(_cell(getattr(each, name)) for name in COLUMNS)


def _cell(value: str | datetime | None) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value or ""
