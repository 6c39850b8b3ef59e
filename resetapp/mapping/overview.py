"""What the staff see: what waits, what is on the list, and how each account is at this moment. Nothing is changed.

A directory that does not answer hides no request: its accounts are shown as not seen.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from resetapp.core.accounts import AccountKey, DirectoryAccount
from resetapp.core.mapping_events import MappingSearched
from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestKind
from resetapp.mapping.accounts import demand_mappable
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import mapping_list, mapping_start, mappings
from resetapp.storage.database import Session
from resetapp.storage.mapping_start import Start
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import AccountGone, DirectoryDown

PAGE = 50  # mappings on one page
MOST_WAITING = 25  # requests shown with their accounts, each of which is read from its directory
_MOST_ROWS = 10  # of one request; an import's are too many to read


class Sight(StrEnum):
    """Whether the account of a mapping could be looked at."""

    THERE = "there"
    GONE = "gone"
    SILENT = "silent"  # its directory does not answer
    UNASKED = "unasked"


class Standing(StrEnum):
    """What a mapping means for its account now."""

    REQUESTED = "requested"
    COOLING = "cooling"  # approved, and not counting yet
    UNTOLD = "untold"  # the same, and for longer: its owner has not been told
    COUNTING = "counting"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Seen:
    """A mapping with its account as its directory shows it now; no number of it is ever in here.

    `told`: how many addresses of the owner the request was written to. `against`: what forbids the mapping now.
    """

    mapping: AccountMapping
    sight: Sight
    username: str
    name: str = ""
    kind: str = ""
    told: int = 0
    against: Problem | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    request: MappingRequest
    rows: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """`more`: requests that wait and are not shown."""

    waiting: tuple[Asked, ...]
    more: int
    held: tuple[AccountMapping, ...]
    total: int


def overview(desk: Desk, register: Register, number: int) -> Overview:
    """`number`: of the page, from 1. Requests that nobody decided in time are left out: they can only lapse."""
    now = desk.clock()
    with desk.database.reading() as db:
        due = _due(db, register, now)
        rows = {each.id: _few_rows(db, each) for each in due[:MOST_WAITING]}
        told = _told(db, [row for found in rows.values() for row in found])
        held = mapping_list.held(db, now, register.settings.cool_down, (number - 1) * PAGE, PAGE)
        total = mapping_list.count(db)
    look = _Look(desk, told)
    waiting = tuple(Asked(each, look.at(rows[each.id])) for each in due[:MOST_WAITING])
    return Overview(waiting, max(0, len(due) - MOST_WAITING), tuple(held), total)


def count_waiting(desk: Desk, register: Register, person: str) -> int:
    """Of the requests that can still be decided, those that this member did not ask for."""
    with desk.database.reading() as db:
        return sum(each.requested_by != person for each in _due(db, register, desk.clock()))


def _due(db: Session, register: Register, now: datetime) -> list[MappingRequest]:
    return [each for each in mappings.waiting(db) if each.requested_at >= now - register.settings.request_life]


def asked_for(desk: Desk, request_id: str) -> Asked | None:
    with desk.database.reading() as db:
        request = mappings.find_request(db, request_id)
        rows = mapping_list.rows_of(db, request_id, PAGE) if request else []
        told = _told(db, rows)
    if request is None:
        return None
    single = request.kind is not RequestKind.IMPORT
    return Asked(request, _Look(desk, told).at(rows) if single else tuple(map(_unasked, rows)))


def search(desk: Desk, member: StaffLogin, username: str) -> list[AccountMapping]:
    """On record before it is answered, as every search is (security.md A-07)."""
    with desk.database.transaction() as db:
        found = mapping_list.named(db, username, PAGE)
        who = {"person": member.person, "username": member.username}
        desk.journal.write(db, MappingSearched(about=username, found=len(found), **who), desk.clock())
    return found


def one(desk: Desk, mapping_id: str) -> Seen | None:
    """Of those on the list."""
    with desk.database.reading() as db:
        mapping = mappings.find(db, mapping_id)
    if mapping is None or mapping.state not in (MappingState.APPROVED, MappingState.FROZEN):
        return None
    return _Look(desk, {}).at([mapping])[0]


def standings(
    desk: Desk, register: Register, keys: Collection[AccountKey]
) -> Mapping[AccountKey, tuple[Standing, datetime | None]]:
    """Account → what the list says of it, and from when it counts. Whose number it is, it does not say."""
    with desk.database.reading() as db:
        live = mappings.of_accounts(db, keys)
        begun = mapping_start.starts(db, live, register.settings.cool_down)
    ranked = sorted(live, key=lambda each: each.state is not MappingState.REQUESTED)  # what counts outdoes what waits
    return {each.key: (standing(each, begun[each.id], desk.clock()), begun[each.id].at) for each in ranked}


def starts(desk: Desk, register: Register, rows: Collection[AccountMapping]) -> Mapping[str, Start]:
    """Mapping's id → from when it counts."""
    with desk.database.reading() as db:
        return mapping_start.starts(db, rows, register.settings.cool_down)


def standing(mapping: AccountMapping, start: Start, now: datetime) -> Standing:
    """Of a live one."""
    if mapping.state is MappingState.REQUESTED:
        return Standing.REQUESTED
    if mapping.state is MappingState.FROZEN:
        return Standing.FROZEN
    if start.reached(now):
        return Standing.COUNTING
    return Standing.UNTOLD if start.untold else Standing.COOLING


def _few_rows(db: Session, request: MappingRequest) -> list[AccountMapping]:
    single = request.kind is not RequestKind.IMPORT
    return mapping_list.rows_of(db, request.id, _MOST_ROWS) if single else []


def _told(db: Session, rows: Iterable[AccountMapping]) -> Mapping[str, int]:
    return mapping_list.told(db, [each.id for each in rows], MailKind.MAPPING_REQUESTED)


def _unasked(mapping: AccountMapping) -> Seen:
    return Seen(mapping, Sight.UNASKED, mapping.username)


class _Look:
    """One look at some accounts: a directory that fails once is not waited for again."""

    def __init__(self, desk: Desk, told: Mapping[str, int]) -> None:
        self._desk, self._told = desk, told
        self._silent: set[str] = set()

    def at(self, rows: Iterable[AccountMapping]) -> tuple[Seen, ...]:
        return tuple(map(self._seen, rows))

    def _seen(self, mapping: AccountMapping) -> Seen:
        told = self._told.get(mapping.id, 0)
        try:
            account = self._account(mapping)
        except AccountGone:
            return Seen(mapping, Sight.GONE, mapping.username, told=told)
        except DirectoryDown:
            self._silent.add(mapping.directory)
            return Seen(mapping, Sight.SILENT, mapping.username, told=told)
        against = _against(account)
        return Seen(mapping, Sight.THERE, account.username, account.display_name, account.kind, told, against)

    def _account(self, mapping: AccountMapping) -> DirectoryAccount:
        directory = self._desk.directories.get(mapping.directory)
        if directory is None:
            raise AccountGone("directory_removed")
        if mapping.directory in self._silent:
            raise DirectoryDown(mapping.directory, "silent")
        return directory.reread(mapping.key)


def _against(account: DirectoryAccount) -> Problem | None:
    try:
        demand_mappable(account)
    except MappingRefused as refused:
        return refused.problem
    return None
