"""The audit trail's newest event, written to the log as it grows: from there it goes where this database's masters
cannot change it, and a trail that was rewritten from the beginning no longer fits (security.md 2.10).
"""

import logging
from typing import Final

from resetapp.storage import audit
from resetapp.storage.audit import Anchor
from resetapp.storage.database import Database

log = logging.getLogger(__name__)


class Anchors:
    EVERY: Final = 60.0  # seconds

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: Anchor | None = None

    def write(self) -> None:
        """One line when the trail has grown since the last. Raises DatabaseDown."""
        with self._database.reading() as db:
            newest = audit.anchor(db)
        if newest is not None and newest != self._last:
            log.info("%s", newest)
            self._last = newest
