"""The story of a visit, told in the order it happens.

A person comes back from the hub with a verified assertion. `sign_in` finds the person's accounts in every directory,
uses the assertion up and forgets the CPR number: from here on only its keyed fingerprint is known. With more
than one account the person picks one (`choose_account`), only ever among those found. The password page belongs to
one READY attempt (`open_page`). `set_password` reads the account once more (it may have been closed, protected or
given to somebody else since), asks our own rules, claims the attempt so that a second click or another worker
cannot, and only then asks the directory, with no transaction open. The directory's answer is one of three: set and
verified, refused for reasons, or not known; each is written down before it is told. `leave` ends it all.

Use cases commit; views do not. Nothing here keeps a password or a CPR number beyond its own call.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resetapp import matching
from resetapp.core.accounts import AccountState, DirectoryAccount
from resetapp.core.outcomes import (
    AttemptState,
    Outcome,
    OutcomeUnknown,
    PasswordRefused,
    PasswordSet,
    Refusal,
    ResetOutcome,
    Step,
)
from resetapp.core.passwords import PasswordRules, PersonWords, check_password, tightened
from resetapp.core.people import AuthenticatedPerson
from resetapp.core.secret import Secret
from resetapp.directory.ldap import LdapDirectory
from resetapp.settings import Limits, Visits
from resetapp.storage import attempts, logins, visits
from resetapp.storage.database import Database, Session
from resetapp.storage.limits import HOUR
from resetapp.storage.logins import Pending
from resetapp.storage.tables import Attempt, Login, Visit
from resetapp.trouble import AccountGone, AlreadySent, DirectoryDown, NotRecorded, TooManyAttempts, WrongStep

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_HOPELESS = frozenset({Refusal.ACCOUNT_PROTECTED, Refusal.ACCOUNT_CHANGED})


@dataclass(frozen=True, slots=True)
class Desk:
    """What the use cases work with; built once, in `app.py`."""

    database: Database
    directories: Mapping[str, LdapDirectory]
    rules: PasswordRules
    limits: Limits
    visits: Visits
    person_key: bytes = field(repr=False)
    clock: Callable[[], datetime]


def sign_in(desk: Desk, pending: Pending, person: AuthenticatedPerson) -> tuple[Step, str]:
    """Open a visit for a verified person and find their accounts. Returns where it stands and the browser's new token.

    Raises LoginRefused when the request or the assertion were used before, TooManyAttempts above the person's limit.
    """
    fingerprint = person.cpr.fingerprint(desk.person_key)
    result = matching.match(person.cpr, desk.directories)
    now = desk.clock()
    with desk.database.statements() as db:
        token = logins.complete_login(db, pending, person, desk.visits.absolute, now)
        wait = visits.wait(db, fingerprint, desk.limits.logins_per_person_per_hour, HOUR, now)
        step = Step.ENDED if wait else visits.open_visit(db, pending.id, fingerprint, result, now)
    if wait or pending.replaces_id:
        _end_at_sign_in(desk, pending, too_often=bool(wait))
    if wait:
        raise TooManyAttempts("logins", wait)
    found = len(result.accounts)
    log.info("login.completed reference=%s accounts=%d outcome=%s", pending.reference, found, result.outcome)
    return step, token


def _end_at_sign_in(desk: Desk, pending: Pending, too_often: bool) -> None:
    """The browser's older login; and above the limit the new one too, whose token nobody has been given."""
    with desk.database.transaction() as db:
        logins.end_replaced(db, pending, desk.clock())
        if too_often:
            logins.end(db, db.get_one(Login, pending.id), Outcome.TOO_OFTEN, desk.clock())


def choose_account(desk: Desk, visit_id: int, number: int) -> bool:
    """Choose the candidate with this place in the list. False when there is no such usable account.

    The browser names a place, never an account, so it cannot name one that is not this person's.
    """
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        found = visits.candidates(visit)
        if visit.step not in (Step.ACCOUNT, Step.PASSWORD):
            raise WrongStep("account")
        if not 0 <= number < len(found) or not found[number].usable:
            return False
        visits.choose(visit, found[number].key)
        return True


def open_page(desk: Desk, visit_id: int) -> Attempt:
    """The READY attempt that this showing of the password page belongs to. Raises TooManyAttempts, WrongStep."""
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        chosen = visits.candidate(visit, visit.chosen) if visit.chosen else None
        if visit.step != Step.PASSWORD or chosen is None:
            raise WrongStep("password")
        ready = visit.latest
        if ready is not None and ready.state == AttemptState.READY and ready.key == chosen.key:
            return ready
        attempt = attempts.open_attempt(db, visit, chosen.key, chosen.username, now)
        _demand_sets_left(desk, db, attempt, now)  # told before anything is typed; the rollback takes the row along
        return attempt


