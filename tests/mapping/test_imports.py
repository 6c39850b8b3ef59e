"""A file against the directory and the list: everything wrong with it is told, and then nothing of it is kept."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestState
from resetapp.mapping import decisions, imports, owner, requests
from resetapp.mapping.comparison import quiet
from resetapp.mapping.imports import STOPPED, File, Overtaken, system_user
from resetapp.storage.imports import STOPPED_AFTER
from resetapp.trouble import TooManyAttempts
from tests.mapping.conftest import STUDENTS, Place, lines, number

REQUESTED, APPROVED = MappingState.REQUESTED, MappingState.APPROVED


def students(first: int = 0, last: int = STUDENTS, shift: int = 0) -> str:
    return lines(*((number(n + shift), f"s{n:02d}") for n in range(first, last)))


def test_a_file_without_faults_waits_for_somebody_else_and_counts_for_nothing(place: Place) -> None:
    request_id = place.send(students())
    asked = place.request(request_id)
    assert (asked.state, asked.rows, asked.requester) == (RequestState.WAITING, STUDENTS, "mapper")
    assert place.report(request_id).counts == {"rows": STUDENTS, "empty": 0, "new": STUDENTS}
    assert {state for _, state in place.states()} == {REQUESTED}
    assert all(len(each.cpr_index) == 64 and each.active_from is None for each in place.rows())
    assert place.events() == ["mapping.file_requested"]


def test_a_file_with_faults_leaves_nothing_but_where_they_are(place: Place) -> None:
    odd = [(number(50), "nobody"), (number(51), "admin-anna"), (number(52), "holder"), (number(900), "s11")]
    content = students(0, 5) + lines(*odd, (number(53), "maria"), (number(54)[1:], "s06")).partition("\n")[2]
    request_id = place.send(content)
    assert place.state(request_id) is RequestState.FAULTY
    assert place.faults(request_id) == [
        (7, "user"),
        (8, "privileged"),
        (9, "has_number"),
        (10, "self"),
        (11, "self"),
        (12, "excel_cpr"),
    ]
    assert place.rows() == []
    assert place.events() == ["mapping.request_ended"]


def test_one_account_under_two_spellings_is_seen_by_its_lasting_id(place: Place) -> None:
    content = f"cpr;username;directory\n{number(1)};s01;\n{number(1)};s01;people\n"
    assert place.faults(place.send(content)) == [(2, "duplicate"), (3, "duplicate")]


def test_what_is_asked_for_already_or_stopped_by_its_owner_is_a_fault(place: Place) -> None:
    assert place.approve(place.send(students(0, 2))) is RequestState.APPROVED
    assert owner.freeze(place.desk, place.rows()[0].id)
    place.send(students(2, 3))
    assert place.faults(place.send(students(0, 3))) == [(2, "taken"), (4, "requested")]


def test_only_what_changes_is_kept_and_told(place: Place) -> None:
    place.approve(place.send(students(0, 4)))
    request_id = place.send(students(0, 2) + students(2, 5, shift=100).partition("\n")[2])
    counts = place.report(request_id).counts
    assert {name: counts[name] for name in ("unchanged", "changed", "new")} == {"unchanged": 2, "changed": 2, "new": 1}
    asked = [row for row in place.rows() if row.state is REQUESTED]
    assert [(row.username, bool(row.replaces_id)) for row in asked] == [("s02", True), ("s03", True), ("s04", False)]


def test_a_file_that_changes_nothing_asks_for_nothing(place: Place) -> None:
    place.approve(place.send(students(0, 2)))
    request_id = place.send(students(0, 2), whole=True)
    assert place.state(request_id) is RequestState.REJECTED
    assert place.request(request_id).report["ended"] == "unchanged"


def test_a_whole_list_removes_what_it_leaves_out_and_nothing_before_it_is_approved(place: Place) -> None:
    place.approve(place.send(students(0, 4)))
    request_id = place.send(students(1, 5), whole=True)
    assert place.report(request_id).counts["removed"] == 1
    assert [row.removal_id for row in place.rows() if row.username == "s00"] == [request_id]
    assert place.states()[0] == ("s00", APPROVED)
    decisions.withdraw(place.desk, place.mapper, request_id)
    assert all(row.removal_id is None for row in place.rows())


def test_a_second_file_cannot_remove_what_the_first_one_waits_to_remove(place: Place) -> None:
    place.approve(place.send(students(0, 3)))
    place.send(students(1, 4), whole=True)
    request_id = place.send(students(1, 3) + lines((number(70), "s05")).partition("\n")[2], whole=True)
    assert place.faults(request_id) == [(0, "conflict")]
    assert "s05" not in dict(place.states())


def test_somebody_asks_for_an_account_between_the_look_and_the_keeping(place: Place) -> None:
    file = File(students(0, 3).encode(), False, "Sag 4711")
    request_id = imports.begin(place.desk, place.register, place.mapper, file)

    def meanwhile(done: int, of: int) -> None:
        if of and done == of // 2 and place.rows() == []:
            wanted = requests.Wanted("s01", CprNumber.parse(number(77)), "Sag 1")
            requests.request(place.desk, place.register, place.approver, wanted)

    imports.check(place.desk, place.register, place.mapper, request_id, file, meanwhile)
    assert place.faults(request_id) == [(0, "conflict")]
    assert [name for name, _ in place.states()] == ["s01"]


def test_a_directory_that_does_not_answer_ends_it_and_nothing_is_kept(make_place: Callable[..., Place]) -> None:
    place = make_place(hosts=("ldaps://127.0.0.1:1",))
    request_id = place.send(students(0, 3), system_user(0, "root"))
    assert place.state(request_id) is RequestState.REJECTED
    assert place.request(request_id).report == {"ended": "directory_down", "directory": "people"}
    assert place.rows() == []
    assert place.events() == ["mapping.request_ended"]


def test_a_file_counts_as_one_request_of_the_day(make_place: Callable[..., Place]) -> None:
    place = make_place()
    for _ in range(place.register.settings.requests_per_day):
        place.send("cpr;username\n")
    with pytest.raises(TooManyAttempts):
        place.send("cpr;username\n")


def test_a_process_that_died_is_seen_and_its_file_closed(place: Place) -> None:
    file = File(students(0, 3).encode(), False, "Sag 4711")
    request_id = imports.begin(place.desk, place.register, place.mapper, file)
    place.clock.forward(seconds=STOPPED_AFTER.total_seconds())
    assert imports.end_stopped(place.desk) == []
    assert place.state(request_id) is RequestState.CHECKING
    place.clock.forward(seconds=1)
    assert imports.end_stopped(place.desk) == []
    assert place.state(request_id) is RequestState.REJECTED
    assert place.request(request_id).report == {"ended": STOPPED}
    with pytest.raises(Overtaken):  # it was not dead, only slow
        imports.check(place.desk, place.register, place.mapper, request_id, file, quiet)
    assert place.rows() == []


def test_who_runs_the_command_needs_an_approver_who_is_not_in_the_file(place: Place) -> None:
    request_id = place.send(students(0, 2) + lines((number(901), "s05")).partition("\n")[2], system_user(0, "root"))
    assert place.request(request_id).requester == "system:root"
    with pytest.raises(MappingRefused) as refused:
        place.approve(request_id)
    assert refused.value.problem is Problem.SELF
    assert place.approve(request_id, place.member("third", number(902))) is RequestState.APPROVED


def test_no_number_reaches_the_database_or_the_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    place.approve(place.send(students()))
    place.send(lines((number(200), number(201)), (number(202)[1:], number(203)[1:])))
    file = place.desk.database.engine.url.database or ""
    kept = b"".join(Path(file + end).read_bytes() for end in ("", "-wal"))
    for n in (*range(STUDENTS), 200, 201, 202, 203):
        assert number(n)[1:].encode() not in kept
        assert number(n)[1:] not in caplog.text
