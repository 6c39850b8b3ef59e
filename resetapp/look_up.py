"""What support sees of the person on the phone: their visits, each from login to end, by reference or by username.

Every question is counted and written down before it is answered: who reads about others is read about, too (A-07,
Datatilsynet on logging). A CPR number that is typed, where the institution allows that, is a fingerprint from its first
step on and comes back in no answer.
"""

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from resetapp import matching
from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount
from resetapp.core.cpr import CprNumber, InvalidCpr, may_hold_cpr
from resetapp.core.events import PersonSeen, StaffEndedLogins, StaffLookedUp
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Purpose, Role
from resetapp.core.unlock_events import UNLOCK_EVENTS
from resetapp.reset import Desk
from resetapp.settings import Staff
from resetapp.storage import limits, logins, look_ups, mappings
from resetapp.storage.limits import HOUR, Kind
from resetapp.storage.look_ups import Wanted
from resetapp.storage.tables import Login, StaffLogin
from resetapp.trouble import DirectoryDown, TooManyAttempts

log = logging.getLogger(__name__)

_REFERENCE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})  # Crockford's base32: what is heard wrong is meant right
_MOST_VISITS = 20
_UNLOCKINGS = frozenset(each.name for each in UNLOCK_EVENTS)


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a visit, for a page to put into words."""

    at: datetime
    name: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """`usernames`: of the accounts it was about, as far as that was ever known."""

    reference: str
    person: str  # the fingerprint; never shown
    begun_at: datetime
    outcome: Outcome
    reason: str
    assurance: int | None
    going_on: bool
    by_code: bool  # an activation code opened it
    usernames: tuple[str, ...]
    events: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account as its directory shows it at this moment. `unlockable`: by this member."""

    key: AccountKey
    username: str
    display_name: str
    state: AccountState
    password_changed_at: datetime | None
    unlockable: bool


@dataclass(frozen=True, slots=True)
class LookUp:
    """`not_asked`: directories that did not answer. `by`: how the text was understood.

    `unlockings`: what support did itself, told by the code in the mail to the owner.
    """

    by: str
    visits: tuple[SeenVisit, ...]
    accounts: tuple[SeenAccount, ...] = ()
    not_asked: tuple[str, ...] = ()
    unlockings: tuple[Told, ...] = ()


class CprSearchOff(Exception):
    """A CPR number was typed, and the institution has not switched that on."""


class CprNotAlone(Exception):
    """Something like a CPR number stands in the text, with more around it or in no form that it has."""


def look_up(desk: Desk, staff: Staff, member: StaffLogin, text: str) -> LookUp:
    """Raises CprSearchOff, CprNotAlone, TooManyAttempts."""
    demand_few(desk, staff, member)
    typed = text.strip()
    reference = read_reference(typed)
    if reference and (found := _visits(desk, Wanted(reference=reference))):
        return _told(desk, member, "reference", reference, found)  # else it may be a username of the same look
    if reference and (unlockings := _unlockings(desk, reference)):
        return replace(_told(desk, member, "reference", reference, ()), unlockings=unlockings)
    cpr = _cpr(typed)
    if cpr is None and may_hold_cpr(typed):
        raise CprNotAlone  # as a username it would be written down
    if cpr is not None:
        if not staff.search_by_cpr:
            raise CprSearchOff
        fingerprint = cpr.fingerprint(desk.person_key)
        return _told(desk, member, "cpr", fingerprint, _visits(desk, Wanted(person=fingerprint)))
    return _by_username(desk, member, typed)


def end_logins(desk: Desk, member: StaffLogin, reference: str) -> int:
    """End every login of the person whose visit this is. Returns how many; on record even when there was none.

    `reference` as `read_reference` gives it: what was typed is not written down.
    """
    with desk.database.transaction() as db:
        ended = 0
        for login in look_ups.logins_of_the_same_person(db, reference):
            logins.end(db, login, Outcome.LOGGED_OUT_ELSEWHERE, desk.clock())
            ended += 1
        who = {"person": member.person, "username": member.username}
        desk.journal.write(db, StaffEndedLogins(about=reference, ended=ended, **who), desk.clock())
    log.info("staff.ended_logins reference=%s ended=%d", reference, ended)
    return ended


