"""Giving a code out: support asks for it, somebody else says yes, and who asked is shown it once."""

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from resetapp import notify
from resetapp.codes.accounts import account_named, account_now, demand_issuable
from resetapp.core import crockford
from resetapp.core.code_events import CodeApproved, CodeRejected, CodeRequested, CodeShown
from resetapp.core.codes import CodeKeys, CodeRefused, CodeState, IdCheck, Problem, new_code
from resetapp.logs import scrubbed
from resetapp.reset import Desk
from resetapp.storage import codes, limits, stops
from resetapp.storage.codes import ActivationCode
from resetapp.storage.database import Session
from resetapp.storage.limits import Kind
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import TooManyAttempts

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`directory`: "" for whichever has the username. `note`: on how it was checked; no number in it."""

    username: str
    id_check: IdCheck
    note: str
    directory: str = ""


def request(desk: Desk, member: StaffLogin, wanted: Wanted) -> str:
    """Ask for a code; returns the request's id. Raises CodeRefused, DirectoryDown, TooManyAttempts."""
    _demand_few(desk, member)
    account = account_named(desk, wanted.username, wanted.directory)
    demand_issuable(desk, member, account)
    now = desk.clock()
    code = ActivationCode(
        id=secrets.token_hex(16),
        directory=account.key.directory,
        entry_id=account.key.entry_id,
        username=scrubbed(account.username)[:256],
        id_check=wanted.id_check,
        note=wanted.note,
        requested_by=member.person,
        requester=member.username,
        requester_directory=member.directory,
        requester_entry_id=member.entry_id,
        requested_at=now,
    )
    with desk.database.transaction() as db:
        if not codes.add(db, code, now):
            raise CodeRefused(Problem.ALREADY_REQUESTED, {"username": account.username})
        told = CodeRequested(**by(member), **about(code), id_check=code.id_check, why=code.note)
        desk.journal.write(db, told, now)
    log.info("code.requested request=%s directory=%s", code.id, code.directory)
    return code.id


def _demand_few(desk: Desk, member: StaffLogin) -> None:
    """Counted before anything is looked at: a refusal tells something, too. Raises TooManyAttempts."""
    now, most = desk.clock(), desk.codes.per_day
    with desk.database.transaction() as db:
        wait = limits.wait(db, Kind.CODE_REQUESTED, member.person, most, _DAY, now)
        if not wait:
            limits.count(db, Kind.CODE_REQUESTED, member.person, now)
    if wait:
        log.error("code.request_alarm username=%s per_day=%d", member.username, most)
        raise TooManyAttempts("code_requests", wait)


def approve(desk: Desk, member: StaffLogin, ident: str) -> None:
    """By a second person. The caller has made sure that they logged in just now. Raises CodeRefused, DirectoryDown,
    ServiceStopped.
    """
    with desk.database.reading() as db:
        code = _standing(desk, db, ident, CodeState.REQUESTED)
    _demand_other(member, code)
    demand_issuable(desk, member, account_now(desk, code.key, code.username))
    with desk.database.transaction() as db:
        stops.demand_none(db)
        code = _standing(desk, db, ident, CodeState.REQUESTED, held=True)
        _decide(desk, member, code, CodeState.APPROVED)
        desk.journal.write(db, CodeApproved(**by(member), **about(code)), desk.clock())
    log.info("code.approved request=%s", ident)


def reject(desk: Desk, member: StaffLogin, ident: str, why: str) -> None:
    """By a second person. Raises CodeRefused."""
    with desk.database.transaction() as db:
        code = _standing(desk, db, ident, CodeState.REQUESTED, held=True)
        _demand_other(member, code)
        _decide(desk, member, code, CodeState.REJECTED)
        code.answer, code.ended_at = why, desk.clock()
        told = CodeRejected(**by(member), **about(code), outcome=CodeState.REJECTED, why=why)
        desk.journal.write(db, told, desk.clock())


def withdraw(desk: Desk, member: StaffLogin, ident: str) -> None:
    """By who asked for it, before it is shown. Raises CodeRefused."""
    with desk.database.transaction() as db:
        code = codes.find(db, ident, held=True)
        if code is None or not _is_own(member, code) or code.state not in (CodeState.REQUESTED, CodeState.APPROVED):
            raise CodeRefused(Problem.NOT_WAITING)
        codes.end(code, CodeState.WITHDRAWN, desk.clock())
        told = CodeRejected(**by(member), **about(code), outcome=CodeState.WITHDRAWN, why="")
        desk.journal.write(db, told, desk.clock())


def show(desk: Desk, member: StaffLogin, ident: str) -> tuple[ActivationCode, str, int]:
    """Make the code and hand it out, as `7KQ4-M2XD-0RT9`: this is the only time that anybody sees it.

    To who asked for it alone. Its life begins now, and an earlier one of the same account is over. Returns also how
    many notices to the owner wait to be sent. Raises CodeRefused, DirectoryDown, ServiceStopped.
    """
    with desk.database.reading() as db:
        code = _standing(desk, db, ident, CodeState.APPROVED)
    if not _is_own(member, code):
        raise CodeRefused(Problem.NOT_WAITING)
    account = account_now(desk, code.key, code.username)
    demand_issuable(desk, member, account)
    now, letters = desk.clock(), new_code()
    with desk.database.transaction() as db:
        stops.demand_none(db)
        code = _standing(desk, db, ident, CodeState.APPROVED, held=True)
        codes.replace(db, code.key, now)
        code.state, code.shown_at, code.expires_at = CodeState.SHOWN, now, now + desk.codes.life
        code.code_hash = CodeKeys(desk.person_key).hash(code.id, letters)
        db.flush()
        notices = notify.put_code_issued(desk, db, account)
        until = code.expires_at.isoformat(timespec="seconds")
        desk.journal.write(db, CodeShown(**by(member), **about(code), until=until, notices=notices), now)
    log.info("code.shown request=%s notices=%d", ident, notices)
    return code, crockford.grouped(letters), notices


def _standing(desk: Desk, db: Session, ident: str, state: CodeState, *, held: bool = False) -> ActivationCode:
    """Raises CodeRefused when it is anything else by now."""
    code = codes.find(db, ident, held=held)
    if code is None or code.standing(desk.clock()) is not state:
        raise CodeRefused(Problem.NOT_WAITING)
    return code


def _demand_other(member: StaffLogin, code: ActivationCode) -> None:
    """Four eyes (security.md A-04). Raises CodeRefused."""
    if _is_own(member, code):
        raise CodeRefused(Problem.SAME_PERSON)


def _is_own(member: StaffLogin, code: ActivationCode) -> bool:
    return code.requested_by == member.person


def _decide(desk: Desk, member: StaffLogin, code: ActivationCode, state: CodeState) -> None:
    code.state, code.decided_at = state, desk.clock()
    code.decided_by, code.decider = member.person, member.username


def by(member: StaffLogin) -> dict[str, str]:
    return {"person": member.person, "username": member.username}


def about(code: ActivationCode) -> dict[str, str]:
    named = {"request": code.id, "directory": code.directory, "entry_id": code.entry_id}
    return named | {"account": code.username}
