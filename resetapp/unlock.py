"""Lifting a lock of wrong passwords, for who remembers the password after all.

Where a directory allows it (`unlock` in its settings), and only for the one account that was chosen. Nothing is sent
that could be late and do harm: lifting a lock twice is lifting it once. So there is no fence, no claim and nothing to
settle; when the directory's answer is lost the page stays, and the person presses again. It counts like a new password,
or a stolen MitID would make room for guessing without end.
"""

import logging

from resetapp import matching
from resetapp.core.accounts import AccountState
from resetapp.core.outcomes import AccountUnlocked, OutcomeUnknown, PasswordRefused, Refusal, UnlockOutcome
from resetapp.reset import Desk, demand_recent_login, open_page
from resetapp.storage import attempts, visits
from resetapp.storage.tables import Attempt, Visit
from resetapp.trouble import AccountGone, WrongStep

log = logging.getLogger(__name__)

_CHANGED = PasswordRefused((Refusal.ACCOUNT_CHANGED,))


def can_unlock(desk: Desk, visit: Visit) -> bool:
    """Is there one chosen account, was it locked at the match, and does its directory allow it?"""
    if len(visit.wanted) != 1:
        return False
    [key] = visit.wanted
    directory, found = desk.directories.get(key.directory), visits.candidate(visit, key)
    locked = found is not None and found.state == AccountState.LOCKED
    return locked and directory is not None and directory.may_unlock


def unlock(desk: Desk, visit_id: int) -> UnlockOutcome:
    """Raises WrongStep, LoginTooOld, TooManyAttempts, AccountBusy, and DirectoryDown: nothing was changed."""
    with desk.database.reading() as db:
        visit = visits.load(db, visit_id, held=False)
        if not can_unlock(desk, visit):
            raise WrongStep("unlock")
        demand_recent_login(desk, visit)
    [attempt] = open_page(desk, visit_id)
    outcome = _asked(desk, attempt)
    match outcome:
        case OutcomeUnknown():
            word = "unknown"
        case AccountUnlocked():
            word = "unlocked"
            _record(desk, attempt, None)
        case PasswordRefused(reasons):
            word = "refused:" + ",".join(reasons)
            _record(desk, attempt, outcome)
    log.info("account.%s reference=%s directory=%s", word, visit.login.reference, attempt.directory)
    return outcome


def _asked(desk: Desk, attempt: Attempt) -> UnlockOutcome:
    directory = desk.directories[attempt.directory]
    try:
        account = directory.reread(attempt.key)
        if account.state == AccountState.PROTECTED:
            return PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
        if not account.usable or not matching.still_theirs(account, attempt.person, desk.person_key):
            return _CHANGED
        return directory.unlock(account)
    except AccountGone:
        return _CHANGED


def _record(desk: Desk, attempt: Attempt, refused: PasswordRefused | None) -> None:
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, attempt.visit_id)
        if refused is None:
            attempts.unlocked(db, attempt.id, now)
        else:
            attempts.refuse(db, attempt.id, refused, now)
        visits.choose(visit, ())
        db.refresh(visit, ["attempts"])
        visits.close(visit, desk.limits.refusals_per_visit)
