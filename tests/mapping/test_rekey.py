"""With the offline key every row gets an index under the newest key. Whatever happens, each row stays whole."""

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from resetapp.core.cpr import CprNumber
from resetapp.core.mapping_events import MappingsRekeyed
from resetapp.core.mappings import MappingState
from resetapp.rekey import Rekeyed, Rekeying
from resetapp.storage import audit, mappings
from resetapp.storage.audit import Journal
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.escrow import Escrow, OfflineKey, new_pair
from resetapp.storage.mapping_keys import Older, Tally, older, renew, tallies
from resetapp.storage.mapping_seals import REQUEST, facts_of
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.builders import JOURNAL, NOON, Clock
from tests.storage.mapping_rows import TENANT, a_request, a_row, indexes, keep, kept_row, number

PRIVATE, PUBLIC = new_pair()
ESCROW, KEY = Escrow(TENANT, PUBLIC), OfflineKey(TENANT, PRIVATE)
OLD, BOTH, NEW = indexes("2026a"), indexes("2026b", "2026a"), indexes("2026b")


def work(database: Database, keys: CprIndexes = BOTH, **changes: Any) -> Rekeying:
    kept = {"database": database, "journal": JOURNAL, "indexes": keys, "key": KEY, "clock": Clock(), "by": "0"}
    return Rekeying(**(kept | changes))


def rekeyed(database: Database, size: int = 10, **changes: Any) -> Rekeyed:
    done = Rekeyed()
    for chunk in work(database, **changes).chunks(size):
        done.add(chunk)
    return done


def fill(database: Database, count: int) -> None:
    assert keep(database, [a_row(f"m{n:04d}", number(n), OLD, ESCROW) for n in range(count)])


def found_by(database: Database, keys: CprIndexes, cpr: CprNumber) -> list[str]:
    with database.reading() as db:
        return [each.id for each in mappings.of_person(db, keys.of(cpr))]


def moved(database: Database) -> int:
    with database.reading() as db:
        return sum(each.rows for each in tallies(db) if each.key_id == "2026b")


def events(database: Database) -> list[str]:
    with database.reading() as db:
        return [each.facts or "" for each in audit.events(db) if each.name == MappingsRekeyed.name]


def test_each_person_is_found_under_the_new_key_alone(database: Database) -> None:
    fill(database, 300)
    assert rekeyed(database, 100) == Rekeyed(rows=300, looked_at=300)
    for n in (0, 150, 299):
        assert found_by(database, NEW, number(n)) == [f"m{n:04d}"]
        assert found_by(database, OLD, number(n)) == []
    told = events(database)
    assert len(told) == 3
    assert all('"key":"2026b"' in each and '"rows":100' in each and '"left":0' in each for each in told)
    assert rekeyed(database) == Rekeyed()


def test_ended_rows_are_made_anew_too_and_keep_all_else(database: Database) -> None:
    rows = [a_row(f"m{n}", number(n), OLD, ESCROW, state=state) for n, state in enumerate(MappingState)]
    assert keep(database, rows)
    before = {each.id: (each.state, each.sealed, each.entry_id) for each in rows}
    assert rekeyed(database).rows == len(MappingState)
    after = [kept_row(database, ident) for ident in before]
    assert {each.id: (each.state, each.sealed, each.entry_id) for each in after} == before
    assert {each.key_id for each in after} == {"2026b"}


def test_what_cannot_be_opened_is_counted_and_stays_as_it_is(database: Database) -> None:
    stranger = Escrow(TENANT, new_pair()[1])
    good = ESCROW.seal(number(5), "moved")
    rows = [
        a_row("good", number(0), OLD, ESCROW),
        a_row("bare", number(1), OLD),
        a_row("stranger", number(2), OLD, stranger),
        a_row("cut", number(3), OLD, sealed=ESCROW.seal(number(3), "cut")[:-1]),
        a_row("elsewhere", number(5), OLD, sealed=good),
        a_row("lost", number(6), indexes("2019z"), ESCROW),
    ]
    assert keep(database, rows)
    assert rekeyed(database, 2) == Rekeyed(rows=1, unsealed=1, unopened=3, unproven=1, looked_at=6)
    for n, ident in ((1, "bare"), (2, "stranger"), (3, "cut"), (5, "elsewhere")):
        assert found_by(database, BOTH, number(n)) == [ident]
    assert kept_row(database, "lost").key_id == "2019z"


