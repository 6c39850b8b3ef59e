"""Logins that somebody else ends than who has them: the operator, a newer login, a mapping that was stopped."""

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from resetapp.core.event import Event
from resetapp.core.operator_events import LoginsEnded
from resetapp.core.outcomes import Outcome
from resetapp.reset import Desk, ended
from resetapp.settings import Staff
from resetapp.storage import logins, open_logins
from resetapp.storage.audit import Journal
from resetapp.storage.database import Session
from resetapp.storage.tables import Login

log = logging.getLogger(__name__)

AT_ONCE = 2  # logins of one member of the staff (security.md SE-08)


def end_open(db: Session, journal: Journal, by: str, why: str, username: str, now: datetime) -> int:
    """By the operator `by`: those of this username, or with "" all there are, of staff and persons. Returns how many.

    Where all are ended, who is at the hub is not let in on the way back either.
    """
    found = open_logins.named(db, username) if username else open_logins.every(db)
    told = list(_end(db, found, "operator", now))
    summary = LoginsEnded(by=by, why=why, about=username, ended=len(told))
    journal.write_all(db, [(each, now) for each in (*told, summary)])
    return len(told)


def end_parallel(desk: Desk, staff: Staff, db: Session, person: str) -> None:
    """The oldest of this member's, so that `AT_ONCE` go on: who holds a stolen one is thrown out, or throws its owner
    out, who then knows.

    The caller has written an event in this transaction, and holds the trail: of two logins at the same moment the
    second one sees the first.
    """
    now = desk.clock()
    going_on = [each for each in open_logins.of_staff(db, person) if not logins.is_over(each, staff.idle, now)]
    for told in _end(db, going_on[AT_ONCE:], "parallel", now):
        desk.journal.write(db, told, now)


def end_leaning_on(desk: Desk, links: Collection[str]) -> None:
    """Of the persons who found an account by a mapping that has been stopped (SE-07).

    A transaction of its own: a password on its way holds its visit first and its mapping then.
    """
    now = desk.clock()
    with desk.database.transaction() as db:
        for told in _end(db, open_logins.leaning_on(db, links), "frozen", now):
            log.warning("login.ended reference=%s by=frozen", told.reference)
            desk.journal.write(db, told, now)


def _end(db: Session, found: Iterable[Login], by: str, now: datetime) -> Iterator[Event]:
    """What is told of each that had begun. `by` stays with the login, for the page that its browser asks for next."""
    for login in found:
        logins.end(db, login, Outcome.LOGGED_OUT_ELSEWHERE, now)
        login.reason = by
        if login.completed_at is not None:
            yield ended(login, by)