def demand_few(desk: Desk, staff: Staff, member: StaffLogin) -> None:
    """Counted first: a question that is not answered is one, too. Raises TooManyAttempts."""
    now = desk.clock()
    with desk.database.transaction() as db:
        wait = limits.wait(db, Kind.LOOKED_UP, member.person, staff.look_ups_per_hour, HOUR, now)
        if not wait:
            limits.count(db, Kind.LOOKED_UP, member.person, now)
    if wait:
        log.error("staff.look_up_alarm username=%s per_hour=%d", member.username, staff.look_ups_per_hour)
        raise TooManyAttempts("look_ups", wait)


def read_reference(text: str) -> str:
    """As it may be typed: in small letters, without the hyphen, with letters that look like digits."""
    plain = text.upper().translate(_MISREAD).replace("-", "").replace(" ", "")
    written = f"{plain[:4]}-{plain[4:]}"
    return written if _REFERENCE.fullmatch(written) else ""


def _cpr(text: str) -> CprNumber | None:
    try:
        return CprNumber.parse(text.replace(" ", ""))
    except InvalidCpr:
        return None


def _by_username(desk: Desk, member: StaffLogin, username: str) -> LookUp:
    accounts, not_asked = [], []
    for name, directory in desk.directories.items():
        try:
            accounts += directory.find_by_username(username)
        except DirectoryDown:
            not_asked.append(name)
    found = _visits(desk, Wanted(username=username, keys=tuple(each.key for each in accounts)))
    told = _told(desk, member, "username", username, found)
    return LookUp(told.by, told.visits, tuple(_seen(desk, member, each) for each in accounts), tuple(not_asked))


def _seen(desk: Desk, member: StaffLogin, account: DirectoryAccount) -> SeenAccount:
    return SeenAccount(
        key=account.key,
        username=account.username,
        display_name=account.display_name,
        state=account.state,
        password_changed_at=account.password_changed_at,
        unlockable=account.state is AccountState.LOCKED
        and desk.directories[account.key.directory].may_unlock
        and not is_own(desk, member, account),
    )


def is_own(desk: Desk, member: StaffLogin, account: DirectoryAccount) -> bool:
    """The account that the member logged in by, or another one of theirs: by its number, or by the list of mappings."""
    same = (account.key.directory, account.key.entry_id) == (member.directory, member.entry_id)
    if same or matching.holds_number_of(account, member.person, desk.person_key):
        return True
    with desk.database.reading() as db:
        return any(each.is_one_of(member.indexes) for each in mappings.of_accounts(db, [account.key]))


def _visits(desk: Desk, wanted: Wanted) -> tuple[SeenVisit, ...]:
    with desk.database.reading() as db:
        found = look_ups.logins_by(db, wanted, _MOST_VISITS)
        return tuple(_visit(login, look_ups.events_of(db, login.reference)) for login in found)


def _unlockings(desk: Desk, reference: str) -> tuple[Told, ...]:
    with desk.database.reading() as db:
        found = [each for each in look_ups.events_of(db, reference) if each.name in _UNLOCKINGS]
        return tuple(Told(each.at, each.name, json.loads(each.facts or "{}")) for each in found)


def _visit(login: Login, events: Iterable[Any]) -> SeenVisit:
    told = tuple(Told(each.at, each.name, json.loads(each.facts or "{}")) for each in events)
    named = [each.facts["username"] for each in told if each.name.startswith(("password.", "unlock."))]
    visit = login.visit
    return SeenVisit(
        reference=login.reference,
        person=visit.person if visit is not None else "",
        begun_at=login.opened_at,
        outcome=visit.outcome if visit is not None else login.outcome,
        reason=login.reason,
        assurance=login.assurance,
        going_on=login.completed_at is not None and login.ended_at is None,
        by_code=login.purpose is Purpose.CODE,
        usernames=tuple(dict.fromkeys(named)),
        events=told,
    )


def _told(desk: Desk, member: StaffLogin, by: str, about: str, visits: tuple[SeenVisit, ...]) -> LookUp:
    """Nothing is shown that is not on record as shown."""
    who = {"person": member.person, "username": member.username}
    with desk.database.transaction() as db:
        for visit in {each.person: each for each in visits if each.person}.values():
            seen = PersonSeen(reference=visit.reference, person=visit.person, role=Role.SUPPORT)
            desk.journal.write(db, seen, desk.clock())
        desk.journal.write(db, StaffLookedUp(by=by, about=about, found=len(visits), **who), desk.clock())
    return LookUp(by, visits)
