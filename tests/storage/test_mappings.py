"""The list of mappings: one of each kind for an account, found under any key, and gone when its time is over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from resetapp.core.accounts import AccountKey
from resetapp.core.mappings import MappingState, RequestState
from resetapp.storage import mappings
from resetapp.storage.database import Database, Session
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.builders import FREJA, NOON
from tests.storage.mapping_rows import a_request, a_row, indexes, keep, kept_row, number

KEYS = indexes("2026b", "2026a")
ACCOUNT = AccountKey("people", "e")
HELD = (MappingState.APPROVED, MappingState.FROZEN)
OVER = (MappingState.REJECTED, MappingState.SUPERSEDED, MappingState.REMOVED)
DAY = timedelta(days=1)


def a_held_row(ident: str, state: MappingState = MappingState.REQUESTED, account: str = "e") -> AccountMapping:
    return a_row(ident, entry_id=account, state=state)


def found(database: Database, look: Callable[[Session], list[AccountMapping]]) -> list[str]:
    with database.reading() as db:
        return [each.id for each in look(db)]


def do(database: Database, change: Callable[[Session], object]) -> object:
    with database.transaction() as db:
        return change(db)


def state_of(database: Database, ident: str) -> tuple[MappingState, object, str, str | None]:
    row = kept_row(database, ident)
    return row.state, row.ended_at, row.ended_by, row.removal_id


def request_of(database: Database, ident: str) -> MappingRequest | None:
    with database.reading() as db:
        return mappings.find_request(db, ident)


def test_two_requests_for_one_account_cannot_be_kept(database: Database) -> None:
    assert keep(database, [a_held_row("first")])
    second = a_held_row("second")
    second.request_id = "s"
    assert not keep(database, [a_row("other", request_id="s"), second], a_request("s"))
    assert found(database, lambda db: mappings.of_accounts(db, [ACCOUNT])) == ["first"]
    assert request_of(database, "s") is None  # nothing of it, not half


def test_of_many_who_ask_for_one_account_at_once_one_gets_it(database: Database) -> None:
    def ask(n: int) -> bool:
        return keep(database, [a_row(f"m{n}", entry_id="e", request_id=f"r{n}")], a_request(f"r{n}"))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(8))) == [False] * 7 + [True]


@pytest.mark.parametrize("first", HELD)
@pytest.mark.parametrize("second", HELD)
def test_an_account_has_one_mapping_that_holds_or_is_frozen(
    database: Database, first: MappingState, second: MappingState
) -> None:
    assert keep(database, [a_held_row("first", first), a_held_row("asked"), a_held_row("elsewhere", second, "other")])
    with pytest.raises(IntegrityError):
        do(database, lambda db: db.add(a_held_row("second", second)))
    with pytest.raises(IntegrityError):
        do(database, lambda db: setattr(mappings.find(db, "asked"), "state", second))
    assert kept_row(database, "asked").state is MappingState.REQUESTED


def test_what_is_over_stands_in_nobodys_way(database: Database) -> None:
    rows = [a_held_row(f"{state}{n}", state) for state in OVER for n in range(2)]
    assert keep(database, [*rows, a_held_row("held", MappingState.APPROVED), a_held_row("asked")])


def test_a_person_is_found_under_any_of_our_keys_the_oldest_first(database: Database) -> None:
    rows = [
        a_row("new", keys=indexes("2026b"), requested_at=NOON + DAY),
        a_row("old", keys=indexes("2026a")),
        a_row("lost", keys=indexes("2019z")),
        a_row("somebody", number(1), keys=indexes("2026b")),
        a_row("over", keys=indexes("2026b"), state=MappingState.REMOVED),
        a_row("crossed", key_id="2026b", cpr_index=indexes("2026a").newest_of(FREJA)),
    ]
    assert keep(database, rows)
    assert found(database, lambda db: mappings.of_person(db, KEYS.of(FREJA))) == ["old", "new"]
    assert found(database, lambda db: mappings.of_person(db, KEYS.of(FREJA), tuple(MappingState)))[-1] == "new"
    assert found(database, lambda db: mappings.of_person(db, KEYS.of(FREJA), (MappingState.REMOVED,))) == ["over"]
    assert found(database, lambda db: mappings.of_person(db, {})) == []


def test_a_row_knows_whose_it_is_by_its_own_key_alone(database: Database) -> None:
    row = a_row("m", keys=indexes("2026a"))
    assert row.is_one_of(KEYS.of(FREJA))
    assert not row.is_one_of(KEYS.of(number(1)))
    assert not row.is_one_of({"2026b": row.cpr_index})
    assert not row.is_one_of({})
    assert (row.key, row.link) == (AccountKey("people", "e-m"), "mapping:m")


def test_a_request_ends_with_its_rows_and_what_it_would_have_removed_stays(database: Database) -> None:
    rows = [
        a_row("asked"),
        a_row("approved", state=MappingState.APPROVED, removal_id="r"),
        a_row("frozen", state=MappingState.FROZEN),
    ]
    assert keep(database, rows)

    def withdraw(db: Session) -> None:
        request = mappings.find_request(db, "r", held=True)
        assert request is not None
        mappings.end_request(db, request, RequestState.WITHDRAWN, "astrid", NOON)

    do(database, withdraw)
    request = request_of(database, "r")
    assert request is not None
    assert request.state is RequestState.WITHDRAWN
    assert state_of(database, "asked") == (MappingState.REJECTED, NOON, "astrid", None)
    assert state_of(database, "approved") == (MappingState.APPROVED, None, "", None)
    assert state_of(database, "frozen") == (MappingState.FROZEN, None, "", None)
    assert found(database, lambda db: mappings.rows_of(db, a_request("r"))) == []


def test_a_newer_mapping_takes_the_place_of_the_older(database: Database) -> None:
    assert keep(database, [a_held_row("old", MappingState.APPROVED), a_row("beside", state=MappingState.APPROVED)])
    do(database, lambda db: mappings.supersede(db, "old", "astrid", NOON))
    assert state_of(database, "old") == (MappingState.SUPERSEDED, NOON, "astrid", None)
    assert state_of(database, "beside")[0] is MappingState.APPROVED
    do(database, lambda db: db.add(a_held_row("new", MappingState.APPROVED)))


def test_a_mapping_is_fresh_until_it_has_been_used_for_a_while(database: Database) -> None:
    rows = [
        a_row("unused"),
        a_row("just", first_used_at=NOON),
        a_row("long", first_used_at=NOON - DAY),
    ]
    assert keep(database, rows)
    links = [each.link for each in rows]
    with database.reading() as db:
        assert mappings.fresh(db, links, NOON - DAY) == {"mapping:unused", "mapping:just"}
        assert mappings.fresh(db, ["mapping:long", ""], NOON - DAY) == set()
        assert mappings.fresh(db, ["mapping:long"], NOON - 2 * DAY) == {"mapping:long"}
        assert mappings.fresh(db, [], NOON) == set()


def test_what_is_over_long_enough_is_deleted_and_a_frozen_mapping_stays(database: Database) -> None:
    rows = [a_row(str(state), state=state, ended_at=NOON - DAY) for state in MappingState]
    assert keep(database, [*rows, a_row("young", state=MappingState.REMOVED, ended_at=NOON)])
    do(database, lambda db: mappings.prune(db, NOON))
    left = found(database, lambda db: list(db.query(AccountMapping).order_by(AccountMapping.id)))
    assert left == ["approved", "frozen", "requested", "young"]


@pytest.mark.parametrize("state", RequestState)
def test_a_request_is_deleted_with_its_last_row_and_never_while_it_goes_on(
    database: Database, state: RequestState
) -> None:
    going_on = state in (RequestState.CHECKING, RequestState.WAITING, RequestState.APPLYING)
    keep(database, [], a_request("empty", state=state))
    keep(database, [a_row("kept", request_id="full", state=MappingState.FROZEN)], a_request("full", state=state))
    keep(database, [], a_request("young", state=state, requested_at=NOON + DAY))
    do(database, lambda db: mappings.prune(db, NOON + DAY))
    assert (request_of(database, "empty") is not None) is going_on
    assert request_of(database, "full") is not None
    assert request_of(database, "young") is not None


def test_an_erased_person_is_tied_to_no_account_any_more(database: Database) -> None:
    rows = [a_row(str(state), keys=indexes("2026a"), sealed=b"s" * 58, state=state) for state in MappingState]
    assert keep(database, [*rows, a_row("somebody", number(1), sealed=b"s" * 58)])
    assert do(database, lambda db: mappings.erase_person(db, KEYS.of(FREJA), NOON + DAY)) == len(MappingState)
    for state in MappingState:
        row = kept_row(database, str(state))
        assert (row.cpr_index, row.sealed) == ("", None)
        assert row.state is (MappingState.REMOVED if state in mappings.LIVE else state)
    assert state_of(database, "approved") == (MappingState.REMOVED, NOON + DAY, "erasure", None)
    assert kept_row(database, "somebody").sealed == b"s" * 58
    assert do(database, lambda db: mappings.erase_person(db, KEYS.of(FREJA), NOON)) == 0


def test_mappings_are_counted_by_state(database: Database) -> None:
    assert keep(database, [a_row("a"), a_row("b"), a_row("c", state=MappingState.FROZEN)])
    with database.reading() as db:
        assert mappings.counts(db) == {MappingState.REQUESTED: 2, MappingState.FROZEN: 1}


def test_waiting_requests_come_oldest_first(database: Database) -> None:
    keep(database, [], a_request("late", requested_at=NOON + DAY))
    keep(database, [], a_request("early"))
    keep(database, [], a_request("over", state=RequestState.LAPSED))
    with database.reading() as db:
        assert [each.id for each in mappings.waiting(db)] == ["early", "late"]
