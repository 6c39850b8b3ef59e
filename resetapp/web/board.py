"""The operator's notice, and the stop, as a worker shows them: read every few seconds, so that no page pays for it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from resetapp.storage import notices, stops
from resetapp.storage.database import Database
from resetapp.storage.notices import Notice
from resetapp.storage.stops import Stop

log = logging.getLogger(__name__)

_FRESH = timedelta(seconds=3)
_AFTER_A_FAULT = timedelta(seconds=15)  # a database that is down is not waited for at every page
_NEVER = timedelta(0)


class Board:
    """One for each worker process; its threads may read at once, which does no harm."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._kept: Notice | None = None
        self._stop: Stop | None = None
        self._read_at: datetime | None = None
        self._good_for = _NEVER

    def current(self) -> Notice | None:
        """What holds now. Raises nothing: without the database the last known notice stays, or there is none.

        So a fault for a moment does not open a login that the operator has switched off.
        """
        now = self._refreshed()
        return self._kept if self._kept and self._kept.holds(now) else None

    def stop(self) -> Stop | None:
        """For what a page says. What is sent asks the database itself (`stops.demand_none`)."""
        self._refreshed()
        return self._stop

    def _refreshed(self) -> datetime:
        now = self._clock()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < self._good_for:
            self._read_at = now  # before the answer: others need not ask meanwhile
            self._read()
        return now

    def _read(self) -> None:
        try:
            with self._database.question() as db:
                self._kept, self._stop = notices.find(db), stops.find(db)
            self._good_for = _FRESH
        except Exception as error:  # whatever it is, the page matters more
            log.warning("notice.unreadable fault=%s", type(error).__name__)
            self._good_for = _AFTER_A_FAULT
