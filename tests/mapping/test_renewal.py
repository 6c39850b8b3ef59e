"""A changed key: what a file finds unchanged is made anew with the newest one, for the number is at hand."""

from dataclasses import replace

import pytest

from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import RequestState
from resetapp.mapping.comparison import compare, quiet
from resetapp.mapping.renewal import renew
from resetapp.storage.cpr_index import CprIndexes
from tests.mapping.conftest import MAPPING, Place, lines, number
from tests.mapping.test_imports import students


@pytest.fixture
def older(place: Place) -> Place:
    """Three mappings made with the key before."""
    assert place.approve(place.send(students(0, 3))) is RequestState.APPROVED
    keys = [("2027a", bytes(range(1, 33))), *((each.id, each.key) for each in MAPPING.keys)]
    place.register = replace(place.register, indexes=CprIndexes(MAPPING.tenant, keys))
    return place


def keys_of(place: Place) -> dict[str, str]:
    return {row.username: row.key_id for row in place.rows()}


def test_what_a_file_leaves_unchanged_is_indexed_under_the_newest_key(older: Place) -> None:
    request_id = older.send(students(0, 2))
    assert older.request(request_id).report["ended"] == "unchanged"
    assert keys_of(older) == {"s00": "2027a", "s01": "2027a", "s02": "2026a"}
    assert [row.cpr_index for row in older.rows()[:2]] == [
        older.register.indexes.newest_of(CprNumber.parse(number(place))) for place in range(2)
    ]


def test_a_dry_run_and_a_file_with_faults_make_nothing_anew(older: Place) -> None:
    found = compare(older.desk, older.register, older.mapper, students(0, 3).encode(), False, quiet)
    assert len(found.older) == 3
    older.send(students(0, 3) + lines((number(50), "nobody")).partition("\n")[2])
    assert set(keys_of(older).values()) == {"2026a"}


def test_what_was_erased_meanwhile_does_not_get_its_index_back(older: Place) -> None:
    found = compare(older.desk, older.register, older.mapper, students(0, 3).encode(), False, quiet)
    with older.desk.database.transaction() as db:
        db.merge(older.rows()[0]).cpr_index = ""
    renew(older.desk, older.register, found.older)
    assert keys_of(older) == {"s00": "2026a", "s01": "2027a", "s02": "2027a"}
    assert older.rows()[0].cpr_index == ""


def test_what_was_written_past_the_service_gets_no_seal_by_it(older: Place) -> None:
    found = compare(older.desk, older.register, older.mapper, students(0, 3).encode(), False, quiet)
    with older.desk.database.transaction() as db:
        db.merge(older.rows()[0]).entry_id = "another"
    renew(older.desk, older.register, found.older)
    assert keys_of(older) == {"s00": "2026a", "s01": "2027a", "s02": "2027a"}
