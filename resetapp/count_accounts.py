"""Counting the accounts of one directory that people can help themselves with, and writing down what came of it.

Only the daily command does so: it takes minutes, and the workers of the service need none of it in memory.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from resetapp.core.accounts import AccountKey
from resetapp.directory.census import Census, NotCounted, Progress
from resetapp.settings import DirectorySettings
from resetapp.storage import readiness
from resetapp.storage.database import Database
from resetapp.storage.readiness import Readiness


def count_accounts(
    database: Database,
    settings: DirectorySettings,
    clock: Callable[[], datetime],
    progress: Progress,
    *,
    with_mappings: bool,
) -> Readiness:
    """`with_mappings`: are they switched on? Else none counts. Raises DatabaseDown."""
    row = Readiness(directory=settings.name, counted_at=clock())

    def mapped(keys: Collection[AccountKey]) -> int:
        if not (with_mappings and keys):
            return 0
        with database.reading() as db:
            return readiness.mapped_among(db, keys, row.counted_at)

    try:
        found = Census(settings, clock).count(mapped, progress)
    except NotCounted as refused:
        row.fault = refused.fault
    else:
        row.accounts, row.with_number, row.mapped = found.accounts, found.with_number, found.mapped
    with database.transaction() as db:
        db.add(row)
    return row
