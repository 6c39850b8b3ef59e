"""Who may write to the database, and nothing else, gets no account: not at a login, and not by an approver's hand."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from resetapp.core.accounts import AccountKey
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestState
from resetapp.core.outcomes import MatchResult
from resetapp.mapping import approval, decisions, imports, owner, requests
from resetapp.mapping.requests import Wanted
from resetapp.matching import result_of
from resetapp.storage import mappings
from resetapp.storage.imports import STOPPED_AFTER
from resetapp.storage.mapping_seals import facts_of
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.mapping.conftest import Place, lines, number
from tests.mapping.test_approval import refused
from tests.mapping.test_imports import students

THIEF, VICTIM = CprNumber.parse(number(0)), CprNumber.parse(number(1))  # of s00 and s01
APPROVED = MappingState.APPROVED


def found(place: Place, cpr: CprNumber) -> list[str]:
    """Usernames of what this person is given at a login."""
    result: MatchResult = place.register.added_to(result_of((), []), cpr, "ABCD-EFGH")
    return sorted(each.username for each in result.accounts if each.usable)


def holds(place: Place, username: str) -> bool:
    [row] = [each for each in place.rows() if each.username == username and each.state is APPROVED]
    account = place.desk.directories["people"].reread(AccountKey(row.directory, row.entry_id))
    return place.register.holds(row.link, account)


def write(place: Place, username: str, **values: Any) -> None:
    """Past the service."""
    with place.desk.database.transaction() as db:
        db.execute(update(AccountMapping).where(AccountMapping.username == username).values(**values))


def index(place: Place, cpr: CprNumber) -> str:
    return place.register.indexes.newest_of(cpr)


@pytest.fixture
def listed(place: Place) -> Place:
    """Both are mapped, and their waits are over."""
    assert place.approve(place.send(students(0, 2))) is RequestState.APPROVED
    place.clock.forward(hours=73)
    assert (found(place, THIEF), found(place, VICTIM), holds(place, "s01")) == (["s00"], ["s01"], True)
    return place


def test_an_index_that_was_copied_into_anothers_row_opens_nothing(
    listed: Place, caplog: pytest.LogCaptureFixture
) -> None:
    write(listed, "s01", cpr_index=index(listed, THIEF))
    assert found(listed, THIEF) == ["s00"]
    assert found(listed, VICTIM) == []
    assert not holds(listed, "s01")
    [row] = [each for each in listed.rows() if each.username == "s01"]
    assert f"mapping.seal_broken mapping={row.id} reference=ABCD-EFGH" in caplog.text
    assert listed.events().count("mapping.seal_broken") == 1


def test_a_row_with_its_seal_that_was_moved_to_another_account_opens_nothing(listed: Place) -> None:
    write(listed, "s00", entry_id=listed.entry_id("teacher"))
    assert found(listed, THIEF) == []
    assert listed.events().count("mapping.seal_broken") == 1


def test_a_row_that_was_put_in_opens_nothing(listed: Place) -> None:
    values = {"request_id": listed.rows()[0].request_id, "directory": "people", "username": "teacher"}
    values |= {"entry_id": listed.entry_id("teacher"), "key_id": "2026a", "cpr_index": index(listed, THIEF)}
    moments = {"requested_at": listed.clock(), "active_from": listed.clock()}
    for ident, seal in (("put", None), ("in", listed.rows()[0].seal)):
        with listed.desk.database.transaction() as db:
            db.query(AccountMapping).filter_by(username="teacher").delete()
            db.add(AccountMapping(id=ident, state=APPROVED, seal=seal, **values, **moments))
        assert found(listed, THIEF) == ["s00"]
        assert not holds(listed, "teacher")


@pytest.mark.parametrize(
    "values",
    [{"seal": None}, {"first_used_at": None}, {"directory": "staff"}, {"key_id": "2019z"}, {"request_id": "x"}],
    ids=str,
)
def test_nor_does_one_of_which_anything_else_was_changed(listed: Place, values: dict[str, Any]) -> None:
    with listed.desk.database.transaction() as db:
        [mine] = mappings.of_person(db, listed.register.indexes.of(THIEF))
        mine.first_used_at = listed.clock() - timedelta(days=2)
        mine.seal = listed.register.indexes.seals.of_row(facts_of(mine))
        db.add(MappingRequest(id="x", **_like(listed)))
    assert found(listed, THIEF) == ["s00"]
    write(listed, "s00", **values)
    assert found(listed, THIEF) == []


def _like(place: Place) -> dict[str, Any]:
    asked = place.request(place.rows()[0].request_id)
    names = ("kind", "requested_by", "requester", "requested_at", "reason")
    return {name: getattr(asked, name) for name in names}


def test_a_wait_that_was_shortened_makes_it_wait_for_ever(place: Place) -> None:
    place.approve(place.send(lines((number(1), "teacher"))))
    write(place, "teacher", active_from=place.clock())
    assert found(place, VICTIM) == []
    place.clock.forward(hours=100)
    assert found(place, VICTIM) == []


@pytest.mark.parametrize("stop", ["owner", "staff"])
def test_one_that_was_stopped_or_taken_away_does_not_come_back(listed: Place, stop: str) -> None:
    [row] = [each for each in listed.rows() if each.username == "s01"]
    if stop == "owner":
        assert owner.freeze(listed.desk, row.id)
    else:
        decisions.remove(listed.desk, listed.mapper, row.id, "Sag", may_decide=False)
    write(listed, "s01", state=APPROVED, ended_at=None, ended_by="")
    assert found(listed, VICTIM) == []
    assert not holds(listed, "s01")


def test_a_new_key_is_not_given_to_a_broken_row_at_a_login(listed: Place) -> None:
    write(listed, "s01", cpr_index=index(listed, THIEF))
    newer = type(listed.register.indexes)("example.dk", [("2026b", b"b" * 32), ("2026a", bytes(range(32)))])
    object.__setattr__(listed.register, "indexes", newer)
    assert found(listed, THIEF) == ["s00"]
    assert {row.username: (row.key_id, newer.seals.fits(row)) for row in listed.rows()} == {
        "s00": ("2026b", True),
        "s01": ("2026a", False),
    }


# ---- between the request and the approval


def asked(place: Place) -> str:
    return requests.request(place.desk, place.register, place.mapper, Wanted("s01", VICTIM, "Sag"))


def approve(place: Place, request_id: str) -> None:
    decisions.approve(place.desk, place.register, place.approver, request_id)


@pytest.mark.parametrize("what", ["index", "account", "age", "sealed"])
def test_what_was_exchanged_under_a_waiting_request_is_not_approved(
    place: Place, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    request_id = asked(place)
    changes: dict[str, dict[str, Any]] = {
        "index": {"cpr_index": index(place, THIEF)},
        "account": {"entry_id": place.entry_id("teacher")},
        "age": {"requested_at": place.clock() + timedelta(days=1)},
        "sealed": {"sealed": b"another"},
    }
    write(place, "s01", **changes[what])
    [row] = place.rows()
    assert decisions.obstacle(place.desk, place.approver, place.request(request_id), [row]) is Problem.CHANGED
    with pytest.raises(MappingRefused) as no:
        approve(place, request_id)
    assert no.value.problem is Problem.CHANGED
    assert place.states() == [("s01", MappingState.REQUESTED)]
    assert place.events()[-1] == "mapping.seal_broken"
    assert f"mapping.seal_broken request={request_id}" in caplog.text


def test_nobody_is_made_out_to_have_asked(place: Place) -> None:
    """Else the one who asked could approve it, too."""
    request_id = asked(place)
    with place.desk.database.transaction() as db:
        db.execute(update(MappingRequest).values(requested_by="somebody else"))
    with pytest.raises(MappingRefused):
        decisions.approve(place.desk, place.register, place.mapper, request_id)
    with pytest.raises(MappingRefused):
        approve(place, request_id)


def test_a_file_whose_row_was_exchanged_is_not_approved(place: Place) -> None:
    request_id = place.send(students(0, 3))
    write(place, "s01", cpr_index=index(place, CprNumber.parse(number(50))))
    assert place.approve(request_id) is RequestState.WAITING
    assert place.request(request_id).report["refused"] == "changed"
    assert {state for _, state in place.states()} == {MappingState.REQUESTED}


def test_rows_that_are_exchanged_after_the_decision_are_left_out(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = place.send(students(0, 3))
    monkeypatch.setattr(approval, "TOGETHER", 1)
    waiting, other = AccountMapping.state == MappingState.REQUESTED, CprNumber.parse(number(50))

    def meanwhile(_seconds: float) -> None:
        """The first row is approved by now."""
        with place.desk.database.transaction() as db:
            db.execute(update(AccountMapping).where(waiting).values(cpr_index=index(place, other)))

    monkeypatch.setattr(approval.time, "sleep", meanwhile)
    assert place.approve(request_id) is RequestState.APPROVED
    assert sorted(state for _, state in place.states()) == ["approved", "rejected", "rejected"]
    assert place.events().count("mapping.seal_broken") == 2


def test_a_file_whose_request_was_changed_is_not_approved(place: Place) -> None:
    request_id = place.send(students(0, 2))
    with place.desk.database.transaction() as db:
        db.execute(update(MappingRequest).values(requested_by="somebody else"))
    assert refused(place, request_id, member=place.mapper) is Problem.CHANGED


def test_a_decision_that_nobody_made_is_not_carried_out(place: Place) -> None:
    """A file that looks decided and left behind is carried to its end by whoever looks next."""
    request_id = place.send(students(0, 2))
    long_ago = place.clock() - 2 * STOPPED_AFTER
    forged = {"state": RequestState.APPLYING, "decided_by": "person-approver", "decider": "approver"}
    with place.desk.database.transaction() as db:
        db.execute(update(MappingRequest).values(**forged, decided_at=long_ago, touched_at=long_ago))
    assert imports.end_stopped(place.desk) == [request_id]
    assert approval.carry_out(place.desk, place.register, request_id) is RequestState.REJECTED
    assert {state for _, state in place.states()} == {MappingState.REJECTED}
    assert "mapping.approved" not in place.events()


def test_a_file_that_is_sent_again_tells_a_broken_row_by_its_line(listed: Place) -> None:
    write(listed, "s01", seal=None)
    again = listed.send(students(0, 2))
    assert listed.state(again) is RequestState.FAULTY
    assert listed.faults(again) == [(3, "seal_broken")]
    other = listed.send(lines((number(0), "s00"), (number(50), "s01")))
    assert listed.faults(other) == [(3, "seal_broken")]


def test_once_it_is_taken_away_the_same_file_can_be_sent_again(listed: Place) -> None:
    write(listed, "s01", seal=None)
    [row] = [each for each in listed.rows() if each.username == "s01"]
    decisions.remove(listed.desk, listed.mapper, row.id, "Segl brudt", may_decide=False)
    again = listed.send(students(0, 2))
    assert listed.state(again) is RequestState.WAITING
    counts = listed.report(again).counts
    assert (counts["new"], counts["unchanged"]) == (1, 1)


# ---- an account that the list gives to the member themselves


def test_nobody_asks_for_an_account_that_is_mapped_to_themselves(listed: Place) -> None:
    member = listed.member("mapper", number(1))
    with pytest.raises(MappingRefused) as no:
        requests.request(listed.desk, listed.register, member, Wanted("s01", CprNumber.parse(number(50)), "Sag"))
    assert no.value.problem is Problem.SELF
    request_id = listed.send(lines((number(50), "s01")), member)
    assert listed.faults(request_id) == [(2, "self")]


def test_nor_approves_one(place: Place) -> None:
    """It came to be theirs between the request and the approval."""
    other = CprNumber.parse(number(50))
    request_id = requests.request(place.desk, place.register, place.mapper, Wanted("s01", other, "Sag"))
    [account] = place.desk.directories["people"].find_by_username("s01")
    with place.desk.database.transaction() as db:
        row = requests.new_mapping(place.register, place.request(request_id), account, VICTIM)
        row.state = APPROVED
        db.add(row)
    with pytest.raises(MappingRefused) as no:
        decisions.approve(place.desk, place.register, place.member("approver", number(1)), request_id)
    assert no.value.problem is Problem.SELF
