"""The story of a visit, told in the order it happens.

A person comes back from the hub with a verified assertion. `sign_in` finds the person's accounts in every directory,
uses the assertion up and forgets the CPR number: from here on only its keyed fingerprint is known. With more
than one account the person picks those that shall have the same new password (`choose_accounts`), only ever among
those found. The password page belongs to one round of READY attempts, one for each of them (`open_page`). What
happens when its button is pressed is told in `submission.py`. The accounts that got no new password can be tried
again with another one (`try_again`). `leave` ends it all. What became of a lost answer, `settle.py` finds out.

Use cases commit; views do not. Nothing here keeps a password or a CPR number beyond its own call.
"""

import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resetapp import choice, matching
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.codes import LINK
from resetapp.core.events import AccountsChosen, LoginCompleted, LoginEnded
from resetapp.core.outcomes import MatchResult, Outcome, Step
from resetapp.core.passwords import PasswordRules
from resetapp.core.people import AuthenticatedPerson
from resetapp.directory.ldap import LdapDirectory
from resetapp.register import Register
from resetapp.settings import CodeSettings, Limits, Visits
from resetapp.storage import attempts, codes, logins, mappings, visits
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database, Session
from resetapp.storage.limits import HOUR
from resetapp.storage.logins import Pending
from resetapp.storage.outbox import Channel
from resetapp.storage.tables import Attempt, Login, Visit
from resetapp.trouble import LoginTooOld, TooManyAttempts, WrongStep

log = logging.getLogger(__name__)

