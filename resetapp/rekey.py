"""Making the list's index anew under the newest key, from the numbers that are sealed to the offline key.

What is opened must give the index that stands in the row, under the row's own key. For anybody can seal: the public key
is no secret, so who may write to the database could seal their own number into another person's row, and would get the
account here. The index of a number that is nowhere in the list they cannot make. And a row that asks or counts must
have its seal: one that somebody has written past this service would come out with a good one.
"""

import hmac
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.mapping_events import MappingsRekeyed
from resetapp.storage import mapping_keys
from resetapp.storage.audit import Journal
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.escrow import NotOpened, OfflineKey
from resetapp.storage.mapping_keys import Older

log = logging.getLogger(__name__)

CHUNK = 1000  # rows in one transaction


@dataclass(slots=True)
class Rekeyed:
    """How many rows were made anew, and how many were left as they are, by reason."""

    rows: int = 0
    unsealed: int = 0  # no number was sealed
    unopened: int = 0  # sealed to another key, or damaged
    unlike: int = 0  # the sealed number is not the one that the index was made of
    broken: int = 0  # its seal is not ours
    unproven: int = 0  # the row's own key is not in the settings, so nothing tells whose number was sealed
    looked_at: int = 0

    @property
    def left(self) -> int:
        return self.unsealed + self.unopened + self.unlike + self.broken + self.unproven

    def add(self, other: "Rekeyed") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Rekeying:
    """Ended rows too: they answer who could set which password. Shows no key."""

    database: Database
    journal: Journal
    indexes: CprIndexes
    key: OfflineKey
    clock: Callable[[], datetime]
    by: str  # who runs it
    unproven_too: bool = False  # also rows whose own key is lost
    dry_run: bool = False  # opens and counts, writes nothing

    def chunks(self, size: int = CHUNK) -> Iterator[Rekeyed]:
        """Each is whole when it is told of: one transaction, with its event. Raises DatabaseDown.

        Stopped anywhere, it is finished by the next run; two at once do each row once.
        """
        after, newest = "", self.indexes.newest
        while True:
            with self.database.reading() as db:
                rows = mapping_keys.older(db, newest, after, size)
            if not rows:
                return self._requests()
            yield self._chunk(rows)
            after = rows[-1].id

    def _chunk(self, rows: list[Older]) -> Rekeyed:
        done = Rekeyed(looked_at=len(rows))
        made = [(row, index) for row in rows if (index := self._index(row, done))]
        if self.dry_run:
            done.rows = len(made)
            return done
        with self.database.transaction() as db:
            done.rows = mapping_keys.renew(db, made, self.indexes.newest, self.indexes.seals)
            told = MappingsRekeyed(by=self.by, key=self.indexes.newest, rows=done.rows, left=done.left)
            self.journal.write(db, told, self.clock())
        return done

    def _index(self, row: Older, done: Rekeyed) -> str:
        """Empty when the row is left, which is counted."""
        if self._is_broken(row):
            done.broken += 1
            log.error("mapping.seal_broken mapping=%s", row.id)
            return ""
        if row.sealed is None:
            done.unsealed += 1
            return ""
        try:
            indexes = self.indexes.of(self.key.open(row.sealed, row.id))
        except NotOpened:
            done.unopened += 1
            return ""
        proof = indexes.get(row.key_id)
        if proof is None and not self.unproven_too:
            done.unproven += 1
            return ""
        if proof is not None and not hmac.compare_digest(proof, row.cpr_index):
            done.unlike += 1
            log.error("mapping.sealed_unlike mapping=%s", row.id)
            return ""
        return indexes[self.indexes.newest]

    def _is_broken(self, row: Older) -> bool:
        """As far as it can be told: not of a row whose own key is lost."""
        seals = self.indexes.seals
        return row.asks_or_counts and seals.knows(row.key_id) and not seals.fits(row.whole)

    def _requests(self) -> None:
        if not self.dry_run:
            with self.database.transaction() as db:
                mapping_keys.renew_requests(db, self.indexes.seals)
