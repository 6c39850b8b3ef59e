"""Using a code up: it opens a visit with the one account it is for, and everything after that is as for everybody.

A wrong username, a wrong code, one that is over and one that was used get the same answer after the same work. Wrong
tries are counted for the code, which they end, and for the network address, which then has to wait.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from resetapp import matching
from resetapp.codes.issue import about
from resetapp.core import crockford
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.code_events import CodeTryRefused, CodeUsed
from resetapp.core.codes import CodeKeys, CodeState
from resetapp.core.outcomes import Step
from resetapp.logs import scrubbed
from resetapp.reset import Desk
from resetapp.storage import codes, limits, stops, visits
from resetapp.storage.codes import ActivationCode
from resetapp.storage.database import Session
from resetapp.storage.limits import HOUR, Kind
from resetapp.trouble import AccountGone, TooManyAttempts

log = logging.getLogger(__name__)

WRONG_PER_ADDRESS = 20  # in an hour. 60 bits need no limit against guessing; it keeps strangers from ending codes
_NONE = "0" * 64  # compared with where there is no code, so that an unknown username takes no less time


def enter(desk: Desk, username: str, typed: str, address: str, language: str) -> tuple[Step, str] | None:
    """Where the new visit stands, and the browser's token; None when these two open nothing.

    `address`: a keyed fingerprint of the network address. Raises TooManyAttempts; ServiceStopped, and DirectoryDown
    while the account cannot be looked at: the code is still good then.
    """
    code = _found(desk, username, crockford.read(typed), address)
    if code is None:
        return None
    directory = desk.directories.get(code.directory)
    try:
        if directory is None:
            raise AccountGone("directory_removed")
        account = directory.reread(code.key)
    except AccountGone:
        _end_gone(desk, code)
        return None
    return _accepted(desk, code, account, language)


def _found(desk: Desk, username: str, letters: str, address: str) -> ActivationCode | None:
    """The code that was typed. Raises TooManyAttempts and ServiceStopped."""
    now, keys = desk.clock(), CodeKeys(desk.person_key)
    with desk.database.transaction() as db:
        stops.demand_none(db)
        wait = limits.wait(db, Kind.CODE_REFUSED, address, WRONG_PER_ADDRESS, HOUR, now)
        tried = codes.live_named(db, username, now) if not wait else []
        fits = [keys.fits(each.id, letters, each.code_hash or _NONE) for each in tried]
        fits = fits or [keys.fits("", letters, _NONE)]
        good = [code for code, fitting in zip(tried, fits, strict=False) if fitting]
        if not good and not wait:
            limits.count(db, Kind.CODE_REFUSED, address, now)
            _note_wrong(desk, db, tried)
    if wait:
        raise TooManyAttempts("codes", wait)
    return good[0] if good else None


def _note_wrong(desk: Desk, db: Session, tried: Sequence[ActivationCode]) -> None:
    """What was typed is not written down: it may be somebody's password."""
    codes.count_wrong(db, tried, desk.codes.tries, desk.clock())
    told = [CodeTryRefused(**about(each), blocked=each.state is CodeState.BLOCKED) for each in tried]
    desk.journal.write_all(db, [(each, desk.clock()) for each in told or [CodeTryRefused()]])
    for each in tried:
        log.warning("code.refused request=%s tries=%d state=%s", each.id, each.failed_tries, each.state)


def _end_gone(desk: Desk, code: ActivationCode) -> None:
    with desk.database.transaction() as db:
        held = codes.find(db, code.id, held=True)
        if held is not None and held.state is CodeState.SHOWN:
            codes.end(held, CodeState.BLOCKED, desk.clock())
            desk.journal.write(db, CodeTryRefused(**about(held), blocked=True), desk.clock())
    log.warning("code.account_gone request=%s", code.id)


def _accepted(desk: Desk, code: ActivationCode, account: DirectoryAccount, language: str) -> tuple[Step, str] | None:
    """Used up from here on. None when another browser was faster.

    An account that was closed or became privileged meanwhile opens nothing, and its page says so: who typed the code
    has shown whose it is.
    """
    now, owner = desk.clock(), CodeKeys(desk.person_key).owner(code.key)
    result = matching.result_of([replace(account, link=code.link)], [])
    with desk.database.transaction() as db:
        stops.demand_none(db)
        held = codes.find(db, code.id, held=True)
        if held is None or held.standing(now) is not CodeState.SHOWN:
            return None
        codes.end(held, CodeState.USED, now)
        login, token = codes.begin(db, held, language, scrubbed(account.display_name), now + _longest(desk), now)
        step = visits.open_visit(db, login.id, owner, result, now)
        told = CodeUsed(person=owner, reference=login.reference, **about(held), outcome=result.outcome)
        desk.journal.write(db, told, now)
    log.info("code.used reference=%s request=%s outcome=%s", login.reference, code.id, result.outcome)
    return step, token


def _longest(desk: Desk) -> timedelta:
    """No password can be set after `confirm_after`; what is left is for reading the receipt."""
    return min(desk.visits.absolute, desk.visits.confirm_after + desk.visits.idle)
