"""The short wait is of use to an owner who knows of it: while no notice was sent, the long one holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.cpr import CprNumber
from resetapp.mapping import decisions, overview, requests
from resetapp.mapping.export import export
from resetapp.mapping.overview import Standing
from resetapp.mapping.requests import Wanted
from resetapp.matching import result_of
from resetapp.storage import outbox
from resetapp.storage.mapping_list import held
from resetapp.storage.outbox import Channel, MailState, OutboxMail
from resetapp.storage.retention import prune
from tests.mapping.conftest import Place, lines, number
from tests.mapping.test_imports import students
from tests.mapping.test_seals import found, holds

STUDENT = CprNumber.parse(number(0))  # of s00
LONG, SHORT = timedelta(hours=72), timedelta(hours=24)


def end_all(place: Place, state: MailState, channel: Channel = Channel.MAIL) -> int:
    """What waits, as a sender leaves it; returns how many there were."""
    ended = 0
    with place.desk.database.transaction() as db:
        while claimed := outbox.claim(db, place.clock() + timedelta(minutes=1), channel):
            assert outbox.end(db, claimed, state, place.clock())
            ended += 1
    return ended


def counts(place: Place) -> bool:
    """At a login and directly before a write: never one without the other."""
    given = found(place, STUDENT) == ["s00"]
    assert holds(place, "s00") is given
    return given


@pytest.fixture
def approved(place: Place) -> Place:
    place.approve(place.send(students(0, 1)))
    return place


def approve_one(place: Place, username: str, cpr: CprNumber) -> None:
    wanted = Wanted(username, cpr, "Sag 4711")
    decisions.approve(place.desk, place.register, place.approver, request(place, wanted))


def request(place: Place, wanted: Wanted) -> str:
    return requests.request(place.desk, place.register, place.mapper, wanted)


def test_while_the_notice_waits_the_long_wait_holds(approved: Place) -> None:
    assert [row.active_from for row in approved.rows()] == [approved.clock() + SHORT]
    end = approved.clock() + LONG
    approved.clock.forward(hours=71, minutes=59)
    assert not counts(approved)
    [account] = approved.register.added_to(result_of((), []), STUDENT, "ABCD-EFGH").accounts
    assert (account.state, account.changes_at) == (AccountState.NOT_YET, end)
    approved.clock.forward(minutes=1)
    assert counts(approved)


def test_a_notice_that_was_given_up_tells_nobody(approved: Place) -> None:
    assert end_all(approved, MailState.GIVEN_UP)
    approved.clock.forward(hours=25)
    assert not counts(approved)


def test_once_it_is_sent_the_short_wait_holds(approved: Place) -> None:
    end_all(approved, MailState.SENT)
    approved.clock.forward(hours=23, minutes=59)
    assert not counts(approved)
    approved.clock.forward(minutes=1)
    assert counts(approved)


def test_of_a_single_mapping_it_is_the_same(place: Place) -> None:
    approve_one(place, "s00", STUDENT)
    place.clock.forward(hours=25)
    assert not counts(place)
    place.clock.forward(hours=47)
    assert counts(place)


def test_the_short_wait_runs_from_the_sending(approved: Place) -> None:
    """Else a server that comes back after a day tells the owner in the moment in which the account is open."""
    approved.clock.forward(hours=25)
    end_all(approved, MailState.SENT)
    assert not counts(approved)
    approved.clock.forward(hours=23)
    assert not counts(approved)
    approved.clock.forward(hours=1)
    assert counts(approved)


def test_a_notice_that_is_sent_late_makes_the_wait_no_longer_than_none(approved: Place) -> None:
    approved.clock.forward(hours=71)
    end_all(approved, MailState.SENT)
    assert not counts(approved)
    approved.clock.forward(hours=1)
    assert counts(approved)


def test_the_notice_of_the_request_is_not_the_one_of_the_approval(place: Place) -> None:
    asked = request(place, Wanted("s00", STUDENT, "Sag 4711"))
    assert end_all(place, MailState.SENT) == 1
    decisions.approve(place.desk, place.register, place.approver, asked)
    place.clock.forward(hours=25)
    assert not counts(place)


def test_what_went_to_another_system_told_no_owner(approved: Place) -> None:
    with approved.desk.database.transaction() as db:
        db.query(OutboxMail).update({"channel": Channel.WEBHOOK, "address": None})
    assert end_all(approved, MailState.SENT, Channel.WEBHOOK) == 1
    approved.clock.forward(hours=25)
    assert not counts(approved)


@pytest.mark.parametrize("state", [MailState.SENT, MailState.GIVEN_UP])
def test_a_notice_that_is_no_longer_kept_neither_starts_nor_stops_a_mapping(place: Place, state: MailState) -> None:
    longest = replace(place.register.settings, cool_down=timedelta(hours=720), student_cool_down=timedelta(hours=719))
    place.register = replace(place.register, settings=longest)
    place.approve(place.send(students(0, 1)))
    end_all(place, state)
    place.clock.forward(hours=719)
    for _ in range(2):
        assert counts(place) is (state is MailState.SENT)
        _prune(place)
    assert _kept(place) == 1
    place.clock.forward(days=2)
    _prune(place)
    assert _kept(place) == 0
    assert counts(place)


def _prune(place: Place) -> None:
    """As soon as the settings allow."""
    with place.desk.database.transaction() as db:
        prune(db, 1, place.clock(), place.desk.journal)


def _kept(place: Place) -> int:
    with place.desk.database.reading() as db:
        return db.query(OutboxMail).count()


def test_a_shorter_wait_in_the_settings_opens_nothing_before_the_sealed_moment(approved: Place) -> None:
    shorter = replace(approved.register.settings, cool_down=timedelta(hours=1))
    approved.register = replace(approved.register, settings=shorter)
    approved.clock.forward(hours=23)
    assert not counts(approved)


def test_the_list_says_that_nobody_was_told_and_from_when_it_counts_all_the_same(place: Place) -> None:
    place.approve(place.send(lines((number(0), "s00"), (number(1), "silent"), (number(2), "teacher"))))
    place.clock.forward(hours=25)
    keys = {name: AccountKey("people", place.entry_id(name)) for name in ("s00", "silent", "teacher")}
    end = place.clock() + LONG - timedelta(hours=25)

    def said() -> list[object]:
        found = overview.standings(place.desk, place.register, keys.values())
        return [found[each] for each in keys.values()]

    assert said() == [(Standing.UNTOLD, end)] * 3
    end_all(place, MailState.SENT)
    assert said() == [(Standing.COOLING, end - timedelta(hours=23)), (Standing.UNTOLD, end), (Standing.COOLING, end)]
    starts = {each[1]: each[7] for each in export(place.desk, place.register, place.approver, "Revision")}
    assert starts["s00"] == (end - timedelta(hours=23)).isoformat(timespec="seconds")
    assert starts["silent"] == end.isoformat(timespec="seconds")


def test_the_list_shows_what_does_not_count_yet_first(place: Place) -> None:
    place.approve(place.send(lines((number(0), "s00"))))
    end_all(place, MailState.SENT)
    place.approve(place.send(lines((number(0), "s00"), (number(1), "s01"))))
    place.clock.forward(hours=25)
    with place.desk.database.reading() as db:
        assert [each.username for each in held(db, place.clock(), LONG, 0, 9)] == ["s01", "s00"]
