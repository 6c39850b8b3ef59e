"""What is kept about one person is found, and erased but for the proof of what was sent to a directory."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, event, func, select

from resetapp.core.accounts import AccountKey
from resetapp.core.outcomes import AttemptState, MatchResult, Outcome, OutcomeUnknown, PasswordSet
from resetapp.storage import attempts, limits, logins, persons, retention, visits
from resetapp.storage.database import Database
from resetapp.storage.limits import Kind
from resetapp.storage.persons import Erased
from resetapp.storage.tables import Attempt, Count, Login, Table, Visit
from tests.builders import JOURNAL, NOON, a_candidate, a_person, an_account

ME, YOU = "f" * 64, "e" * 64
LATER = NOON + timedelta(hours=2)
KEY = AccountKey("people", "id-freja")


def a_visit(database: Database, name: str, person: str = ME, *, ended: bool = True, replaces: str | None = None) -> str:
    """Opened at NOON, with one account found and chosen. Returns the browser's token."""
    with database.transaction() as db:
        logins.open_login(db, f"_{name}", f"browser {name}", "da", replaces, NOON)
        pending = logins.find_opened(db, f"browser {name}")
        assert pending is not None
        who = a_person(assertion_id=f"_{name}", assertion_expires_at=NOON + timedelta(minutes=5))
        token = logins.complete_login(db, pending, who, timedelta(minutes=30), NOON)
        visits.open_visit(db, pending.id, person, MatchResult((an_account(),), (), Outcome.OPEN), NOON)
    if ended:
        with database.transaction() as db:
            login = logins.find_login(db, token)
            assert login is not None
            logins.end(db, login, Outcome.LEFT, NOON)
    return token


def a_round(database: Database, token: str, *, send: bool = True) -> str:
    """The password page was shown and, with `send`, a password is on its way. Returns the attempt's id."""
    with database.transaction() as db:
        login = logins.find_login(db, token)
        assert login is not None
        assert login.visit is not None
        attempt = attempts.open_round(db, login.visit, [a_candidate(KEY, "freja")], NOON)[0]
        if send:
            attempts.claim(db, [(attempt, "mark")], NOON)
        return attempt.id


def answered(database: Database, attempt_id: str) -> None:
    with database.transaction() as db:
        attempts.record(db, attempt_id, PasswordSet(KEY), NOON)


def erased(database: Database, at: datetime = LATER) -> Erased:
    with database.transaction() as db:
        return persons.erase(db, ME, at, JOURNAL, {})


