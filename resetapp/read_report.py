"""The report as auditors read it in the console. Who reads it is read about, too (security.md A-09, L-02); as with the
events of everybody, once for the whole.
"""

import logging
import re
import secrets
from datetime import datetime
from typing import Final

from resetapp.core.event import Event
from resetapp.core.events import StaffExportedEvents, StaffReadEvents
from resetapp.report.contents import Report, Wanted
from resetapp.report.gathering import report
from resetapp.reset import Desk
from resetapp.storage.tables import StaffLogin

log = logging.getLogger(__name__)

PERIODS: Final = (7, 30, 90)
"""Days."""

_SEED = re.compile(r"[0-9a-z]{1,8}", re.ASCII)


def wanted(days: str, seed: str, until: str, now: datetime) -> Wanted:
    """What cannot be meant is replaced: by the shortest period, a new seed, this moment. The report tells all three."""
    return Wanted(
        days=next((each for each in PERIODS if str(each) == days), PERIODS[0]),
        until=_moment(until, now) or now,
        seed=seed if _SEED.fullmatch(seed) else new_seed(),
    )


def new_seed() -> str:
    """Nobody knows beforehand which look-ups will be checked."""
    return secrets.token_hex(4)


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and found.year > 2000 and found <= now else None


def read(desk: Desk, member: StaffLogin, asked: Wanted) -> Report:
    _record(desk, StaffReadEvents(wanted=in_words(asked), person=member.person, username=member.username))
    return _made(desk, asked)


def export(desk: Desk, member: StaffLogin, asked: Wanted, why: str) -> Report:
    who = {"person": member.person, "username": member.username}
    _record(desk, StaffExportedEvents(wanted=in_words(asked), form="csv", why=why, **who))
    log.info("staff.exported_report days=%d", asked.days)
    return _made(desk, asked)


def _made(desk: Desk, asked: Wanted) -> Report:
    with desk.database.reading() as db:
        return report(db, desk.journal.seals, asked)


def _record(desk: Desk, event: Event) -> None:
    with desk.database.transaction() as db:
        desk.journal.write(db, event, desk.clock())


def in_words(asked: Wanted) -> str:
    """For the record, in no language. With the seed: who asks until a sample suits them is seen."""
    return f"report days={asked.days} until={asked.until.isoformat(timespec='microseconds')} seed={asked.seed}"
