"""Rows from before a migration keep their meaning after it; on SQLite and on PostgreSQL."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, make_url, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from resetapp.core.accounts import AccountKey
from resetapp.core.outcomes import AttemptState, Step
from resetapp.storage import attempts, visits
from resetapp.storage.database import Database, connect
from resetapp.storage.outbox import Channel, OutboxMail
from resetapp.storage.schema import alembic_configuration, upgrade
from resetapp.storage.tables import Attempt
from tests.builders import NOON

LATER = NOON + timedelta(minutes=10)
LOGIN = (
    "INSERT INTO login (id, reference, request_id, browser_hash, language, opened_at, outcome, reason, failed_answers,"
    " display_name) VALUES (:id, 'R', :word, :word, 'da', :noon, 'open', '', 0, '')"
)
VISIT = (
    "INSERT INTO visit (id, login_id, person, candidates, not_asked, chosen_directory, chosen_entry, outcome,"
    " opened_at, version) VALUES (:id, :id, 'p', '[]', '[]', 'people', :word, 'open', :noon, 1)"
)
ATTEMPT = (
    "INSERT INTO attempt (id, visit_id, number, person, directory, entry_id, username, state, reasons, ready_at,"
    " sent_at) VALUES (:word, :visit, 1, 'p', 'people', :entry, 'freja', :state, '[]', :noon, :noon)"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/old.db"
        return
    server, name = make_url(request.getfixturevalue("postgresql_url")), f"old_{secrets.token_hex(4)}"
    engine = connect(server.render_as_string(hide_password=False))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def migrate(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        configuration = alembic_configuration()
        configuration.attributes["connection"] = connection
        going_up = revision != "0001" or not connection.dialect.has_table(connection, "attempt")
        (command.upgrade if going_up else command.downgrade)(configuration, revision)


def fill(engine: Engine) -> None:
    """Two lost changes of one account, one on its way, one made, and a choice that nothing has come of yet."""
    states = ("unknown", "unknown", "sending", "set", "ready")
    with engine.begin() as connection:
        for number, state in enumerate(states, start=1):
            values = {"id": number, "word": f"w{number}", "noon": NOON, "visit": number, "state": state}
            values["entry"] = "same" if state == "unknown" else f"e{number}"
            connection.execute(text(LOGIN), values)
            connection.execute(text(VISIT), values)
            connection.execute(text(ATTEMPT), values)


def test_rows_of_the_first_revision_keep_their_meaning(url: str) -> None:
    engine = connect(url)
    migrate(engine, "0001")
    fill(engine)
    engine.dispose()
    upgrade(url)
    database = Database(url)
    with database.reading() as db:
        found = {each.id: each for each in db.query(Attempt)}
        assert [found[f"w{n}"].state.value for n in range(1, 6)] == ["unknown", "unknown", "sending", "set", "ready"]
        assert [found[f"w{n}"].round for n in range(1, 6)] == [f"w{n}" for n in range(1, 6)]
        assert [found[f"w{n}"].settled_at for n in (1, 2)] == [NOON, NOON]  # for good: no mark was kept
        attempts.demand_free(db, [AccountKey("people", "same")], LATER)
        assert attempts.open_ids(db, LATER) == ["w3"]
        steps = [visits.load(db, n, held=False).step for n in range(1, 6)]
        assert steps == [Step.RECEIPT] * 4 + [Step.PASSWORD]
        assert visits.load(db, 5, held=False).wanted == (AccountKey("people", "w5"),)
    with database.transaction() as db:
        taken = attempts.claim_look(db, "w3", LATER, LATER)
        assert taken is not None
        assert (taken.mark, taken.state) == (None, AttemptState.SENDING)
    database.close()


def test_of_an_older_change_nobody_says_that_it_must_be_made_again(url: str) -> None:
    engine = connect(url)
    migrate(engine, "0001")
    fill(engine)
    migrate(engine, "head")
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT id, must_change FROM attempt ORDER BY id")).all()
    engine.dispose()
    assert [(row.id, bool(row.must_change)) for row in kept] == [(f"w{n}", False) for n in range(1, 6)]


def test_the_way_back_is_open(url: str) -> None:
    upgrade(url)
    engine = connect(url)
    migrate(engine, "0001")
    fill(engine)
    migrate(engine, "head")
    engine.dispose()


def test_a_mail_that_waited_keeps_what_it_tells(url: str) -> None:
    engine = connect(url)
    migrate(engine, "0001")
    fill(engine)
    migrate(engine, "0007")
    mail = (
        "INSERT INTO outbox (id, attempt_id, number, change, state, address, language, queued_at, tries, next_at)"
        " VALUES (:id, :attempt, 1, 'changed', 'queued', 'freja@example.dk', 'da', :queued, 0, :queued)"
    )
    with engine.begin() as connection:
        connection.execute(text("UPDATE attempt SET settled_at = :noon WHERE id = 'w4'"), {"noon": NOON})
        for attempt in ("w4", "w3"):
            connection.execute(text(mail), {"id": f"m-{attempt}", "attempt": attempt, "queued": LATER})
    migrate(engine, "head")
    with Session(engine) as db:
        found = {each.id: each for each in db.scalars(select(OutboxMail))}
    settled, not_settled = found["m-w4"], found["m-w3"]
    assert (settled.person, settled.reference, settled.happened_at) == ("p", "R", NOON)
    assert (settled.directory, settled.username) == ("people", "freja")
    assert (not_settled.username, not_settled.happened_at, not_settled.queued_at) == ("freja", LATER, LATER)
    assert (settled.attempt_id, settled.mapping_id, settled.channel) == ("w4", None, Channel.MAIL)
    assert (settled.address, settled.next_at) == ("freja@example.dk", LATER)
    migrate(engine, "0007")
    engine.dispose()


def test_the_list_of_mappings_comes_and_goes_and_leaves_the_rest_as_it_was(url: str) -> None:
    engine = connect(url)
    migrate(engine, "0001")
    fill(engine)
    migrate(engine, "0007")
    with engine.begin() as connection:
        connection.execute(text(STAFF_LOGIN))
    for _ in range(2):  # there, back, and there again
        migrate(engine, "0008")
        with engine.begin() as connection:
            assert {row.link for row in connection.execute(text("SELECT link FROM attempt"))} == {""}
            assert str(connection.execute(text("SELECT indexes FROM staff_login")).scalar()) == "{}"
            connection.execute(text(MAPPING_REQUEST), {"noon": NOON})
            for ident, state in (("a", "approved"), ("b", "requested"), ("c", "removed"), ("d", "removed")):
                connection.execute(text(MAPPING), {"id": ident, "state": state, "noon": NOON})
        for state in ("frozen", "requested"):  # each of them once for an account
            with pytest.raises(IntegrityError), engine.begin() as connection:
                connection.execute(text(MAPPING), {"id": "e", "state": state, "noon": NOON})
        migrate_down(engine, "0007")
        assert not {"mapping", "mapping_request"} & set(inspect(engine).get_table_names())
        with engine.connect() as connection:
            assert connection.execute(text("SELECT username FROM staff_login")).scalar() == "astrid"
            assert connection.execute(text("SELECT count(*) FROM attempt")).scalar() == 5
    engine.dispose()


def test_mappings_that_have_no_seal_are_over_and_what_an_owner_stopped_stays(url: str) -> None:
    engine = connect(url)
    migrate(engine, "0010")
    rows = (("a", "approved", "removed"), ("b", "requested", "rejected"), ("c", "frozen", "frozen"))
    with engine.begin() as connection:
        connection.execute(text(MAPPING_REQUEST), {"noon": NOON})
        for place, (ident, state, _) in enumerate(rows):
            mapping = MAPPING.replace("'same'", f"'{place}'")
            connection.execute(text(mapping), {"id": ident, "state": state, "noon": NOON})
    migrate(engine, "0012")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, state, ended_by FROM mapping ORDER BY id")).all()
        assert [tuple(each) for each in found] == [
            (ident, after, "" if after == state else "upgrade") for ident, state, after in rows
        ]
        assert connection.execute(text("SELECT count(*) FROM mapping WHERE ended_at IS NULL")).scalar() == 1
        assert connection.execute(text("SELECT state FROM mapping_request")).scalar() == "lapsed"
    migrate_down(engine, "0010")
    assert "seal" not in {each["name"] for each in inspect(engine).get_columns("mapping")}
    engine.dispose()


def test_what_waits_without_the_account_of_who_asked_is_over_and_what_counts_stays(url: str) -> None:
    engine = connect(url)
    migrate(engine, "0012")
    with engine.begin() as connection:
        connection.execute(text(MAPPING_REQUEST), {"noon": NOON})
        for ident, state in (("a", "approved"), ("b", "requested")):
            mapping = MAPPING.replace("'same'", f"'{ident}'")
            connection.execute(text(mapping), {"id": ident, "state": state, "noon": NOON})
        connection.execute(text("UPDATE mapping SET seal = 's', removal_id = 'r'"))
    migrate(engine, "0013")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT state, ended_by, seal, removal_id FROM mapping ORDER BY id")).all()
        assert [tuple(each) for each in found] == [("approved", "", "s", None), ("rejected", "upgrade", None, None)]
        asked = connection.execute(text("SELECT state, requester_directory, requester_entry_id FROM mapping_request"))
        assert tuple(asked.one()) == ("lapsed", "", "")
    migrate_down(engine, "0012")
    for table in ("mapping_request", "activation_code"):
        assert not {each["name"] for each in inspect(engine).get_columns(table)} & {"requester_directory"}
    engine.dispose()


STAFF_LOGIN = (
    "INSERT INTO staff_login (login_id, person, directory, entry_id, username, roles)"
    " VALUES (1, 'p', 'people', 'e', 'astrid', '[]')"
)
MAPPING_REQUEST = (
    "INSERT INTO mapping_request (id, kind, state, requested_by, requester, requested_at, reason, decider, answer,"
    " whole, rows, done, report) VALUES"
    " ('r', 'single', 'waiting', 'p', 'astrid', :noon, 'Sag', '', '', false, 1, 0, '{}')"
)
MAPPING = (
    "INSERT INTO mapping (id, request_id, directory, entry_id, username, key_id, cpr_index, state, requested_at,"
    " ended_by) VALUES (:id, 'r', 'people', 'same', 'freja', '2026a', 'index', :state, :noon, '')"
)


def migrate_down(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        configuration = alembic_configuration()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, revision)
