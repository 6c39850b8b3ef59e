"""Three months of invented history, so that the console has something to show in the demo's first minute.

It goes into the demo's fresh database as the service itself would have left it, audit trail and all: visits of people
whom nobody knows, and what the staff did meanwhile, on the accounts that the demo's directories hold.
"""

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime

from resetapp.demo import history_codes, history_mappings, history_support
from resetapp.demo.history_past import Past
from resetapp.demo.history_visits import Rows, Story, events_of, rows_of, stories
from resetapp.settings import Settings
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database


def write_history(settings: Settings, now: datetime) -> None:
    """`settings`: of an installation whose database is new and whose directories answer."""
    visits = list(stories(now))
    database = Database(settings.database.url)
    _write_rows(database, visits)
    events = [event for each in visits for event in events_of(each)]
    with _quiet(), contextlib.closing(Past(settings, now)) as past:
        history_mappings.plan(past)
        history_codes.plan(past)
        history_support.plan(past, visits)
        past.play()
        events += past.journal.events
    with database.transaction() as db:
        Journal(settings.service.person_key).write_all(db, sorted(events, key=lambda each: each[1]))
    database.close()


def _write_rows(database: Database, visits: list[Story]) -> None:
    rows: Rows = {}
    for each in visits:
        for table, row in rows_of(each):
            rows.setdefault(table, []).append(row)
    with database.transaction() as db:
        for table, made in rows.items():
            db.bulk_insert_mappings(table, made, render_nulls=True)  # else a statement for each that has one


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """An owner who stopped a mapping weeks ago is no news in this machine's log."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
