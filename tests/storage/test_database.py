"""The schema, its revision, the limits and what is deleted when."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import StatementError

from resetapp.core.outcomes import Outcome
from resetapp.storage import limits, logins, retention
from resetapp.storage.database import (
    NEWEST_REVISION,
    Database,
    DatabaseTrouble,
    Session,
    connect,
    demand_newest,
    revisions,
)
from resetapp.storage.limits import Kind
from resetapp.storage.schema import alembic_configuration, upgrade
from resetapp.storage.tables import Count, Login, SeenMessage, Table
from tests.builders import JOURNAL, NOON


def test_the_migrations_give_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_the_newest_revision_is_the_only_head_of_the_migrations() -> None:
    assert ScriptDirectory.from_config(alembic_configuration()).get_heads() == [NEWEST_REVISION]


def test_an_old_or_missing_database_stops_the_start_with_its_remedy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert revisions(url)[0] is None
    with pytest.raises(DatabaseTrouble) as caught:
        demand_newest(url)
    assert caught.value.remedy == "run: resetapp migrate"
    assert not (tmp_path / "new.db").exists()  # looking does not create it
    upgrade(url)
    demand_newest(url)


def test_an_unreachable_database_is_named_without_its_password() -> None:
    url = "postgresql+psycopg://resetapp:very-secret@127.0.0.1:1/resetapp"
    with pytest.raises(DatabaseTrouble) as caught:
        revisions(url)
    assert "127.0.0.1" in caught.value.problem
    assert "very-secret" not in caught.value.problem + caught.value.remedy + repr(caught.value)


def test_a_broken_database_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(DatabaseTrouble, match=r"broken\.db"):
        upgrade(f"sqlite:///{tmp_path}/broken.db")


def test_sqlite_writes_ahead_and_durably(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/test.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises((StatementError, ValueError), match="naive"), database.transaction() as db:
        limits.count(db, Kind.LOGIN_STARTED, "s", datetime(2026, 1, 1))


def test_a_limit_counts_its_own_window_and_says_how_long_to_wait(database: Database) -> None:
    with database.transaction() as db:
        for minutes in (70, 50, 10):
            limits.count(db, Kind.LOGIN_STARTED, "me", NOON - timedelta(minutes=minutes))
        limits.count(db, Kind.LOGIN_STARTED, "you", NOON)
    with database.reading() as db:
        assert limits.wait(db, Kind.LOGIN_STARTED, "me", 3, limits.HOUR, NOON) == 0
        assert limits.wait(db, Kind.LOGIN_STARTED, "me", 2, limits.HOUR, NOON) == 600


def a_login(db: Session, request_id: str, opened_at: datetime) -> Login:
    logins.open_login(db, request_id, f"browser of {request_id}", "da", None, opened_at)
    return db.query(Login).filter(Login.request_id == request_id).one()


def test_pruning_deletes_what_is_over_and_keeps_the_rest(database: Database) -> None:
    with database.transaction() as db:
        fresh = a_login(db, "_fresh", NOON - timedelta(hours=2)).id
        a_login(db, "_unused", NOON - timedelta(days=2))
        used = a_login(db, "_used", NOON - timedelta(days=300))
        used.completed_at = NOON - timedelta(days=300)
        a_login(db, "_old", NOON - timedelta(days=500)).completed_at = NOON
        left = a_login(db, "_left", NOON - timedelta(hours=2))
        left.completed_at, left.ends_at, left.display_name = NOON, NOON - timedelta(hours=1), "Freja Holm"
        left_id = left.id
        left.name_id = "_open"
        ended = a_login(db, "_ended", NOON - timedelta(days=3))
        ended.completed_at = ended.ended_at = NOON - timedelta(days=2)
        ended.name_id, ended.session_index = "_nameid", "_index"
        ended_id = ended.id
        logins.remember(db, "_m1", NOON - timedelta(seconds=1))
        logins.remember(db, "_m2", NOON + timedelta(seconds=1))
        limits.count(db, Kind.LOGIN_STARTED, "s", NOON - timedelta(days=3))
        limits.count(db, Kind.LOGIN_STARTED, "s", NOON)
        used_id = used.id
    with database.transaction() as db:
        assert retention.prune(db, 13, NOON, JOURNAL) == 2
    with database.reading() as db:
        assert {row.id for row in db.query(Login)} == {fresh, used_id, left_id, ended_id}
        assert (db.get_one(Login, ended_id).name_id, db.get_one(Login, ended_id).session_index) == (None, None)
        assert db.get_one(Login, left_id).name_id == "_open"
        assert (db.get_one(Login, left_id).display_name, db.get_one(Login, left_id).outcome) == ("", Outcome.EXPIRED)
        assert [row.message_id for row in db.query(SeenMessage)] == ["_m2"]
        assert db.query(Count).count() == 1
