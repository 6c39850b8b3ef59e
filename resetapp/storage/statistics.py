"""Counts of visits for the statistics, grouped by the database: no row about a person leaves it. Read only."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Integer, Select, String, case, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from resetapp.core.outcomes import AttemptState, Outcome, Refusal
from resetapp.core.staff import Purpose
from resetapp.storage.tables import Attempt, Login, Visit

Columns = TypeVarTuple("Columns")
_GONE_THROUGH = (AttemptState.SET, AttemptState.PRESUMED, AttemptState.UNLOCKED)
_FELL_THROUGH = (AttemptState.REFUSED, AttemptState.NOT_SET, AttemptState.UNKNOWN)


def visits_by_hour(db: Session, since: datetime, until: datetime) -> Iterator[tuple[datetime, Outcome, int]]:
    """Visits that came back from the hub and are over: hour in UTC, what they came to, how many.

    A visit that nothing was sent in came to what its login came to.
    """
    unfinished = Visit.outcome.is_(None) | (Visit.outcome == Outcome.OPEN)
    came_to = case((unfinished, Login.outcome), else_=Visit.outcome)
    hour = _hour(db, Login.opened_at)
    failed = (Login.completed_at.is_(None)) & (Login.reason != "")
    query = select(hour, type_coerce(came_to, String), Login.completed_at.is_(None), func.count())
    query = query.select_from(Login).outerjoin(Visit, Visit.login_id == Login.id)
    query = query.where(_within(since, until), Login.completed_at.isnot(None) | failed)
    for at, outcome, refused, count in db.execute(query.group_by(hour, came_to, Login.completed_at.is_(None))):
        found = Outcome.LOGIN_FAILED if refused and outcome == Outcome.OPEN else Outcome(outcome)
        if found is not Outcome.OPEN:
            yield datetime.strptime(at, "%Y-%m-%d %H").replace(tzinfo=UTC), found, count


def seconds_to_done(db: Session, since: datetime, until: datetime) -> Counter[int]:
    """Whole seconds from a completed login until its first password was set, and how many visits took that long."""
    first = func.min(Attempt.settled_at)
    query = _attempts(select(_seconds(db, first, Login.completed_at)), since, until)
    query = query.where(Attempt.state == AttemptState.SET).group_by(Visit.id, Login.completed_at)
    took = query.subquery()
    counted = db.execute(select(took.c[0], func.count()).group_by(took.c[0]))
    return Counter({max(0, seconds): count for seconds, count in counted if seconds is not None})


def answers_by_directory(db: Session, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    """Directory: passwords set and accounts unlocked; tries that were refused or that nothing is known of."""
    query = _attempts(select(Attempt.directory, Attempt.state, func.count()), since, until)
    found: dict[str, tuple[int, int]] = {}
    for directory, state, count in db.execute(query.group_by(Attempt.directory, Attempt.state)):
        done, failed = found.get(directory, (0, 0))
        found[directory] = (done + count * (state in _GONE_THROUGH), failed + count * (state in _FELL_THROUGH))
    return found


def refusals(db: Session, since: datetime, until: datetime) -> Counter[Refusal]:
    """Why passwords were refused. One that was refused for two reasons counts for each."""
    reasons = cast(Attempt.reasons, String)
    query = _attempts(select(reasons, func.count()), since, until).where(Attempt.state == AttemptState.REFUSED)
    counted: Counter[Refusal] = Counter()
    for written, count in db.execute(query.group_by(reasons)):
        for reason in json.loads(written):
            counted[Refusal(reason)] += count
    return counted


def _attempts(query: Select[*Columns], since: datetime, until: datetime) -> Select[*Columns]:
    joined = query.select_from(Login).join(Visit, Visit.login_id == Login.id)
    return joined.join(Attempt, Attempt.visit_id == Visit.id).where(_within(since, until))


def _within(since: datetime, until: datetime) -> ColumnElement[bool]:
    return (Login.purpose == Purpose.PASSWORD) & (Login.opened_at >= since) & (Login.opened_at < until)


def _on_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"


def _hour(db: Session, moment: Any) -> ColumnElement[str]:  # noqa: ANN401 - a mapped column
    """As `2026-11-26 09`, in UTC. Clocks in Denmark differ from it by whole hours, so days can be made of it."""
    if _on_sqlite(db):
        return func.substr(type_coerce(moment, String), 1, 13)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD HH24")


def _seconds(db: Session, end: Any, start: Any) -> ColumnElement[int]:  # noqa: ANN401 - mapped columns
    if _on_sqlite(db):
        return cast(func.strftime("%s", end), Integer) - cast(func.strftime("%s", start), Integer)
    return cast(func.floor(func.extract("epoch", end - start)), Integer)
