"""Visits: opened with the login, filled by the match, closed by what they came to."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from resetapp.core.accounts import AccountKey
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import MatchResult, Outcome
from resetapp.storage.tables import Login, Visit


def open_visit(db: Session, login: Login, person: str, now: datetime) -> Visit:
    visit = Visit(login=login, person=person, candidates=[], not_asked=[], opened_at=now, outcome=Outcome.OPEN)
    db.add(visit)
    db.flush()
    return visit


def load(db: Session, visit_id: int) -> Visit:
    """With its attempts and its login, held against other writers where the database can do so."""
    query = select(Visit).where(Visit.id == visit_id).options(selectinload(Visit.attempts))
    return db.scalars(query.with_for_update(of=Visit).execution_options(populate_existing=True)).one()


def store_match(visit: Visit, result: MatchResult) -> None:
    """Keep what was found. The only usable account, with nothing else to tell, is chosen at once."""
    if visit.ended_at is not None:  # the hub ended the login while the directories were asked
        return
    visit.candidates = [Candidate.of(account).to_json() for account in result.accounts]
    visit.not_asked = list(result.not_asked)
    visit.outcome = result.outcome
    if len(result.accounts) == 1 and result.outcome == Outcome.OPEN and not result.not_asked:
        choose(visit, result.accounts[0].key)


def candidates(visit: Visit) -> list[Candidate]:
    return [Candidate.from_json(facts) for facts in visit.candidates]


def candidate(visit: Visit, key: AccountKey) -> Candidate | None:
    return next((each for each in candidates(visit) if each.key == key), None)


def choose(visit: Visit, key: AccountKey) -> None:
    visit.chosen_directory, visit.chosen_entry = key.directory, key.entry_id
