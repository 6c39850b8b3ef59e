"""Reading the audit trail in pages, verifying some of it, and the numbers that are made of the tables."""

from datetime import timedelta

from resetapp.core.events import NoticeCleared, StaffEndedLogins, StaffLookedUp
from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.storage import attempts, figures, logins, trail
from resetapp.storage.audit import Journal
from resetapp.storage.database import NEWEST_REVISION, Database
from resetapp.storage.figures import EventCounts, Unsettled
from resetapp.storage.tables import Login
from resetapp.storage.trail import Filter
from resetapp.storage.verification import Flaw, verify_some
from tests.builders import NOON, PERSON_KEY
from tests.storage.test_attempts import a_visit, claim, ready

JOURNAL = Journal(PERSON_KEY)


def write(database: Database, count: int) -> None:
    for number in range(count):
        with database.transaction() as db:
            JOURNAL.write(db, NoticeCleared(by=str(number)), NOON + timedelta(minutes=number))


def page(database: Database, wanted: Filter, before: int | None = None, after: int | None = None) -> list[int]:
    with database.reading() as db:
        return [each.seq for each in trail.page(db, wanted, 3, before, after).events]


def test_pages_go_by_number_and_filters_by_what_they_say(database: Database) -> None:
    write(database, 7)
    assert page(database, Filter()) == [7, 6, 5]
    assert page(database, Filter(), before=5) == [4, 3, 2]
    assert page(database, Filter(), after=1) == [4, 3, 2]
    assert page(database, Filter(), after=6) == [7, 6, 5]
    between = Filter(since=NOON + timedelta(minutes=2), until=NOON + timedelta(minutes=4))
    assert page(database, between) == [4, 3]
    assert [each.seq for each in trail.every(database, between)] == [3, 4]
    assert page(database, Filter(name="login.ended")) == []


def test_a_username_is_found_in_any_letters_and_is_no_pattern(database: Database) -> None:
    with database.transaction() as db:
        JOURNAL.write(db, StaffEndedLogins(username='Ås_"x"', about="7KQ4-M2XD", ended=1), NOON)
        JOURNAL.write(db, StaffLookedUp(username="other", by="username", about='"username":"ås"', found=0), NOON)
    assert page(database, Filter(username='Ås_"x"')) == [1]
    assert page(database, Filter(username="OTHER")) == [2]
    for typed in ("ås", "%", "other%", "ås__x_", 'Ås_"x', "\\"):
        assert page(database, Filter(username=typed)) == []


def test_some_are_verified_with_the_one_before_and_the_newest(database: Database) -> None:
    write(database, 6)
    with database.reading() as db:
        some = trail.page(db, Filter(), 3, before=5).events
        held = verify_some(db, JOURNAL.seals, some)
        assert (held.events, held.broken, held.newest and held.newest.seq) == (3, [], 6)
    with database.transaction() as db:
        db.delete(trail.page(db, Filter(), 1, before=2).events[0])
        db.delete(trail.page(db, Filter(), 1).events[0])
    with database.reading() as db:
        broken = verify_some(db, JOURNAL.seals, trail.page(db, Filter(), 3, before=5).events).broken
    assert [(each.seq, each.flaw) for each in broken] == [(1, Flaw.MISSING), (6, Flaw.MISSING)]


def test_the_numbers_are_those_of_the_tables(database: Database) -> None:
    visit = a_visit(database)
    with database.transaction() as db:
        logins.open_login(db, "_r2", "browser-2", "da", None, NOON)
        pending = logins.find_opened(db, "browser-2")
        assert pending is not None
        logins.refuse(db, pending.id, Outcome.ASSURANCE_TOO_LOW, "low", NOON)
    claim(database, ready(database, visit), seconds=5)
    with database.reading() as db:
        counted = figures.logins(db, NOON)
        assert (counted.started, counted.completed) == (2, 1)
        assert counted.refused == {Outcome.ASSURANCE_TOO_LOW: 1}
        assert figures.logins(db, NOON + timedelta(seconds=1)).started == 0
        assert figures.answers(db, NOON) == {("people", AttemptState.SENDING): 1}
        assert figures.unsettled(db) == Unsettled(1, NOON + timedelta(seconds=5))
        assert figures.revision(db) == NEWEST_REVISION
        assert db.query(Login).count() == 2
        assert len(attempts.open_ids(db, None)) == 1


def test_events_are_counted_once_by_each_process(database: Database) -> None:
    counts = EventCounts()
    for _ in range(2):
        write(database, 2)
        with database.reading() as db:
            told = counts.now(db)
            assert told == EventCounts().now(db)
    assert told == {"notice.cleared": 4}