_DAY, _NO_TIME = timedelta(days=1), timedelta(0)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the use cases work with; built once, in `app.py`."""

    database: Database
    directories: Mapping[str, LdapDirectory]
    rules: PasswordRules
    limits: Limits
    visits: Visits
    person_key: bytes = field(repr=False)
    journal: Journal
    clock: Callable[[], datetime]
    told_by: frozenset[Channel] = frozenset()  # how owners are told of changes; by nothing: they are not
    register: Register | None = None  # None: mappings are switched off
    codes: CodeSettings = field(default_factory=CodeSettings)

    def close(self) -> None:
        self.database.close()
        for directory in self.directories.values():
            directory.close()


def sign_in(desk: Desk, pending: Pending, person: AuthenticatedPerson) -> tuple[Step, str]:
    """Open a visit for a verified person and find their accounts. Returns where it stands and the browser's new token.

    Raises LoginRefused when the request or the assertion were used before, TooManyAttempts above the person's limit.
    """
    fingerprint = person.cpr.fingerprint(desk.person_key)
    result = matching.match(person.cpr, desk.directories)
    if desk.register:
        result = desk.register.added_to(result, person.cpr, pending.reference)
    now = desk.clock()
    with desk.database.statements() as db:
        token = logins.complete_login(db, pending, person, desk.visits.absolute, now)
        wait = visits.wait(db, fingerprint, desk.limits.logins_per_person_per_hour, HOUR, now)
        step = Step.ENDED if wait else visits.open_visit(db, pending.id, fingerprint, result, now)
        desk.journal.write(db, _completed(pending, fingerprint, person, result, bool(wait)), now)
    if wait or pending.replaces_id:
        step = _end_at_sign_in(desk, pending, too_often=bool(wait)) or step
    if wait:
        raise TooManyAttempts("logins", wait, fingerprint)
    found = len(result.accounts)
    log.info("login.completed reference=%s accounts=%d outcome=%s", pending.reference, found, result.outcome)
    return step, token


def _completed(
    pending: Pending, fingerprint: str, person: AuthenticatedPerson, result: MatchResult, too_often: bool
) -> LoginCompleted:
    return LoginCompleted(
        reference=pending.reference,
        person=fingerprint,
        assurance=int(person.assurance),
        accounts=len(result.accounts),
        not_asked=tuple(result.not_asked),
        outcome=Outcome.TOO_OFTEN if too_often else result.outcome,
    )


def _end_at_sign_in(desk: Desk, pending: Pending, too_often: bool) -> Step | None:
    """The browser's older login, whose choice of accounts the new one takes over: then where the visit stands now.

    Above the limit the new one too, whose token nobody has been given.
    """
    with desk.database.transaction() as db:
        older, login = logins.end_replaced(db, pending, desk.clock()), db.get_one(Login, pending.id)
        if too_often:
            logins.end(db, login, Outcome.TOO_OFTEN, desk.clock())
        elif older and older.visit and login.visit:
            visits.keep_choice(older.visit, login.visit)
        if older:
            desk.journal.write(db, ended(older, "newer_login"), desk.clock())
        return login.visit.step if older and login.visit and not too_often else None


def recent_until(desk: Desk, visit: Visit) -> datetime | None:
    """Until when passwords may be set without asking MitID anew.

    Counted from AuthnInstant, as T18 counts: neither our page nor the hub's way back makes a login younger.
    """
    told_at = visit.login.authenticated_at
    return told_at + desk.visits.confirm_after if told_at else None


def demand_recent_login(desk: Desk, visit: Visit, ahead: timedelta = _NO_TIME) -> None:
    """Raises LoginTooOld when MitID told too long ago who this is, or will have when `ahead` has passed."""
    until = recent_until(desk, visit)
    if until is None or desk.clock() + ahead >= until:
        raise LoginTooOld


def choose_accounts(desk: Desk, visit_id: int, numbers: Collection[int]) -> bool:
    """Choose the candidates with these places in the list. False when none is named, or they cannot be chosen.

    They cannot when one is closed, or waits for an earlier change, or when their directories exclude each other.

    The browser names places, never accounts, so it cannot name one that is not this person's.
    """
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        if visit.step not in (Step.ACCOUNT, Step.PASSWORD) or visit.changed:
            raise WrongStep("account")
        chosen = choice.offer(db, visit, desk.rules, desk.clock()).chosen(numbers)
        if not chosen or len(chosen) != len(set(numbers)) or choice.exclusions(desk.rules, chosen):
            return False
        visits.choose(visit, (each.key for each in chosen))
        told = tuple(f"{each.key.directory}:{each.key.entry_id}" for each in chosen)
        about = AccountsChosen(reference=visit.login.reference, person=visit.person, accounts=told)
        desk.journal.write(db, about, desk.clock())
        return True


def open_page(desk: Desk, visit_id: int) -> list[Attempt]:
    """The READY attempts that this showing of the password page belongs to, one for each chosen account.

    Raises WrongStep, TooManyAttempts, and AccountBusy while an earlier change of one of them may still be carried out.
    """
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        if visit.step != Step.PASSWORD:
            raise WrongStep("password")
        attempts.demand_free(db, visit.wanted, now)
        if ready := attempts.ready_round(visit):
            return ready
        wanted = [each for each in visits.candidates(visit) if each.key in visit.wanted]
        opened = attempts.open_round(db, visit, wanted, now)
        demand_sets_left(desk, db, opened, now)  # told before anything is typed; the rollback takes the rows along
        return opened


def try_again(desk: Desk, visit_id: int) -> None:
    """Another password for the accounts on the receipt that got none, and for them alone.

    Raises WrongStep when there are none, and TooManyAttempts.
    """
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        again = visits.to_try_again(visit)
        if visit.step != Step.RECEIPT or not again:
            raise WrongStep("receipt")
        if attempts.refusals_of(visit) >= desk.limits.refusals_per_visit:
            raise TooManyAttempts("refusals", math.ceil(HOUR.total_seconds()))
        demand_sets_left(desk, db, [each for each in visits.lines(visit) if each.key in again], now)
        visits.choose(visit, again)


def demand_sets_left(desk: Desk, db: Session, wanted: Iterable[Attempt], now: datetime) -> None:
    """Successful changes count too: who holds a stolen MitID must not cycle through passwords (R-12)."""
    since, wanted = now - _DAY, list(wanted)
    fresh = mappings.fresh(db, {each.link for each in wanted}, since)  # of those: one a day (security.md 2.4, item 6)
    usual = desk.limits.sets_per_account_per_day
    counted = [(attempts.sets_of_account(db, each.key, since), 1 if each.link in fresh else usual) for each in wanted]
    for person in {each.person for each in wanted}:
        counted.append((attempts.sets_of_person(db, person, since), desk.limits.sets_per_person_per_day))
    waits = [made[-most] + _DAY - now for made, most in counted if len(made) >= most]
    if waits:
        raise TooManyAttempts("sets", math.ceil(max(waits).total_seconds()))


def leave(desk: Desk, login_id: int) -> Login | None:
    """End a login of one's own will: here first, whatever the hub does afterwards."""
    with desk.database.transaction() as db:
        login = db.get(Login, login_id)
        if login is not None and login.ended_at is None:
            logins.end(db, login, Outcome.LEFT, desk.clock())
            desk.journal.write(db, ended(login, "person"), desk.clock())
        return login


def still_theirs(desk: Desk, attempt: Attempt, account: DirectoryAccount) -> bool:
    """Does the account, read again, still belong to whom this visit found it for? (requirement R-05)"""
    if attempt.link.startswith(LINK):
        with desk.database.reading() as db:
            return desk.codes.enabled and codes.opened(db, attempt, account.key)
    if attempt.link:
        return desk.register is not None and desk.register.holds(attempt.link, account)
    return matching.holds_number_of(account, attempt.person, desk.person_key)


def ended(login: Login, by: str) -> LoginEnded:
    somebody = login.visit or login.staff
    return LoginEnded(reference=login.reference, person=somebody.person if somebody else "", by=by)
