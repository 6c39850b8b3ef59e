"""Lifting a lock of wrong passwords, for who remembers the password after all.

Where a directory allows it (`unlock` in its settings), and only for the one account that was chosen. Nothing is sent
that could be late and do harm: lifting a lock twice is lifting it once. So there is no fence, no claim and nothing to
settle; when the directory's answer is lost the page stays, and the person presses again. It counts like a new password,
or a stolen MitID would make room for guessing without end.
"""

import logging

from resetapp import notify
from resetapp.core.accounts import AccountState, DirectoryAccount
from resetapp.core.events import UnlockAnswered, UnlockSending
from resetapp.core.outcomes import AccountUnlocked, OutcomeUnknown, PasswordRefused, Refusal, UnlockOutcome
from resetapp.reset import Desk, demand_recent_login, open_page, still_theirs
from resetapp.storage import attempts, audit, stops, visits
from resetapp.storage.outbox import MailKind
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
    """Raises WrongStep, LoginTooOld, TooManyAttempts, AccountBusy; ServiceStopped and DirectoryDown: nothing was
    changed.
    """
    with desk.database.reading() as db:
        visit = visits.load(db, visit_id, held=False)
        if not can_unlock(desk, visit):
            raise WrongStep("unlock")
        demand_recent_login(desk, visit)
    [attempt] = open_page(desk, visit_id)
    with desk.database.transaction() as db:  # no lock is lifted without it on record
        stops.demand_none(db)
        desk.journal.write(db, UnlockSending(**audit.about(visit, attempt)), desk.clock())
    outcome, account = _asked(desk, attempt)
    word = _record(desk, attempt, outcome, account)
    log.info("account.%s reference=%s directory=%s", word, visit.login.reference, attempt.directory)
    return outcome


def _asked(desk: Desk, attempt: Attempt) -> tuple[UnlockOutcome, DirectoryAccount | None]:
    """With the account as it was directly before."""
    directory = desk.directories[attempt.directory]
    try:
        account = directory.reread(attempt.key)
        if account.state == AccountState.PROTECTED:
            return PasswordRefused((Refusal.ACCOUNT_PROTECTED,)), None
        if not account.usable or not still_theirs(desk, attempt, account):
            return _CHANGED, None
        return directory.unlock(account), account
    except AccountGone:
        return _CHANGED, None


def _record(desk: Desk, attempt: Attempt, outcome: UnlockOutcome, account: DirectoryAccount | None) -> str:
    """Returns our word for it. When the answer was lost the visit stays as it is: the person presses again."""
    with desk.database.transaction() as db:
        visit = visits.load(db, attempt.visit_id)
        match outcome:
            case AccountUnlocked():
                state, reasons = "unlocked", ()
                attempts.unlocked(db, attempt.id, desk.clock())
                notify.put(desk, db, visit, attempt.id, MailKind.UNLOCKED, account)
            case PasswordRefused(reasons):
                state = "refused"
                attempts.refuse(db, attempt.id, outcome, desk.clock())
            case OutcomeUnknown():
                state, reasons = "unknown", ()
        if state != "unknown":
            visits.choose(visit, ())
            db.refresh(visit, ["attempts"])
            visits.close(visit, desk.limits.refusals_per_visit)
        told = UnlockAnswered(**audit.about(visit, attempt), state=state, reasons=tuple(map(str, reasons)))
        desk.journal.write(db, told, desk.clock())
    return ":".join([state, *([",".join(reasons)] if reasons else [])])
