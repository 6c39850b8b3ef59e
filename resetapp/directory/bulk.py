"""Tens of thousands of accounts, looked up many at a time: what an import and its approval ask of a directory.

Each account is judged as a single look-up judges it, by the same code. Only the groups may be known from some seconds
ago, as they are when accounts are shown, and in Active Directory from the run's beginning; before a write they are read
anew. Of its password's rules an account of a run may tell only the general ones.
"""

import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from resetapp.core.accounts import AccountKey, DirectoryAccount
from resetapp.directory import filters
from resetapp.directory.accounts import AccountReader
from resetapp.directory.entries import Entry
from resetapp.directory.flavours import Flavour
from resetapp.directory.messages import Search
from resetapp.directory.names import normalised
from resetapp.directory.pool import SessionPool
from resetapp.directory.protection import ReadGroups
from resetapp.directory.results import Result
from resetapp.directory.session import Declined, Session
from resetapp.settings.model import DirectorySettings
from resetapp.trouble import DirectoryDown

log = logging.getLogger(__name__)

_TOGETHER = 100
"""Names in one search. More are no faster on any of the servers measured (slapd, Samba, 389-DS); and with two accounts
for each it stays below what servers give at most: 500 entries of slapd, 1000 of Active Directory."""
_GROUPS_GOOD_FOR = 10.0  # seconds
_ONE_USERNAMES, _ONE_IDS = 20, 2  # accounts; more is a fault of the set-up
_LIMITS = frozenset({Result.TIME_LIMIT_EXCEEDED, Result.SIZE_LIMIT_EXCEEDED, Result.ADMIN_LIMIT_EXCEEDED})

T = TypeVar("T")
_Found = list[tuple[Entry, DirectoryAccount]]


@dataclass(frozen=True, slots=True)
class _Question(Generic[T]):
    """What is asked for each name, and how what many of them found together is told."""

    condition: Callable[[str], str]  # from a name to its filter
    ones: int  # accounts that one name may find
    told: Callable[[Sequence[str], _Found], list[T] | None]  # None: whose is whose must be asked in smaller parts


class BulkRun:
    """One run. No connection is held while the caller is at work, and no more than one search's accounts are kept."""

    def __init__(self, settings: DirectorySettings, flavour: Flavour, reader: AccountReader, pool: SessionPool) -> None:
        """No network yet."""
        self._settings = settings
        self._flavour = flavour
        self._reader = reader
        self._pool = pool
        self._together = _TOGETHER
        self._last_groups = (0.0, ReadGroups(None))
        self._clearing = flavour.bulk.clearing()
        single = (name for name in reader.attributes if name not in flavour.bulk.spared)
        self._attributes = tuple(dict.fromkeys((*single, *flavour.bulk.attributes)))

    def by_username(self, usernames: Iterable[str]) -> Iterator[tuple[str, DirectoryAccount]]:
        """Each account with the username, as it was given, that found it; in no order. Unknown ones find nothing.

        A username that is given again may be told again. Raises DirectoryDown: what came until then is not all.
        """
        named = partial(filters.equals, self._settings.username_attribute)
        question = _Question(named, _ONE_USERNAMES, self._by_whom)
        whole = (username for username in usernames if "\0" not in username)  # Samba would stop there: another name
        for names in self._without_doubles(whole):
            yield from self._answers(names, question)

    def by_key(self, keys: Iterable[AccountKey]) -> Iterator[DirectoryAccount]:
        """The accounts as they are now, in no order. Left out are those that are gone or of another directory.

        Raises DirectoryDown: what came until then is not all.
        """
        named = filter(None, map(self._named, dict.fromkeys(keys)))
        while conditions := list(itertools.islice(named, self._together)):
            yield from self._answers(conditions, _Question(str, _ONE_IDS, _only_ones))

    def _without_doubles(self, usernames: Iterable[str]) -> Iterator[list[str]]:
        """So many as are asked for together.

        Two spellings of what is one name to us are never among them: the directory may know better.
        """
        names: dict[str, str] = {}
        for username in usernames:
            normal = normalised(username)
            if len(names) >= self._together or names.get(normal, username) != username:
                yield list(names.values())
                names = {}
            names[normal] = username
        if names:
            yield list(names.values())

    def _named(self, key: AccountKey) -> str:
        """The filter that finds it; "" when it cannot be an account of this directory."""
        try:
            return self._flavour.identity.named(key.entry_id) if key.directory == self._settings.name else ""
        except ValueError:
            return ""

    def _answers(self, names: Sequence[str], question: _Question[T]) -> Iterator[T]:
        """In halves, down to single names, as long as the server refuses or the answer is not clear."""
        found = self._found(names, question)
        told = None if found is None else question.told(names, found)
        if told is not None:
            yield from told
            return
        middle = len(names) // 2
        yield from self._answers(names[:middle], question)
        yield from self._answers(names[middle:], question)

    def _found(self, names: Sequence[str], question: _Question[T]) -> _Found | None:
        """None: refused, and there is a half of it to try. Raises DirectoryDown."""
        try:
            with self._pool.after(partial(self._look, self._search(names, question))) as (_, found):
                return found
        except Declined as declined:
            if len(names) > 1:
                if declined.code in _LIMITS:
                    self._together = len(names) // 2  # what the server did not bear once it is not asked again
                return None
            code = declined.code
        log.error("directory %s answers a search for one account with result code %d", self._settings.name, code)
        reason = "too_many" if code == Result.SIZE_LIMIT_EXCEEDED else "search_refused"
        raise DirectoryDown(self._settings.name, reason)

    def _search(self, names: Sequence[str], question: _Question[T]) -> Search:
        """For many names the server gets half of our patience: its refusal must come while we still wait for it."""
        persons = filters.every(filters.some(map(question.condition, names)), self._reader.person)
        at_most = max(question.ones, 2 * len(names))
        seconds = max(1, int(self._settings.answer_timeout / 2)) if len(names) > 1 else 0
        return Search(self._settings.base, persons, self._attributes, subtree=True, size_limit=at_most, seconds=seconds)

    def _look(self, search: Search, session: Session) -> _Found:
        code, entries = session.ask(search)
        if code != Result.SUCCESS:
            raise Declined(code)
        groups = self._groups(session)
        if groups.members is not None:
            cleared = self._clearing(entries, groups.members, session)
            groups = replace(groups, members=replace(groups.members, cleared=cleared))
        return list(zip(entries, self._reader.accounts(entries, groups, session), strict=True))

    def _groups(self, session: Session) -> ReadGroups:
        read_at, groups = self._last_groups
        if groups.members is None or time.monotonic() - read_at >= _GROUPS_GOOD_FOR:
            groups = self._reader.protection.read_groups(session)
            self._last_groups = (time.monotonic(), groups)
        return groups

    def _by_whom(self, names: Sequence[str], found: _Found) -> list[tuple[str, DirectoryAccount]] | None:
        """None when the directory finds an account that by our own rules has none of the names."""
        if len(names) == 1:
            return [(names[0], account) for _, account in found]
        asked = {normalised(name): name for name in names}
        told = []
        for entry, account in found:
            held = {normalised(text) for text in entry.all_shown(self._settings.username_attribute)}
            finders = [(asked[normal], account) for normal in held & asked.keys()]
            if not finders:
                return None
            told += finders
        return told


def _only_ones(_ids: Sequence[str], found: _Found) -> list[DirectoryAccount]:
    """What two entries claim to be is neither."""
    times = Counter(account.key for _, account in found)
    return [account for _, account in found if times[account.key] == 1]