def everything(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as db:
        return [tuple(row) for table in Table.metadata.sorted_tables for row in db.execute(select(table))]


def count_of(database: Database, table: type[Table]) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_only_ones_own_rows_are_found_the_oldest_first(database: Database) -> None:
    for name, person in (("1", ME), ("2", YOU), ("3", ME)):
        a_visit(database, name, person)
    with database.transaction() as db:
        limits.count(db, Kind.LOGIN_STARTED, ME, NOON)
        limits.count(db, Kind.LOGIN_STARTED, YOU, NOON)
    with database.reading() as db:
        assert [visit.login.request_id for visit in persons.visits_of(db, ME)] == ["_1", "_3"]
        assert [count.subject for count in persons.counts_of(db, ME)] == [ME]
        assert persons.visits_of(db, "0" * 64) == []


def test_what_proves_nothing_is_deleted_and_others_rows_stay(database: Database) -> None:
    a_round(database, a_visit(database, "1"), send=False)
    with database.transaction() as db:
        limits.count(db, Kind.LOGIN_STARTED, ME, NOON)
    others = a_visit(database, "2", YOU, ended=False)
    a_round(database, others)
    assert erased(database) == Erased(ended=0, logins=1, kept=0, changes=0, unsettled=0, counts=1)
    with database.reading() as db:
        assert [visit.person for visit in db.scalars(select(Visit))] == [YOU]
        assert [attempt.mark for attempt in db.scalars(select(Attempt))] == ["mark"]
        assert logins.find_login(db, others) is not None
    assert count_of(database, Count) == 0
    assert erased(database).nothing


def test_a_change_stays_as_proof_with_nothing_beside_it(database: Database) -> None:
    token = a_visit(database, "1")
    answered(database, a_round(database, token))
    a_round(database, token, send=False)
    assert erased(database) == Erased(ended=0, logins=0, kept=1, changes=1, unsettled=0, counts=0)
    with database.reading() as db:
        attempt = db.scalars(select(Attempt)).one()
        assert (attempt.state, attempt.username, attempt.sent_at, attempt.mark) == ("set", "freja", NOON, None)
        visit = attempt.visit
        assert (visit.person, visit.candidates, visit.not_asked, visit.chosen) == (ME, [], [], [])
        login = visit.login
        assert (login.assurance, login.authenticated_at) == (2, NOON)
        names = ("issuer", "name_id", "name_id_format", "name_qualifier", "sp_name_qualifier", "session_index")
        assert [getattr(login, name) for name in (*names, "token_hash", "replaces_id")] == [None] * 8
        assert logins.find_login(db, token) is None
        assert persons.visits_of(db, ME) == [visit]


@pytest.mark.parametrize("answer", ["none", "lost"])
def test_an_attempt_that_is_not_settled_stays_whole_and_can_be_settled(database: Database, answer: str) -> None:
    attempt_id = a_round(database, a_visit(database, "1", ended=False))
    if answer == "lost":
        with database.transaction() as db:
            attempts.record(db, attempt_id, OutcomeUnknown(KEY), NOON)
    assert erased(database) == Erased(ended=1, logins=0, kept=1, changes=1, unsettled=1, counts=0)
    with database.transaction() as db:
        kept = db.get_one(Attempt, attempt_id)
        assert kept.open
        assert (kept.mark, kept.look_at is not None) == ("mark", True)
        assert list(attempts.under_way(db, [KEY], LATER)) == [KEY]
        assert attempts.settle(db, attempt_id, AttemptState.PRESUMED, (), LATER)


def test_a_login_that_goes_on_is_ended_and_is_nobodys_until_it_is_pruned(database: Database) -> None:
    """SQLite gives the highest number again: a request that is at work would find the next person's visit."""
    token = a_visit(database, "1", ended=False)
    ready = a_round(database, token, send=False)
    with database.reading() as db:
        mine = db.scalars(select(Visit.id)).one()
    assert erased(database) == Erased(ended=1, logins=1, kept=0, changes=0, unsettled=0, counts=0)
    a_visit(database, "2", YOU)
    with database.transaction() as db:
        visit = visits.load(db, mine)
        assert (visit.person, visit.candidates, visit.chosen) == (persons.NOBODY, [], [])
        assert (visit.login.ended_at, visit.login.display_name, visit.login.name_id) == (LATER, "", None)
        assert db.get(Attempt, ready) is None
        assert logins.find_login(db, token) is None
    with database.transaction() as db:
        assert retention.prune(db, 13, NOON + timedelta(days=1, seconds=1), JOURNAL) == 1
        assert [visit.person for visit in db.scalars(select(Visit))] == [YOU]


def test_a_login_that_has_just_ended_is_nobodys_too(database: Database) -> None:
    a_visit(database, "1")
    assert erased(database, NOON) == Erased(ended=0, logins=1, kept=0, changes=0, unsettled=0, counts=0)
    with database.reading() as db:
        assert db.scalars(select(Visit.person)).one() == persons.NOBODY


def test_no_login_that_is_left_points_to_a_deleted_one(database: Database) -> None:
    """Its number may be somebody else's login later, and that one would be ended."""
    token = a_visit(database, "1")
    with database.transaction() as db:
        logins.open_login(db, "_2", "browser 2", "da", token, NOON)
    erased(database)
    with database.reading() as db:
        pending = logins.find_opened(db, "browser 2")
        assert pending is not None
        assert pending.replaces_id is None


class Fault(Exception):
    """The database gives up in the middle."""


def test_it_is_all_done_or_nothing(database: Database) -> None:
    answered(database, a_round(database, a_visit(database, "1", ended=False)))
    a_visit(database, "2")
    before = everything(database)

    def fail(*arguments: object) -> None:
        if str(arguments[2]).startswith("DELETE FROM count"):
            raise Fault

    event.listen(database.engine, "before_cursor_execute", fail)
    with pytest.raises(Fault):
        erased(database)
    event.remove(database.engine, "before_cursor_execute", fail)
    assert everything(database) == before
    assert erased(database).ended == 1
    assert everything(database) != before


def test_deleting_a_login_takes_its_visit_and_attempts_along(database: Database) -> None:
    a_round(database, a_visit(database, "1"), send=False)
    with database.transaction() as db:
        db.execute(delete(Login))
    assert (count_of(database, Visit), count_of(database, Attempt)) == (0, 0)
