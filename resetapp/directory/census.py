"""How many accounts of a directory have a CPR number: they are counted, and no number is ever read.

The server is asked which accounts have something in the attribute (a filter that is true for any value), in pages (RFC
2696), because servers give few entries at once: Active Directory 1000, slapd 500. The attribute is not among those that
are asked for. What cannot be counted for sure is not told: better no number than a wrong one.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from resetapp.core.accounts import AccountKey
from resetapp.core.readiness import CountFault
from resetapp.directory import filters
from resetapp.directory.accounts import AccountReader
from resetapp.directory.connections import Connections
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.flavours import FLAVOURS
from resetapp.directory.hosts import Host, Hosts
from resetapp.directory.messages import Page, Search
from resetapp.directory.pool import SessionPool
from resetapp.directory.protection import ReadGroups
from resetapp.directory.results import Result
from resetapp.directory.session import Session
from resetapp.settings.model import DirectorySettings
from resetapp.trouble import DirectoryDown

log = logging.getLogger(__name__)

_LEAST_PATIENCE: Final = 60.0  # seconds for a page: without an index the server reads all entries to fill one
_MOVES: Final = 200  # of so many entries one may come or go while they are counted
_NAMES_ONLY: Final = ("1.1",)  # RFC 4511, section 4.5.1.8
_FAULTS: Mapping[int, CountFault] = {
    Result.TIME_LIMIT_EXCEEDED: CountFault.SERVER_LIMIT,
    Result.SIZE_LIMIT_EXCEEDED: CountFault.SERVER_LIMIT,
    Result.ADMIN_LIMIT_EXCEEDED: CountFault.SERVER_LIMIT,
    Result.UNAVAILABLE_CRITICAL_EXTENSION: CountFault.NO_PAGES,
}

Mapped = Callable[[Collection[AccountKey]], int]
"""How many of these accounts are known without the directory's number."""
Progress = Callable[[int, int], None]
"""Entries read, of how many; 0: not known yet."""


class NotCounted(Exception):
    """There is no number that could be told."""

    def __init__(self, fault: CountFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Counted:
    """Accounts that the service could serve: people's, not protected, neither closed nor expired."""

    accounts: int
    with_number: int
    mapped: int  # of those without a number

    @property
    def neither(self) -> int:
        return self.accounts - self.with_number - self.mapped


@dataclass(frozen=True, slots=True)
class Bounds:
    """`page`: entries in one answer, fewer than any server gives. `seconds`: for all of it."""

    page: int = 500
    entries: int = 1_000_000
    seconds: float = 900.0


class Census:
    """Of one directory, on a connection of its own. No more than a page of entries is kept."""

    def __init__(
        self, settings: DirectorySettings, clock: Callable[[], datetime], bounds: Bounds | None = None
    ) -> None:
        """No network yet. Raises ValueError for names, hosts or templates in the settings that cannot be parsed."""
        self._settings = replace(settings, answer_timeout=max(settings.answer_timeout, _LEAST_PATIENCE))
        self._reader = AccountReader(settings, FLAVOURS[settings.kind], clock)
        self._bounds = bounds or Bounds()
        hosts = Hosts(map(Host.parse, settings.hosts), settings.host_pause)
        login = Connections(self._settings).as_service
        self._pool = SessionPool(settings.name, hosts, login, self._settings.answer_timeout)

    def count(self, mapped: Mapped, progress: Progress) -> Counted:
        """Begins anew on the next server when one fails. Raises NotCounted, and what `mapped` raises."""
        until = time.monotonic() + self._bounds.seconds
        try:
            with self._pool.after(partial(self._counted, until, mapped, progress)) as (_, counted):
                return counted
        except DirectoryDown as down:
            log.warning("directory %s cannot be counted: %s", down.directory, down.reason)
            raise NotCounted(CountFault.UNREACHABLE) from None
        finally:
            self._pool.close()

    def _counted(self, until: float, mapped: Mapped, progress: Progress, session: Session) -> Counted:
        groups = self._reader.protection.read_groups(session)
        if groups.members is None:
            raise NotCounted(CountFault.GROUPS_UNREADABLE)
        run = _Run(self._settings, self._reader, self._bounds, until, session, groups, progress)
        return run.counted(mapped)


@dataclass(slots=True)
class _Run:
    """On one connection: a server knows the next page only where it gave the last one."""

    settings: DirectorySettings
    reader: AccountReader
    bounds: Bounds
    until: float
    session: Session
    groups: ReadGroups
    progress: Progress
    seen: int = 0
    of: int = 0

    def counted(self, mapped: Mapped) -> Counted:
        """Every entry is seen twice: once by its name alone, and once among those with or those without a number."""
        has_number = filters.present(self.settings.cpr_attribute)
        total = sum(map(len, self._pages("", _NAMES_ONLY)))
        self.seen, self.of = 0, total
        with_number = sum(len(page) for page in self._served(has_number))
        without = in_list = 0
        for page in self._served(filters.without(has_number)):
            without += len(page)
            in_list += mapped([self._key(entry) for entry in page])
        if abs(total - self.seen) > total // _MOVES:
            raise NotCounted(CountFault.UNCLEAR)
        return Counted(with_number + without, with_number, in_list)

    def _served(self, condition: str) -> Iterator[list[Entry]]:
        for page in self._pages(condition, self.reader.judged_by):
            self.seen += len(page)
            self.progress(self.seen, self.of)
            yield [entry for entry in page if self._may_be_served(entry)]

    def _may_be_served(self, entry: Entry) -> bool:
        try:
            protected = self.reader.protection.covers_cheaply(entry, self.groups, self.session)
            return not protected and not self.reader.over(entry)
        except Unreadable:
            return False

    def _key(self, entry: Entry) -> AccountKey:
        if key := self.reader.key(entry):
            return key
        raise NotCounted(CountFault.ENTRY_ID_UNREADABLE)

    def _pages(self, condition: str, attributes: tuple[str, ...]) -> Iterator[list[Entry]]:
        """Everything that a server answers instead of one more page ends the count."""
        people = filters.every(condition, self.reader.person)
        cookie: bytes | None = None
        read = 0
        while cookie != b"":
            page = Page(self.bounds.page, cookie or b"")
            code, entries, cookie = self.session.page(Search(self.settings.base, people, attributes, page=page))
            if code != Result.SUCCESS:
                log.warning("directory %s: %s answers with %d", self.settings.name, self.session.host, code)
                raise NotCounted(_FAULTS.get(code, CountFault.SEARCH_REFUSED))
            if cookie is None:  # 389-DS says so, too, of a base that is not there or may not be known of
                raise NotCounted(CountFault.NO_PAGES if entries else CountFault.SEARCH_REFUSED)
            read += len(entries)
            self._demand_bounds(read)
            yield entries

    def _demand_bounds(self, read: int) -> None:
        if read > self.bounds.entries:
            raise NotCounted(CountFault.TOO_MANY)
        if time.monotonic() > self.until:
            raise NotCounted(CountFault.TOO_LONG)
