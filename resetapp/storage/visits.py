"""Visits: opened with the login, filled by the match, closed by what they came to."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, TableClause, bindparam, insert, select
from sqlalchemy.orm import Session, selectinload

from resetapp.core.accounts import AccountKey
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import AttemptState, MatchResult, Outcome, Refusal, Step
from resetapp.storage import attempts
from resetapp.storage.tables import Attempt, Visit

HOPELESS = frozenset({Refusal.ACCOUNT_PROTECTED, Refusal.ACCOUNT_CHANGED})  # no other password helps
OF_THE_ACCOUNT = HOPELESS | {Refusal.NO_ANSWER}
_GOOD = frozenset({AttemptState.SET, AttemptState.UNLOCKED})
_SENT = (Outcome.DONE, Outcome.PARTLY, Outcome.UNKNOWN)
_EARLIER = (
    select(Visit.opened_at)
    .where(Visit.person == bindparam("fingerprint"), Visit.opened_at > bindparam("since"))
    .order_by(Visit.opened_at.desc())
    .offset(bindparam("newer"))
    .limit(1)
)
_OPEN = insert(cast(TableClause, Visit.__table__))  # prepared once: it runs at every login


def wait(db: Session | Connection, person: str, at_most: int, window: timedelta, now: datetime) -> int:
    """Seconds until this person may open another visit; 0 when they may now. The visits themselves are the count."""
    asked = {"fingerprint": person, "since": now - window, "newer": at_most - 1}
    full_since = db.scalar(_EARLIER, asked)
    return math.ceil((full_since + window - now).total_seconds()) if full_since else 0


def open_visit(db: Session | Connection, login_id: int, person: str, result: MatchResult, now: datetime) -> Step:
    """Keep what was found for this person (a fingerprint) and tell where the visit stands now.

    The only usable account, with nothing else to tell, is chosen at once.
    """
    only = len(result.accounts) == 1 and result.outcome == Outcome.OPEN and not result.not_asked
    chosen = [_pair(account.key) for account in result.accounts] if only else []
    visit = {
        "login_id": login_id,
        "person": person,
        "candidates": [Candidate.of(account).to_json() for account in result.accounts],
        "not_asked": list(result.not_asked),
        "chosen": chosen,
        "outcome": result.outcome,
        "opened_at": now,
        "version": 1,
    }
    db.execute(_OPEN, visit)
    if result.outcome != Outcome.OPEN:
        return Step.STOPPED
    return Step.PASSWORD if chosen else Step.ACCOUNT


def load(db: Session, visit_id: int, *, held: bool = True) -> Visit:
    """With its attempts and its login; `held` against other writers where the database can do so."""
    query = select(Visit).where(Visit.id == visit_id).options(selectinload(Visit.attempts))
    query = query.with_for_update(of=Visit) if held else query
    return db.scalars(query.execution_options(populate_existing=True)).one()


def candidates(visit: Visit) -> list[Candidate]:
    return [Candidate.from_json(facts) for facts in visit.candidates]


def candidate(visit: Visit, key: AccountKey) -> Candidate | None:
    return next((each for each in candidates(visit) if each.key == key), None)


def keep_choice(older: Visit, visit: Visit) -> None:
    """Who logged in once more in the middle goes on with the accounts that were chosen, if all can still be chosen."""
    found = {each.key for each in candidates(visit) if each.usable}
    if older.person == visit.person and visit.step == Step.ACCOUNT and found.issuperset(older.wanted):
        choose(visit, older.wanted)


def choose(visit: Visit, keys: Iterable[AccountKey]) -> None:
    """These accounts are to get the next password; none: what was chosen has been sent."""
    visit.chosen = [_pair(key) for key in keys]


def _pair(key: AccountKey) -> list[str]:
    return [key.directory, key.entry_id]


def lines(visit: Visit) -> list[Attempt]:
    """The receipt's: for each account the last attempt that was sent, or that could not be for a reason of its own."""
    told = {each.key: each for each in visit.attempts if each.sent_at or OF_THE_ACCOUNT & set(each.reasons)}
    return list(told.values())


def to_try_again(visit: Visit) -> list[AccountKey]:
    """The accounts on the receipt that got no new password and might get one at a second try."""
    nothing = (AttemptState.REFUSED, AttemptState.NOT_SET)
    return [each.key for each in lines(visit) if each.state in nothing and not HOPELESS & set(each.reasons)]


def close(visit: Visit, most_refusals: int) -> None:
    """Set the outcome down that follows from the attempts; nothing reopens a visit that has ended."""
    outcome = _outcome(visit, most_refusals)
    if attempts.refusals_of(visit) >= most_refusals:
        choose(visit, ())
    if visit.ended_at is None or outcome in _SENT:
        visit.outcome = outcome
    elif visit.outcome == Outcome.UNKNOWN:  # it turned out that nothing was changed, and nobody is here to try again
        visit.outcome = Outcome.DIRECTORY_DOWN


def _outcome(visit: Visit, most_refusals: int) -> Outcome:
    states = {each.state for each in lines(visit)}
    if states & {AttemptState.SENDING, AttemptState.UNKNOWN}:
        return Outcome.UNKNOWN
    if states & _GOOD:
        return Outcome.DONE if states <= _GOOD else Outcome.PARTLY
    if AttemptState.PRESUMED in states:
        return Outcome.UNKNOWN
    if lines(visit) and not visit.chosen and not to_try_again(visit):
        return Outcome.NO_USABLE_ACCOUNT
    return Outcome.TOO_OFTEN if attempts.refusals_of(visit) >= most_refusals else Outcome.OPEN
