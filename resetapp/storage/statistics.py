"""Counts of visits for the statistics, grouped by the database: no row about a person leaves it. Read only."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select, type_coerce
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
    query = query.where(Login.purpose == Purpose.PASSWORD, Login.opened_at >= since, Login.opened_at < until)
    query = query.where(Login.completed_at.isnot(None) | failed)
    for at, outcome, refused, count in db.execute(query.group_by(hour, came_to, Login.completed_at.is_(None))):
        found = Outcome.LOGIN_FAILED if refused and outcome == Outcome.OPEN else Outcome(outcome)
        if found is not Outcome.OPEN:
            yield datetime.fromisoformat(f"{at}:00+00:00"), found, count


def seconds_to_done(db: Session, since: datetime, until: datetime) -> Counter[int]:
    """Seconds from a completed login until a password was set, and how many passwords took that long."""
    took = _seconds(db, Attempt.settled_at, Visit.opened_at)  # a visit is opened with the login's completion
    query = _attempts(select(took, func.count()), since, until).where(Attempt.state == AttemptState.SET)
    counted = db.execute(query.group_by(took))
    return Counter({max(0, int(seconds)): count for seconds, count in counted if seconds is not None})


@dataclass(slots=True)
class Answers:
    """`directories`: passwords set and accounts unlocked; tries that were refused or that nothing is known of.
    `refusals`: why passwords were refused; one that was refused for two reasons counts for each.
    """

    directories: dict[str, tuple[int, int]] = field(default_factory=dict)
    refusals: Counter[Refusal] = field(default_factory=Counter)


def answers(db: Session, since: datetime, until: datetime) -> Answers:
    reasons, found = cast(Attempt.reasons, String), Answers()
    query = _attempts(select(Attempt.directory, Attempt.state, reasons, func.count()), since, until)
    for directory, state, written, count in db.execute(query.group_by(Attempt.directory, Attempt.state, reasons)):
        done, failed = found.directories.get(directory, (0, 0))
        added = (count * (state in _GONE_THROUGH), count * (state in _FELL_THROUGH))
        found.directories[directory] = (done + added[0], failed + added[1])
        for reason in json.loads(written) if state is AttemptState.REFUSED else ():
            found.refusals[Refusal(reason)] += count
    return found


def _attempts(query: Select[*Columns], since: datetime, until: datetime) -> Select[*Columns]:
    """Of the visits that were opened then; only a login for a password has one."""
    joined = query.select_from(Visit).join(Attempt, Attempt.visit_id == Visit.id)
    return joined.where(Visit.opened_at >= since, Visit.opened_at < until)


def _on_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"


def _hour(db: Session, moment: Any) -> ColumnElement[str]:  # noqa: ANN401 - a mapped column
    """As `2026-11-26 09`, in UTC. Clocks in Denmark differ from it by whole hours, so days can be made of it."""
    if _on_sqlite(db):
        return func.substr(type_coerce(moment, String), 1, 13)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD HH24")


def _seconds(db: Session, end: Any, start: Any) -> ColumnElement[float]:  # noqa: ANN401 - mapped columns
    """Whole ones."""
    if _on_sqlite(db):
        return func.round((func.julianday(end) - func.julianday(start)) * 86_400)
    return func.round(func.extract("epoch", end - start))
