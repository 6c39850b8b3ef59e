"""Logins: bound to a browser, completed once, ended by person, time and hub."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from resetapp.core.outcomes import MatchResult, Outcome
from resetapp.storage import logins, visits
from resetapp.storage.database import Database
from resetapp.storage.logins import Pending
from resetapp.storage.tables import Login, SeenMessage
from resetapp.trouble import LoginRefused
from tests.builders import NOON, a_person

HALF_HOUR = timedelta(minutes=30)
IDLE = timedelta(minutes=10)


def opened(
    database: Database, request_id: str = "_r1", token: str = "browser-1", replaces: str | None = None
) -> Pending:
    with database.transaction() as db:
        logins.open_login(db, request_id, token, "da", replaces, NOON)
        pending = logins.find_opened(db, token)
    assert pending is not None
    return pending


def completed(database: Database, pending: Pending, **login: object) -> tuple[Login, str]:
    with database.transaction() as db:
        token = logins.complete_login(db, pending, a_person(**login), HALF_HOUR, NOON)
        logins.end_replaced(db, pending, NOON)
        visits.open_visit(db, pending.id, "f" * 64, MatchResult((), (), Outcome.OPEN), NOON)
    row = find(database, token)
    assert row is not None
    return row, token


def find(database: Database, token: str) -> Login | None:
    with database.reading() as db:
        return logins.find_login(db, token)


def test_only_the_browser_that_started_finds_its_login(database: Database) -> None:
    pending = opened(database)
    with database.reading() as db:
        assert logins.find_opened(db, "browser-1") == pending
        assert logins.find_opened(db, "browser-2") is None


def test_the_database_never_holds_a_token(database: Database) -> None:
    row, token = completed(database, opened(database))
    values = [str(getattr(row, column.key)) for column in Login.__table__.columns]
    assert not any(token in value or "browser-1" in value for value in values)


def test_a_completed_login_is_found_by_its_new_token_only(database: Database) -> None:
    row, token = completed(database, opened(database))
    assert token != "browser-1"
    found = find(database, token)
    assert found is not None
    assert found.id == row.id
    assert find(database, "browser-1") is None
    with database.reading() as db:
        assert logins.find_opened(db, "browser-1") is None


def test_a_request_is_answered_once(database: Database) -> None:
    pending = opened(database)
    completed(database, pending)
    with pytest.raises(LoginRefused, match="request-used"):
        completed(database, pending, assertion_id="_another")


def test_an_assertion_is_used_once_even_for_another_request(database: Database) -> None:
    completed(database, opened(database))
    other = opened(database, "_r2", "browser-2")
    with pytest.raises(LoginRefused, match="replay"):
        completed(database, other)
    with database.reading() as db:
        row = db.get_one(Login, other.id)
        assert row.completed_at is None
        assert row.token_hash is None


def test_of_twenty_parallel_posts_one_gets_a_login(database: Database) -> None:
    pending = opened(database)

    def post(_: int) -> bool:
        try:
            completed(database, pending)
        except LoginRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(post, range(20))) == 1


@pytest.mark.parametrize(
    ("minutes", "over"), [(0, False), (9.99, False), (10, True), (31, True)]
)  # idle ends first, then the absolute limit
def test_idle_time_ends_a_login(database: Database, minutes: float, over: bool) -> None:
    row, _ = completed(database, opened(database))
    assert logins.is_over(row, IDLE, NOON + timedelta(minutes=minutes)) is over


def test_activity_holds_off_the_idle_limit_but_not_the_absolute_one(database: Database) -> None:
    row, token = completed(database, opened(database))
    for minutes in (8, 16, 24):
        with database.transaction() as db:
            logins.touch(db, row.id, NOON + timedelta(minutes=minutes))
    touched = find(database, token)
    assert touched is not None
    assert not logins.is_over(touched, IDLE, NOON + timedelta(minutes=29.9))
    assert logins.is_over(touched, IDLE, NOON + timedelta(minutes=30))


def test_the_hubs_own_limit_shortens_a_login(database: Database) -> None:
    row, _ = completed(database, opened(database), ends_at=NOON + timedelta(minutes=3))
    assert not logins.is_over(row, IDLE, NOON + timedelta(minutes=2.9))
    assert logins.is_over(row, IDLE, NOON + timedelta(minutes=3))


def test_the_hubs_limit_never_lengthens_a_login(database: Database) -> None:
    row, _ = completed(database, opened(database), ends_at=NOON + timedelta(hours=8))
    assert row.ends_at == NOON + HALF_HOUR


def test_an_ended_login_stays_ended_and_keeps_no_name(database: Database) -> None:
    row, token = completed(database, opened(database))
    with database.transaction() as db:
        logins.end(db, db.get_one(Login, row.id), Outcome.LEFT, NOON)
    with database.transaction() as db:
        logins.end(db, db.get_one(Login, row.id), Outcome.EXPIRED, NOON + timedelta(minutes=1))
        logins.touch(db, row.id, NOON + timedelta(minutes=1))
    ended = find(database, token)
    assert ended is not None
    assert (ended.outcome, ended.ended_at, ended.display_name) == (Outcome.LEFT, NOON, "")
    assert ended.seen_at == NOON


def test_the_hub_ends_logins_by_its_own_names(database: Database) -> None:
    tokens = {}
    for number, index in (("1", "_i1"), ("2", "_i2"), ("3", "_i1")):
        name = "_other" if number == "3" else "_nameid-1"
        row = opened(database, f"_r{number}", f"b{number}")
        login = completed(database, row, session_index=index, name_id=name, assertion_id=f"_a{number}")
        tokens[number] = login[1]
    with database.transaction() as db:
        assert logins.end_logins_of(db, "https://evil.example", "_nameid-1", (), NOON) == []
        assert len(logins.end_logins_of(db, "https://hub.example", "_nameid-1", ("_i1",), NOON)) == 1
    ended = {number: (find(database, token) or Login()).ended_at is not None for number, token in tokens.items()}
    assert ended == {"1": True, "2": False, "3": False}
    with database.transaction() as db:
        assert len(logins.end_logins_of(db, "https://hub.example", "_nameid-1", (), NOON)) == 1


def test_a_new_login_in_the_same_browser_ends_the_older_one(database: Database) -> None:
    _, older = completed(database, opened(database))
    newer = opened(database, "_r2", "browser-2", replaces=older)
    before = find(database, older)
    assert before is not None
    assert before.ended_at is None
    completed(database, newer, assertion_id="_assertion-2")
    after = find(database, older)
    assert after is not None
    assert after.ended_at == NOON


def test_a_broken_answer_is_noted_but_leaves_the_request_open(database: Database) -> None:
    pending = opened(database)
    with database.transaction() as db:
        logins.refuse(db, pending.id, Outcome.LOGIN_FAILED, "login_refused:signature", NOON)
    with database.reading() as db:
        found = logins.find_opened(db, "browser-1")
        assert found is not None
        assert found.failed_answers == 1
        assert db.get_one(Login, pending.id).reason == "login_refused:signature"


def test_a_late_broken_answer_does_not_touch_the_login_that_was_opened(database: Database) -> None:
    pending = opened(database)
    row, token = completed(database, pending)
    with database.transaction() as db:
        logins.refuse(db, pending.id, Outcome.NO_CPR, "login_refused:request-used", NOON)
    after = find(database, token)
    assert after is not None
    assert (after.completed_at, after.ended_at, after.reason) == (row.completed_at, None, "")


def test_a_final_refusal_closes_the_request(database: Database) -> None:
    pending = opened(database)
    with database.transaction() as db:
        logins.refuse(db, pending.id, Outcome.NO_CPR, "login_refused:no_cpr", NOON)
    with database.reading() as db:
        assert logins.find_opened(db, "browser-1") is None
        assert db.get_one(Login, pending.id).outcome == Outcome.NO_CPR


class Again(Exception):
    """The transaction of a second use is given up."""


def give_up_unless(fresh: bool) -> None:
    if not fresh:
        raise Again


def test_a_message_is_remembered_once(database: Database) -> None:
    with database.transaction() as db:
        assert logins.remember(db, "_m", NOON)
    with pytest.raises(Again), database.transaction() as db:
        give_up_unless(logins.remember(db, "_m", NOON))
    with database.reading() as db:
        assert db.get(SeenMessage, "_m") is not None


def test_references_can_be_read_aloud() -> None:
    references = {logins.new_reference() for _ in range(2000)}
    assert len(references) == 2000
    assert not any(set(reference) & set("ILOU") for reference in references)
    assert all(len(reference) == 9 and reference[4] == "-" for reference in references)


def test_the_visits_of_a_person_within_the_hour_are_counted(database: Database) -> None:
    for number, minutes in enumerate((70, 50, 10)):
        pending = opened(database, f"_r{number}", f"b{number}")
        with database.transaction() as db:
            at = NOON - timedelta(minutes=minutes)
            visits.open_visit(db, pending.id, "f" * 64, MatchResult((), (), Outcome.OPEN), at)
    hour = timedelta(hours=1)
    with database.reading() as db:
        assert visits.wait(db, "f" * 64, 3, hour, NOON) == 0
        assert visits.wait(db, "f" * 64, 2, hour, NOON) == 600
        assert visits.wait(db, "0" * 64, 1, hour, NOON) == 0
