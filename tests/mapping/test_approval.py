"""The approval of a file: by somebody else, of this very file, of accounts as they are now, all of it or nothing."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestState
from resetapp.mapping import approval, decisions, imports, owner, waiting
from resetapp.mapping.approval import carry_out, claim
from resetapp.mapping.confirmation import NotConfirmed
from resetapp.mapping.imports import STOPPED, File, Overtaken
from resetapp.storage import stops
from resetapp.storage.database import Session
from resetapp.storage.imports import STOPPED_AFTER
from resetapp.storage.outbox import OutboxMail
from resetapp.storage.stops import Stop
from resetapp.trouble import DatabaseDown, ServiceStopped
from tests.directory.proxy import between
from tests.mapping.conftest import Place, lines, number
from tests.mapping.test_imports import students

APPROVED, REMOVED, SUPERSEDED = MappingState.APPROVED, MappingState.REMOVED, MappingState.SUPERSEDED
LONG, SHORT = timedelta(hours=72), timedelta(hours=24)


def refused(place: Place, request_id: str, *, file_hash: str = "", **how: object) -> Problem:
    with pytest.raises(MappingRefused) as no:
        claim(
            place.desk,
            place.register,
            how.get("member") or place.approver,  # type: ignore[arg-type]
            request_id,
            file_hash or place.request(request_id).file_hash or "",
        )
    return no.value.problem


def mails(place: Place) -> list[OutboxMail]:
    with place.desk.database.reading() as db:
        return list(db.scalars(select(OutboxMail).order_by(OutboxMail.next_at)))


def test_an_approved_file_is_carried_out_whole_and_counts_after_the_wait_of_each_account(place: Place) -> None:
    more = lines((number(20), "teacher"), (number(21), "silent")).partition("\n")[2]
    request_id = place.send(students(0, 2) + more)
    assert place.approve(request_id) is RequestState.APPROVED
    waits = {row.username: row.active_from - place.clock() for row in place.rows() if row.active_from}
    assert waits == {"s00": SHORT, "s01": SHORT, "teacher": LONG, "silent": LONG}
    assert {state for _, state in place.states()} == {APPROVED}
    told = place.events()
    assert told[:2] == ["mapping.file_requested", "mapping.file_approved"]
    assert told[2:] == ["mapping.approved"] * 4
    assert {mail.username for mail in mails(place)} == {"s00", "s01", "teacher"}
    asked = place.request(request_id)
    assert (asked.decider, asked.decided_at, asked.done) == ("approver", place.clock(), 4)


def test_a_new_number_takes_the_place_of_the_old_one_and_what_is_left_out_is_removed(place: Place) -> None:
    place.approve(place.send(students(0, 3)))
    request_id = place.send(students(1, 2) + students(2, 3, shift=100).partition("\n")[2], whole=True)
    before = len(place.events())
    assert place.approve(request_id) is RequestState.APPROVED
    assert place.states() == [("s00", REMOVED), ("s01", APPROVED), ("s02", SUPERSEDED), ("s02", APPROVED)]
    assert place.events()[before + 1 :] == ["mapping.number_changed", "mapping.approved", "mapping.removed"]
    assert all(row.removal_id is None for row in place.rows())


def test_neither_who_sent_it_nor_who_is_in_it_nor_another_hash_approves_it(place: Place) -> None:
    request_id = place.send(students(0, 3))
    assert refused(place, request_id, member=place.mapper) is Problem.SAME_PERSON
    assert refused(place, request_id, member=place.member("third", number(1))) is Problem.SELF
    assert refused(place, request_id, member=place.member("third", number(90), "s02")) is Problem.SELF
    other_key = place.member("third", number(90))
    other_key.indexes = {"2019": "0" * 64}
    assert refused(place, request_id, member=other_key) is Problem.KEY_CHANGED
    assert refused(place, request_id, file_hash="0" * 64) is Problem.CHANGED
    assert place.state(request_id) is RequestState.WAITING


def test_the_approvers_own_number_is_looked_for_while_others_write(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = waiting.imports.keys_of

    def keys_of(db: Session, request_id: str) -> set[str]:
        with place.desk.database.statements():  # waits for the write lock, and fails after five seconds
            return look(db, request_id)

    request_id = place.send(students(0, 2))
    monkeypatch.setattr(waiting.imports, "keys_of", keys_of)
    assert place.approve(request_id) is RequestState.APPROVED


def test_a_file_that_is_still_checked_is_not_approved(place: Place) -> None:
    """Its rows are not all there: who is in it cannot be told yet."""
    file = File(students(0, 2).encode(), False, "Sag 4711")
    request_id = imports.begin(place.desk, place.register, place.mapper, file)
    assert refused(place, request_id) is Problem.NOT_WAITING


def test_who_had_the_number_that_is_replaced_does_not_approve_it(place: Place) -> None:
    place.approve(place.send(students(0, 1)))
    request_id = place.send(students(0, 1, shift=100))
    assert refused(place, request_id, member=place.member("third", number(0))) is Problem.SELF


def test_a_file_is_not_approved_as_a_single_request_is(place: Place) -> None:
    request_id = place.send(students(0, 1))
    with pytest.raises(MappingRefused):
        decisions.approve(place.desk, place.register, place.approver, request_id)
    assert place.state(request_id) is RequestState.WAITING


def test_two_approve_at_once_and_one_of_them_does_it(place: Place) -> None:
    request_id = place.send(students(0, 3))
    outcomes: list[object] = []
    members = [place.approver, place.member("third", number(902))]

    def approve(place_of_member: int) -> None:
        try:
            outcomes.append(place.approve(request_id, members[place_of_member]))
        except MappingRefused as no:
            outcomes.append(no.problem)

    threads = [threading.Thread(target=approve, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["approved", "not_waiting"]
    assert place.events().count("mapping.approved") == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"norEduPersonNIN": ["6101901234"]}, "has_number"),
        ({"uid": ["admin-new", "s01"]}, "privileged"),
        ({"objectClass": ["top", "device"]}, "user"),
    ],
)
def test_an_account_that_has_changed_meanwhile_stops_the_whole(
    place: Place, change: dict[str, list[str]], reason: str
) -> None:
    request_id = place.send(students(0, 3))
    place.change("s01", **change)
    assert place.approve(request_id) is RequestState.WAITING
    assert place.request(request_id).report["refused"] == reason
    assert place.request(request_id).decided_by is None
    assert {state for _, state in place.states()} == {MappingState.REQUESTED}
    assert place.events() == ["mapping.file_requested"]
    assert mails(place) == []


def test_what_an_owner_has_stopped_or_staff_has_removed_meanwhile_stops_the_whole(place: Place) -> None:
    place.approve(place.send(students(0, 2)))
    request_id = place.send(students(0, 3, shift=100))
    owner.freeze(place.desk, place.rows()[0].id)
    assert refused(place, request_id) is Problem.CHANGED
    decisions.withdraw(place.desk, place.mapper, request_id)
    request_id = place.send(students(1, 3, shift=100))
    [old] = [row for row in place.rows() if row.username == "s01" and row.state is APPROVED]
    decisions.remove(place.desk, place.mapper, old.id, "Sag 1", may_decide=False)
    assert refused(place, request_id) is Problem.CHANGED


def test_a_file_that_removes_more_than_the_settings_allow_needs_the_word(place: Place) -> None:
    place.approve(place.send(students(0, 4)))
    assert place.approve(place.send(students(0, 2), whole=True)) is RequestState.APPROVED  # half of it may go without
    place.approve(place.send(students(2, 4)))
    request_id = place.send(students(0, 1), whole=True)
    for word in ("", "ja"):
        with pytest.raises(NotConfirmed):
            place.approve(request_id, confirmed=word)
    assert place.approve(request_id, confirmed="fjern") is RequestState.APPROVED
    assert [name for name, state in place.states() if state is APPROVED] == ["s00"]


def test_a_directory_that_is_silent_at_the_approval_leaves_the_file_waiting(
    make_place: Callable[..., Place], place: Place
) -> None:
    with between(place.endpoint) as proxy:
        hosts = {"hosts": (f"ldaps://127.0.0.1:{proxy.port}",), "answer_timeout": 0.7, "connect_timeout": 0.7}
        place = make_place(**hosts)
        request_id = place.send(students(0, 3))
        proxy.gone = True
        proxy.abort_all()
        assert place.approve(request_id) is RequestState.WAITING
    assert place.request(request_id).report["refused"] == "directory_down"
    assert {state for _, state in place.states()} == {MappingState.REQUESTED}


# ---- a process that dies


class DiedError(Exception):
    pass


def died_after(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """The process ends between two transactions."""
    monkeypatch.setattr(approval, "TOGETHER", 2)
    left = [parts]

    def breath(_seconds: float) -> None:
        left[0] -= 1
        if not left[0]:
            raise DiedError

    monkeypatch.setattr(approval.time, "sleep", breath)


def test_what_was_decided_is_carried_to_its_end_by_another_process(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = place.send(students(0, 5))
    died_after(monkeypatch, 1)
    with pytest.raises(DiedError):
        place.approve(request_id)
    assert sorted(state for _, state in place.states()) == ["approved"] * 2 + ["requested"] * 3
    assert imports.end_stopped(place.desk) == []
    place.clock.forward(seconds=STOPPED_AFTER.total_seconds() + 1)
    late = next(name for name, state in place.states() if state is MappingState.REQUESTED)
    place.change(late, norEduPersonNIN=["6101901234"])  # this one alone is left out then
    [left] = imports.end_stopped(place.desk)
    assert imports.end_stopped(place.desk) == []  # one process takes it over
    assert carry_out(place.desk, place.register, left) is RequestState.APPROVED
    assert len(place.states()) == 5
    assert [row.active_from for row in place.rows() if row.state is APPROVED] == [_started(place) + SHORT] * 4
    assert place.events().count("mapping.file_approved") == 1
    assert place.events().count("mapping.approved") == 4


def _started(place: Place) -> object:
    return place.clock() - STOPPED_AFTER - timedelta(seconds=1)


def test_what_was_not_decided_yet_is_given_back(place: Place) -> None:
    request_id = place.send(students(0, 2))
    claim(place.desk, place.register, place.approver, request_id, place.request(request_id).file_hash or "")
    place.clock.forward(seconds=STOPPED_AFTER.total_seconds() + 1)
    assert imports.end_stopped(place.desk) == []
    asked = place.request(request_id)
    assert (asked.state, asked.decided_by, asked.report["refused"]) == (RequestState.WAITING, None, STOPPED)
    with pytest.raises(Overtaken):  # it was not dead, only slow
        carry_out(place.desk, place.register, request_id)


def test_others_write_to_the_database_while_a_file_is_carried_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two parts nobody holds the write lock."""
    monkeypatch.setattr(approval, "TOGETHER", 1)
    request_id = place.send(students(0, 3))
    waited: list[float] = []

    def write(_seconds: float) -> None:
        before = time.monotonic()
        with place.desk.database.statements():
            waited.append(time.monotonic() - before)

    monkeypatch.setattr(approval.time, "sleep", write)
    try:
        place.approve(request_id)
    except DatabaseDown:  # pragma: no cover - what would be wrong
        pytest.fail("a part holds the lock over its end")
    assert len(waited) == 3


def test_an_emergency_stop_holds_a_file_up_before_its_approval_and_before_its_decision(place: Place) -> None:
    """One that was claimed already goes on when the stop is over, as after a killed process."""
    request_id = place.send(students(0, 2))
    stop(place)
    with pytest.raises(ServiceStopped):
        place.approve(request_id)
    assert place.state(request_id) is RequestState.WAITING
    go_on(place)
    claim(place.desk, place.register, place.approver, request_id, place.request(request_id).file_hash or "")
    stop(place)
    with pytest.raises(ServiceStopped):
        carry_out(place.desk, place.register, request_id)
    assert "mapping.approved" not in place.events()
    go_on(place)
    assert carry_out(place.desk, place.register, request_id) is RequestState.APPROVED


def stop(place: Place) -> None:
    with place.desk.database.transaction() as db:
        stops.begin(db, Stop(place.clock()))


def go_on(place: Place) -> None:
    with place.desk.database.transaction() as db:
        stops.end(db)
