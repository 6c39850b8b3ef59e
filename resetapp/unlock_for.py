"""Support lifts a lock of wrong passwords for the person on the phone.

The browser names an account, and is not believed: the account is looked for by its username once more, and must be
among those found. It is read again before anything is sent, and must still be locked and unprotected. As in `unlock`,
lifting a lock twice is lifting it once, so there is nothing to claim and nothing to settle. Each try is counted, for
the member and for the account: nobody at the help desk must give room to who guesses passwords (security.md R-12).
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from resetapp import notify
from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount
from resetapp.core.outcomes import AccountUnlocked, OutcomeUnknown, PasswordRefused, Refusal, UnlockOutcome
from resetapp.core.unlock_events import StaffUnlockAnswered, StaffUnlockSending
from resetapp.directory.ldap import LdapDirectory
from resetapp.logs import scrubbed
from resetapp.look_up import demand_few, is_own
from resetapp.reset import Desk
from resetapp.settings import Staff
from resetapp.storage import limits, logins
from resetapp.storage.limits import Kind
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import AccountGone, DirectoryDown, TooManyAttempts

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_IN_BOTH = ""  # languages: nobody has asked the owner


class No(StrEnum):
    """Why no lock was lifted."""

    NOT_FOUND = "not_found"  # there is no such account, or it cannot be unlocked from here
    NOT_LOCKED = "not_locked"
    PROTECTED = "protected"
    OWN = "own"  # of the member: who steals a staff login must not make room for guessing at that very account
    CHANGED = "changed"
    NO_ANSWER = "no_answer"  # nothing was sent


_OF_DIRECTORY = {Refusal.ACCOUNT_PROTECTED: No.PROTECTED, Refusal.NO_ANSWER: No.NO_ANSWER}


@dataclass(frozen=True, slots=True)
class Told:
    """`state`: "unlocked", "refused", "unknown". `no`: why it was refused. `username`: as the directory writes it.

    `notices`: how many wait to be sent to the owner.
    """

    state: str
    no: No | None = None
    username: str = ""
    directory: str = ""
    notices: int = 0


def unlock_for(desk: Desk, staff: Staff, member: StaffLogin, username: str, key: AccountKey) -> Told:
    """`username` and `key`: what the browser says. Raises TooManyAttempts and DatabaseDown."""
    demand_few(desk, staff, member)
    directory = desk.directories.get(key.directory)
    if directory is None or not directory.may_unlock:
        return Told("refused", No.NOT_FOUND)
    try:
        found = next((each for each in directory.find_by_username(username) if each.key == key), None)
        account = directory.reread(found.key) if found else None
    except AccountGone:
        account = None
    except DirectoryDown:
        return Told("refused", No.NO_ANSWER)
    if account is None:
        return Told("refused", No.NOT_FOUND)
    no = _no(desk, member, account)
    reference = logins.new_reference()
    if no is None:
        _begin(desk, member, account, reference)
    outcome = no or _asked(directory, account)
    return _record(desk, member, account, reference, outcome)


def _no(desk: Desk, member: StaffLogin, account: DirectoryAccount) -> No | None:
    if account.state is AccountState.PROTECTED:
        return No.PROTECTED
    if is_own(desk, member, account):
        return No.OWN
    return None if account.state is AccountState.LOCKED else No.NOT_LOCKED


def _begin(desk: Desk, member: StaffLogin, account: DirectoryAccount, reference: str) -> None:
    """No lock is lifted without it on record and counted. Raises TooManyAttempts."""
    now, most = desk.clock(), desk.limits.sets_per_account_per_day
    named = f"account\x00{account.key.directory}\x00{account.key.entry_id}".encode()
    subject = hmac.new(desk.person_key, named, hashlib.sha256).hexdigest()
    with desk.database.transaction() as db:
        wait = limits.wait(db, Kind.UNLOCKED_FOR, subject, most, _DAY, now)
        if not wait:
            limits.count(db, Kind.UNLOCKED_FOR, subject, now)
            desk.journal.write(db, StaffUnlockSending(**_about(member, account, reference)), now)
    if wait:
        raise TooManyAttempts("unlocks", wait)


def _asked(directory: LdapDirectory, account: DirectoryAccount) -> UnlockOutcome:
    try:
        return directory.unlock(account)
    except AccountGone:
        return PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    except DirectoryDown as down:  # nothing was changed
        log.warning("directory_down reason=%s directory=%s", down.reason, account.key.directory)
        return PasswordRefused((Refusal.NO_ANSWER,))
    except Exception as error:  # a fault of ours on the way: nobody can say what has been sent
        log.error("unlock.fault directory=%s fault=%s", account.key.directory, type(error).__name__)
        return OutcomeUnknown(account.key)


def _record(
    desk: Desk, member: StaffLogin, account: DirectoryAccount, reference: str, outcome: UnlockOutcome | No
) -> Told:
    match outcome:
        case AccountUnlocked():
            state, no = "unlocked", None
        case OutcomeUnknown():
            state, no = "unknown", None
        case PasswordRefused(refusals):
            no = next((_OF_DIRECTORY[each] for each in refusals if each in _OF_DIRECTORY), No.CHANGED)
            state = "refused"
        case No():
            state, no = "refused", outcome
    reasons = (str(no),) if no else ()
    notices = 0
    with desk.database.transaction() as db:
        if state == "unlocked":
            notices = notify.put_unlocked(desk, db, account, reference, _IN_BOTH)
        told = StaffUnlockAnswered(state=state, reasons=reasons, **_about(member, account, reference))
        desk.journal.write(db, told, desk.clock())
    word = ":".join((state, *reasons))
    log.info("account.%s reference=%s directory=%s by=staff", word, reference, account.key.directory)
    return Told(state, no, account.username, account.key.directory, notices)


def _about(member: StaffLogin, account: DirectoryAccount, reference: str) -> dict[str, str]:
    return {
        "reference": reference,
        "person": member.person,
        "username": member.username,
        "directory": account.key.directory,
        "entry_id": account.key.entry_id,
        "account": scrubbed(account.username),
    }
