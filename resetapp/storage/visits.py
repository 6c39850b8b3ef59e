"""Visits: opened with the login, filled by the match, closed by what they came to."""

import math
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, TableClause, bindparam, insert, select
from sqlalchemy.orm import Session, selectinload

from resetapp.core.accounts import AccountKey
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import MatchResult, Outcome, Step
from resetapp.storage.tables import Visit

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
    chosen = result.accounts[0].key if only else None
    visit = {
        "login_id": login_id,
        "person": person,
        "candidates": [Candidate.of(account).to_json() for account in result.accounts],
        "not_asked": list(result.not_asked),
        "chosen_directory": chosen.directory if chosen else None,
        "chosen_entry": chosen.entry_id if chosen else None,
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


def choose(visit: Visit, key: AccountKey) -> None:
    visit.chosen_directory, visit.chosen_entry = key.directory, key.entry_id
