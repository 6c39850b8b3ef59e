"""Visits: opened with the login, filled by the match, closed by what they came to."""

from datetime import datetime
from typing import cast

from sqlalchemy import TableClause, bindparam, insert, select, update
from sqlalchemy.orm import Session, selectinload

from resetapp.core.accounts import AccountKey
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import MatchResult, Outcome, Step
from resetapp.storage.tables import Visit

_VISIT = cast(TableClause, Visit.__table__)
_OPEN = insert(_VISIT)
_STORE = (
    update(_VISIT)
    .where(_VISIT.c.id == bindparam("visit_id"), _VISIT.c.ended_at.is_(None))
    .values({name: bindparam(name) for name in ("candidates", "not_asked", "outcome")})
    .values(chosen_directory=bindparam("directory"), chosen_entry=bindparam("entry"), version=_VISIT.c.version + 1)
)


def open_visit(db: Session, login_id: int, person: str, now: datetime) -> int:
    """`person`: the fingerprint. Returns the visit's id."""
    opened = {"login_id": login_id, "person": person, "opened_at": now, "outcome": Outcome.OPEN}
    made = db.execute(_OPEN, opened | {"candidates": [], "not_asked": [], "version": 1})
    return int(made.inserted_primary_key[0])  # type: ignore[attr-defined]


def load(db: Session, visit_id: int) -> Visit:
    """With its attempts and its login, held against other writers where the database can do so."""
    query = select(Visit).where(Visit.id == visit_id).options(selectinload(Visit.attempts))
    return db.scalars(query.with_for_update(of=Visit).execution_options(populate_existing=True)).one()


def store_match(db: Session, visit_id: int, result: MatchResult) -> Step:
    """Keep what was found and tell where the visit stands now.

    The only usable account, with nothing else to tell, is chosen at once. Nothing is kept when the hub ended the
    login while the directories were asked.
    """
    only = len(result.accounts) == 1 and result.outcome == Outcome.OPEN and not result.not_asked
    chosen = result.accounts[0].key if only else None
    found = {
        "visit_id": visit_id,
        "candidates": [Candidate.of(account).to_json() for account in result.accounts],
        "not_asked": list(result.not_asked),
        "outcome": result.outcome,
        "directory": chosen.directory if chosen else None,
        "entry": chosen.entry_id if chosen else None,
    }
    if db.execute(_STORE, found).rowcount != 1:  # type: ignore[attr-defined]
        return Step.ENDED
    if result.outcome != Outcome.OPEN:
        return Step.STOPPED
    return Step.PASSWORD if chosen else Step.ACCOUNT


def candidates(visit: Visit) -> list[Candidate]:
    return [Candidate.from_json(facts) for facts in visit.candidates]


def candidate(visit: Visit, key: AccountKey) -> Candidate | None:
    return next((each for each in candidates(visit) if each.key == key), None)


def choose(visit: Visit, key: AccountKey) -> None:
    visit.chosen_directory, visit.chosen_entry = key.directory, key.entry_id