def set_password(desk: Desk, visit_id: int, attempt_id: str, password: Secret) -> ResetOutcome:
    """Set the chosen account's password.

    Raises AlreadySent (a second click: the first one's result counts), WrongStep, TooManyAttempts, AccountGone,
    DirectoryDown (nothing was changed), NotRecorded (answered, but our database failed).
    """
    attempt = _ready_attempt(desk, visit_id, attempt_id)
    directory = desk.directories.get(attempt.directory)
    if directory is None:
        raise AccountGone("directory_removed")
    account = directory.reread(attempt.key)
    reasons = _no_longer_theirs(desk, account, attempt) or check_password(
        password, tightened(desk.rules, (account.policy,)), PersonWords.of(visits.candidates(attempt.visit), account)
    )
    if reasons:
        return _refuse(desk, attempt, PasswordRefused(reasons))
    with desk.database.transaction() as db:  # asked again: logged out, chosen anew or at the limit in the meantime?
        visit = visits.load(db, visit_id)
        attempts.claim(db, attempt.id, desk.clock())  # first: from here on nobody else sets this account's password
        if visit.login.ended_at is not None or attempt.key != visit.chosen:
            raise WrongStep("password")
        _demand_sets_left(desk, db, attempt, desk.clock())
    outcome = _send(desk, directory, attempt, account, password)
    try:
        return _record(desk, attempt, outcome)
    except Exception as error:
        fault = type(error).__name__
        log.critical("password.not_recorded attempt=%s directory=%s fault=%s", attempt_id, attempt.directory, fault)
        raise NotRecorded(type(outcome).__name__) from None


def _ready_attempt(desk: Desk, visit_id: int, attempt_id: str) -> Attempt:
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        attempt = next((each for each in visit.attempts if each.id == attempt_id), None)
        if attempt is None or attempt.visit is not visit:  # a forged form, or one from another visit
            raise WrongStep("attempt")
        if attempt.state != AttemptState.READY or visit.step == Step.RECEIPT:
            raise AlreadySent("attempt_used")
        if visit.step != Step.PASSWORD or attempt.key != visit.chosen:
            raise WrongStep("password")
        _demand_sets_left(desk, db, attempt, now)
        return attempt


def _demand_sets_left(desk: Desk, db: Session, attempt: Attempt, now: datetime) -> None:
    """Successful changes count too: who holds a stolen MitID must not cycle through passwords (R-12)."""
    since = now - _DAY
    by_person = attempts.sets_of_person(db, attempt.person, since)
    by_account = attempts.sets_of_account(db, attempt.key, since)
    waits = [
        made[-most] + _DAY - now
        for made, most in (
            (by_person, desk.limits.sets_per_person_per_day),
            (by_account, desk.limits.sets_per_account_per_day),
        )
        if len(made) >= most
    ]
    if waits:
        raise TooManyAttempts("sets", math.ceil(max(waits).total_seconds()))


def _no_longer_theirs(desk: Desk, account: DirectoryAccount, attempt: Attempt) -> tuple[Refusal, ...]:
    if account.state == AccountState.PROTECTED:
        return (Refusal.ACCOUNT_PROTECTED,)
    if not account.usable or not matching.still_theirs(account, attempt.person, desk.person_key):
        return (Refusal.ACCOUNT_CHANGED,)
    return ()


def _send(
    desk: Desk, directory: LdapDirectory, attempt: Attempt, account: DirectoryAccount, password: Secret
) -> ResetOutcome:
    try:
        return directory.set_password(account, password)
    except (DirectoryDown, AccountGone):  # nothing was changed
        with desk.database.transaction() as db:
            attempts.not_set(db, attempt.id, desk.clock())
        raise
    except Exception as error:  # a fault of ours on the way: nobody can say what has been sent
        log.error("password.fault directory=%s fault=%s", attempt.directory, type(error).__name__)
        return OutcomeUnknown(attempt.key)


def _refuse(desk: Desk, attempt: Attempt, refused: PasswordRefused) -> PasswordRefused:
    """By our own rules: nothing was sent."""
    with desk.database.transaction() as db:
        visit = visits.load(db, attempt.visit_id)
        attempts.refuse(db, attempt.id, refused, desk.clock())
        _close(desk, db, visit, refused)
    _tell(visit, attempt, refused)
    return refused


def _record(desk: Desk, attempt: Attempt, outcome: ResetOutcome) -> ResetOutcome:
    with desk.database.transaction() as db:
        visit = visits.load(db, attempt.visit_id)
        attempts.record(db, attempt.id, outcome, desk.clock())
        _close(desk, db, visit, outcome)
    _tell(visit, attempt, outcome)
    return outcome


def _close(desk: Desk, db: Session, visit: Visit, outcome: ResetOutcome) -> None:
    db.refresh(visit, ["attempts"])
    if visit.ended_at is None or not isinstance(outcome, PasswordRefused):  # a refusal does not reopen what has ended
        visit.outcome = _outcome_of_visit(desk, visit, outcome)


def _tell(visit: Visit, attempt: Attempt, outcome: ResetOutcome) -> None:
    log.info("password.%s reference=%s directory=%s", _word(outcome), visit.login.reference, attempt.directory)


def _outcome_of_visit(desk: Desk, visit: Visit, outcome: ResetOutcome) -> Outcome:
    match outcome:
        case PasswordSet():
            return Outcome.DONE
        case OutcomeUnknown():
            return Outcome.UNKNOWN
        case PasswordRefused(reasons) if _HOPELESS & set(reasons):
            return Outcome.NO_USABLE_ACCOUNT
        case _:
            often = attempts.refusals_of(visit) >= desk.limits.refusals_per_visit
            return Outcome.TOO_OFTEN if often else Outcome.OPEN


def _word(outcome: ResetOutcome) -> str:
    match outcome:
        case PasswordSet():
            return "set"
        case PasswordRefused(reasons):
            return "refused:" + ",".join(reasons)
        case OutcomeUnknown():
            return "unknown"


def leave(desk: Desk, login_id: int) -> Login | None:
    """End a login of one's own will: here first, whatever the hub does afterwards."""
    with desk.database.transaction() as db:
        login = db.get(Login, login_id)
        if login is not None:
            logins.end(db, login, Outcome.LEFT, desk.clock())
        return login
