"""A limit that somebody has reached goes into the audit trail (ASVS 16.3.3, security.md L-02)."""

import hashlib
import hmac
from dataclasses import dataclass

from resetapp.core.limit_events import LimitReached
from resetapp.reset import Desk
from resetapp.storage import limits
from resetapp.storage.limits import HOUR, Kind


@dataclass(frozen=True, slots=True)
class Who:
    """`subject`: by what it is counted, a keyed fingerprint. The others are told, where they are known."""

    subject: str
    person: str = ""
    username: str = ""
    reference: str = ""


def note(desk: Desk, limit: str, who: Who) -> bool:
    """Once an hour for each limit and subject; whether this was that once. Raises DatabaseDown.

    Who goes on knocking must not fill the trail, and hide in it what they did before (flooding of the log). Nor take
    the write lock with each knock: so it is looked at first, without one.
    """
    now = desk.clock()
    named = f"limit\x00{limit}\x00{who.subject}".encode()
    subject = hmac.new(desk.person_key, named, hashlib.sha256).hexdigest()
    with desk.database.reading() as db:
        if limits.wait(db, Kind.TOLD, subject, 1, HOUR, now):
            return False
    with desk.database.transaction() as db:
        if limits.wait(db, Kind.TOLD, subject, 1, HOUR, now):  # by another worker meanwhile
            return False
        limits.count(db, Kind.TOLD, subject, now)
        told = LimitReached(limit=limit, person=who.person, username=who.username, reference=who.reference)
        desk.journal.write(db, told, now)
    return True