def test_a_number_that_somebody_else_sealed_into_a_row_gets_no_account(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Who may write to the database, and knows the public key, cannot make a mapping by it."""
    thief = number(9)
    assert keep(database, [a_row("rector", number(1), OLD, sealed=ESCROW.seal(thief, "rector"))])
    assert rekeyed(database) == Rekeyed(unlike=1, looked_at=1)
    assert found_by(database, BOTH, thief) == []
    assert found_by(database, BOTH, number(1)) == ["rector"]
    assert "mapping.sealed_unlike mapping=rector" in caplog.text


def test_a_row_with_a_broken_seal_is_not_made_whole(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Its number was sealed by us and fits its index: somebody has moved both to another account."""
    fill(database, 3)
    with database.transaction() as db:
        db.execute(update(AccountMapping).where(AccountMapping.id == "m0001").values(entry_id="rector"))
    assert rekeyed(database) == Rekeyed(rows=2, broken=1, looked_at=3)
    assert "mapping.seal_broken mapping=m0001" in caplog.text
    row = kept_row(database, "m0001")
    assert (row.key_id, BOTH.seals.fits(row)) == ("2026a", False)
    assert all(NEW.seals.fits(kept_row(database, ident)) for ident in ("m0000", "m0002"))
    assert rekeyed(database, keys=NEW, unproven_too=True).rows == 1  # who says that the key is lost is believed


def test_what_is_over_gets_no_seal_by_a_new_key(database: Database) -> None:
    assert keep(database, [a_row("m", number(1), OLD, ESCROW, state=MappingState.FROZEN)])
    assert rekeyed(database).rows == 1
    assert kept_row(database, "m").seal is None


def test_a_request_that_waits_can_still_be_approved_with_the_new_key_alone(database: Database) -> None:
    asked, forged = a_request("r"), a_request("f")
    asked.seal = forged.seal = OLD.seals.of_request(facts_of(asked, REQUEST))
    assert keep(database, [a_row("m", number(1), OLD, ESCROW)], asked)
    assert keep(database, [], forged)
    assert rekeyed(database).rows == 1
    with database.reading() as db:
        assert [NEW.seals.fits_request(db.get_one(MappingRequest, each)) for each in "rf"] == [True, False]


def test_a_lost_key_is_got_over_only_when_it_is_said_to_be_lost(database: Database) -> None:
    fill(database, 3)
    assert rekeyed(database, keys=NEW) == Rekeyed(unproven=3, looked_at=3)
    assert rekeyed(database, keys=NEW, unproven_too=True) == Rekeyed(rows=3, looked_at=3)
    assert found_by(database, NEW, number(2)) == ["m0002"]


def test_a_rehearsal_changes_nothing_and_writes_nothing_down(database: Database) -> None:
    fill(database, 5)
    assert rekeyed(database, dry_run=True) == Rekeyed(rows=5, looked_at=5)
    assert (moved(database), events(database)) == (0, [])


def test_an_erased_person_does_not_come_back(database: Database) -> None:
    """Erased between the reading of a row and its writing, too."""
    fill(database, 2)
    with database.transaction() as db:
        [as_read] = older(db, "2026b", "", 1)
        assert mappings.erase_person(db, BOTH.of(number(0)), NOON) == 1
    assert rekeyed(database) == Rekeyed(rows=1, looked_at=1)
    row = kept_row(database, "m0000")
    assert (row.cpr_index, row.sealed, row.key_id) == ("", None, "2026a")
    with database.transaction() as db:
        assert renew(db, [(as_read, NEW.newest_of(number(0)))], "2026b", BOTH.seals) == 0
    assert kept_row(database, "m0000").cpr_index == ""


def test_what_a_login_made_anew_meanwhile_is_not_counted_twice(database: Database) -> None:
    fill(database, 4)
    chunks = work(database).chunks(2)
    assert next(chunks).rows == 2
    with database.transaction() as db:
        mappings.reindex(db, kept_row(database, "m0003"), "2026b", NEW.newest_of(number(3)), BOTH.seals)
    assert next(chunks) == Rekeyed(rows=1, looked_at=1)
    assert moved(database) == 4


@pytest.mark.parametrize("calls", [1, 3])
def test_a_kill_in_the_middle_leaves_whole_rows_and_the_next_run_ends_the_work(database: Database, calls: int) -> None:
    """Killed within the transaction of a chunk: of that one nothing is left, the chunks before it stay."""
    fill(database, 50)
    url = database.engine.url.render_as_string(hide_password=False)
    child = multiprocessing.get_context("spawn").Process(target=work_until_killed, args=(url, PRIVATE, calls))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert moved(database) == (calls - 1) * 10 == len(events(database)) * 10
    assert all(found_by(database, BOTH, number(n)) == [f"m{n:04d}"] for n in range(50))
    assert rekeyed(database).rows == 50 - (calls - 1) * 10
    assert all(found_by(database, NEW, number(n)) == [f"m{n:04d}"] for n in range(50))


def work_until_killed(url: str, private: bytes, calls: int) -> None:
    """`calls`: which asking of the clock is the last."""
    asked: list[int] = []

    def clock() -> datetime:
        asked.append(1)
        if len(asked) == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return NOON + timedelta(seconds=len(asked))

    database = Database(url)
    key = OfflineKey(TENANT, private)
    list(Rekeying(database, Journal(bytes(range(32))), BOTH, key, clock, "0").chunks(10))


def test_two_at_once_do_each_row_once(database: Database) -> None:
    fill(database, 200)
    with ThreadPoolExecutor(2) as pool:
        done = [each.result() for each in [pool.submit(rekeyed, database, 20) for _ in range(2)]]
    assert sum(each.rows for each in done) == 200
    assert all(found_by(database, NEW, number(n)) == [f"m{n:04d}"] for n in range(0, 200, 7))


def test_what_is_under_which_key_is_counted_by_state(database: Database) -> None:
    fill(database, 2)
    with database.transaction() as db:
        db.execute(update(AccountMapping).where(AccountMapping.id == "m0001").values(state=MappingState.FROZEN))
        db.add(a_row("bare", number(7), NEW))
    with database.reading() as db:
        assert tallies(db) == [
            Tally(MappingState.FROZEN, "2026a", 1, 1),
            Tally(MappingState.REQUESTED, "2026a", 1, 1),
            Tally(MappingState.REQUESTED, "2026b", 1, 0),
        ]


def test_nothing_shows_a_number_an_index_or_a_key(database: Database) -> None:
    fill(database, 1)
    told = (
        f"{work(database)!r} {Older('m', '2026a', OLD.newest_of(number(0)), b'sealed', None)!r} {rekeyed(database)!r}"
    )
    for secret in (number(0).digits, PRIVATE.hex(), repr(PRIVATE), OLD.newest_of(number(0)), "sealed'"):
        assert secret not in told
