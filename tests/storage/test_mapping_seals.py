"""A row of the list is believed for its seal: whatever is changed in the database past us, the seal does not fit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from resetapp.core.mapping_events import MappingFrozen
from resetapp.core.mappings import MappingState, RequestState
from resetapp.storage import imports, mappings
from resetapp.storage.database import Database, Session
from resetapp.storage.escrow import Escrow, new_pair
from resetapp.storage.mapping_seals import REQUEST, ROW, RowSeals, facts_of
from resetapp.storage.mapping_verification import Broken, Flaw, broken_requests, broken_rows, revived
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.builders import FREJA, JOURNAL, NOON
from tests.storage.mapping_rows import a_request, a_row, indexes, keep, kept_row, number, root

ANDERS = number(1)
KEYS = indexes("2026a")
SEALS = KEYS.seals
ESCROW = Escrow("example.dk", new_pair()[1])
APPROVED = {"state": MappingState.APPROVED, "active_from": NOON + timedelta(hours=24, microseconds=7)}
THEIRS: dict[str, Any] = {
    "directory": "staff",
    "entry_id": "e-rector",
    "username": "rector",
    "key_id": "2019z",
    "cpr_index": KEYS.newest_of(ANDERS),
    "sealed": b"another",
    "state": MappingState.REQUESTED,
    "replaces_id": "n",
    "requested_at": NOON - timedelta(days=30),
    "active_from": NOON,
    "first_used_at": NOON,
    "request_id": "other",
}


def change(database: Database, table: Any, ident: str, **values: Any) -> None:
    """Past the service."""
    with database.transaction() as db:
        db.execute(update(table).where(table.id == ident).values(**values))


def test_a_row_comes_back_from_the_database_as_it_was_sealed(database: Database) -> None:
    assert keep(database, [a_row("m", escrow=ESCROW, **APPROVED), a_row("n", ANDERS)])
    assert [SEALS.fits(kept_row(database, ident)) for ident in "mn"] == [True, True]
    with database.reading() as db:
        assert list(broken_rows(db, SEALS)) == []


@pytest.mark.parametrize("column", sorted(THEIRS))
def test_a_row_that_was_changed_past_us_is_seen(database: Database, column: str) -> None:
    assert keep(database, [a_row("m", escrow=ESCROW, **APPROVED), a_row("n", ANDERS)])
    with database.transaction() as db:
        db.add(a_request("other"))
    change(database, AccountMapping, "m", **{column: THEIRS[column]})
    row = kept_row(database, "m")
    assert not SEALS.fits(row)
    with database.reading() as db:
        assert list(broken_rows(db, SEALS)) == [Broken("m", Flaw.ROW, row.directory, row.username)]


def test_every_sealed_column_has_been_tried() -> None:
    assert set(ROW) == set(THEIRS) | {"id"}
    assert set(THEIRS) < {column.name for column in AccountMapping.__table__.columns}


def test_a_row_that_was_put_in_has_no_seal_and_cannot_use_anothers(database: Database) -> None:
    good = a_row("m", **APPROVED)
    assert keep(database, [good, a_row("x", FREJA, **APPROVED, seal=None), a_row("y", FREJA, **APPROVED)])
    change(database, AccountMapping, "y", seal=good.seal)
    with database.reading() as db:
        assert [each.id for each in broken_rows(db, SEALS)] == ["x", "y"]


@pytest.mark.parametrize("seal", ["", "æøå", "0" * 64])
def test_what_is_no_seal_fits_nothing(seal: str) -> None:
    assert not SEALS.fits(a_row("m", seal=seal))
    assert not SEALS.fits_request(a_request(seal=seal))


def test_institutions_and_keys_have_seals_of_their_own() -> None:
    row = a_row("m", **APPROVED)
    assert SEALS.fits(row)
    other = indexes("2026a", tenant="example.com").seals
    assert not other.fits(row)
    assert not indexes("2026b").seals.fits(row)
    assert not RowSeals("example.dk", [("2026a", root("stolen"))]).fits(row)
    assert other.of_row(facts_of(row)) != SEALS.of_row(facts_of(row)) != root("2026a").hex()
    assert indexes("2026b", "2026a").seals.fits(row)


def test_two_rows_that_only_run_together_alike_have_two_seals() -> None:
    one, other = facts_of(a_row("m", directory="ab", entry_id="c")), facts_of(a_row("m", directory="a", entry_id="bc"))
    assert SEALS.of_row(one) != SEALS.of_row(other)
    assert SEALS.of_row(one | {"replaces_id": ""}) != SEALS.of_row(one | {"replaces_id": None})
    assert "\x00" not in SEALS.of_row(one)


ENDS: list[Callable[[Session], object]] = [
    lambda db: mappings.end(db.get_one(AccountMapping, "m"), MappingState.FROZEN, "owner", NOON),
    lambda db: mappings.end(db.get_one(AccountMapping, "m"), MappingState.REMOVED, "astrid", NOON),
    lambda db: mappings.supersede(db, "m", "astrid", NOON),
    lambda db: imports.supersede(db, ["m"], "astrid", NOON),
    lambda db: imports.refuse(db, ["m"], "astrid", NOON),
    lambda db: mappings.erase_person(db, KEYS.of(FREJA), NOON),
]


@pytest.mark.parametrize("end", ENDS)
def test_what_is_over_cannot_be_called_back_to_life(database: Database, end: Callable[[Session], object]) -> None:
    assert keep(database, [a_row("m", **APPROVED)])
    with database.transaction() as db:
        end(db)
    assert kept_row(database, "m").seal is None
    change(database, AccountMapping, "m", state=MappingState.APPROVED, ended_at=None, cpr_index=KEYS.newest_of(FREJA))
    assert not SEALS.fits(kept_row(database, "m"))


def test_nor_what_was_rejected(database: Database) -> None:
    assert keep(database, [a_row("m")])
    with database.transaction() as db:
        mappings.end_request(db, db.get_one(MappingRequest, "r"), RequestState.REJECTED, "astrid", NOON)
    change(database, AccountMapping, "m", state=MappingState.REQUESTED)
    assert not SEALS.fits(kept_row(database, "m"))


ASKED = {"kind": "import", "requested_by": "b" * 64, "requester": "tove", "requested_at": NOON + timedelta(days=9)}
ASKED |= {"reason": "Sag 2", "file_hash": "f" * 64, "whole": True, "rows": 2, "decided_at": NOON}


@pytest.mark.parametrize("column", sorted(ASKED))
def test_a_request_that_was_changed_past_us_is_seen(database: Database, column: str) -> None:
    asked = a_request()
    asked.seal = SEALS.of_request(facts_of(asked, REQUEST))
    assert keep(database, [], asked)
    with database.reading() as db:
        assert list(broken_requests(db, indexes("2026b", "2026a").seals)) == []
    change(database, MappingRequest, "r", **{column: ASKED[column]})
    with database.reading() as db:
        assert list(broken_requests(db, SEALS)) == [Broken("r", Flaw.REQUEST)]


def test_who_decided_is_sealed_from_the_decision_on() -> None:
    asked = a_request(decided_by="b" * 64, decider="astrid")
    asked.seal = SEALS.of_request(facts_of(asked, REQUEST))
    assert SEALS.fits_request(a_request(seal=asked.seal))
    asked.decided_at = NOON
    assert not SEALS.fits_request(asked)
    asked.seal = SEALS.of_request(facts_of(asked, REQUEST))
    assert SEALS.fits_request(asked)
    asked.decider = "tove"
    assert not SEALS.fits_request(asked)


def test_an_older_copy_of_a_row_that_was_put_back_is_told_by_the_trail(database: Database) -> None:
    assert keep(database, [a_row("m", **APPROVED), a_row("n", ANDERS, **APPROVED)])
    before = kept_row(database, "m")
    with database.transaction() as db:
        mappings.end(db.get_one(AccountMapping, "m"), MappingState.FROZEN, "owner", NOON)
        about = {"mapping": "m", "directory": "people", "entry_id": "e-m", "account": "m"}
        JOURNAL.write(db, MappingFrozen(**about), NOON)
    with database.reading() as db:
        assert list(revived(db)) == []
    change(database, AccountMapping, "m", state=MappingState.APPROVED, seal=before.seal, ended_at=None)
    with database.reading() as db:
        assert list(broken_rows(db, SEALS)) == []
        assert list(revived(db)) == [Broken("m", Flaw.REVIVED, "people", "m")]
