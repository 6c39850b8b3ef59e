"""Attempts: one sender per attempt and per account, nothing forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import repeat

import pytest

from resetapp.core.accounts import AccountKey
from resetapp.core.outcomes import (
    AttemptState,
    MatchResult,
    Outcome,
    OutcomeUnknown,
    PasswordRefused,
    PasswordSet,
    Refusal,
    Step,
)
from resetapp.storage import attempts, logins, visits
from resetapp.storage.database import Database
from resetapp.storage.tables import Attempt, Visit
from resetapp.trouble import AccountBusy, AlreadySent
from resetapp.web.rows import for_password_managers
from tests.builders import NOON, a_candidate, a_person

KEY = AccountKey("people", "id-freja")


def a_visit(database: Database, number: int = 1) -> Visit:
    with database.transaction() as db:
        logins.open_login(db, f"_r{number}", f"browser-{number}", "da", None, NOON)
        pending = logins.find_opened(db, f"browser-{number}")
        assert pending is not None
        logins.complete_login(db, pending, a_person(assertion_id=f"_a{number}"), timedelta(minutes=30), NOON)
        visits.open_visit(db, pending.id, "f" * 64, MatchResult((), (), Outcome.OPEN), NOON)
        visit_id = db.query(Visit).filter(Visit.login_id == pending.id).one().id
        visits.choose(visits.load(db, visit_id), [KEY])
    return load(database, visit_id)


def load(database: Database, visit_id: int) -> Visit:
    with database.reading() as db:
        return visits.load(db, visit_id)


def ready(database: Database, visit: Visit, key: AccountKey = KEY) -> str:
    with database.transaction() as db:
        return attempts.open_round(db, visits.load(db, visit.id), [a_candidate(key, "freja")], NOON)[0].id


def claim(database: Database, attempt_id: str, seconds: float = 0) -> None:
    """As `submission` does it: the choice is used up with it."""
    with database.transaction() as db:
        attempt = db.get_one(Attempt, attempt_id)
        attempts.claim(db, [(attempt, "before")], NOON + timedelta(seconds=seconds))
        visits.choose(attempt.visit, ())


def state(database: Database, attempt_id: str) -> AttemptState:
    with database.reading() as db:
        return db.get_one(Attempt, attempt_id).state


def test_of_fifty_parallel_submits_one_sends(database: Database) -> None:
    attempt_id = ready(database, a_visit(database))

    def submit(_: int) -> bool:
        try:
            claim(database, attempt_id)
        except AlreadySent:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(submit, range(50))) == 1
    assert state(database, attempt_id) == AttemptState.SENDING


def test_two_visits_cannot_write_to_one_account_at_once(database: Database) -> None:
    first, second = ready(database, a_visit(database, 1)), ready(database, a_visit(database, 2))
    claim(database, first)
    with pytest.raises(AccountBusy) as caught:
        claim(database, second, seconds=60)
    assert caught.value.until == NOON + attempts.STALE_AFTER
    assert state(database, second) == AttemptState.READY


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (PasswordSet(KEY), AttemptState.SET),
        (PasswordRefused((Refusal.TOO_SHORT,)), AttemptState.REFUSED),
        (OutcomeUnknown(KEY), AttemptState.UNKNOWN),
    ],
)
def test_each_answer_is_recorded_as_what_it_is(database: Database, outcome: object, expected: AttemptState) -> None:
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    with database.transaction() as db:
        attempts.record(db, attempt_id, outcome, NOON)  # type: ignore[arg-type]
    assert state(database, attempt_id) == expected


def test_the_step_follows_from_what_has_happened(database: Database) -> None:
    visit = a_visit(database)
    assert visit.step == Step.PASSWORD
    attempt_id = ready(database, visit)
    assert load(database, visit.id).step == Step.PASSWORD
    claim(database, attempt_id)
    assert load(database, visit.id).step == Step.RECEIPT
    with database.transaction() as db:
        attempts.record(db, attempt_id, PasswordRefused((Refusal.NO_ANSWER,)), NOON)
        visits.choose(visits.load(db, visit.id), [KEY])
    assert load(database, visit.id).step == Step.PASSWORD
    second = ready(database, visit)
    claim(database, second)
    with database.transaction() as db:
        attempts.record(db, second, PasswordSet(KEY), NOON)
        visits.load(db, visit.id).outcome = Outcome.DONE
    assert load(database, visit.id).step == Step.RECEIPT
    with database.transaction() as db:
        logins.end(db, visits.load(db, visit.id).login, Outcome.LEFT, NOON)
    ended = load(database, visit.id)
    assert (ended.step, ended.outcome, ended.candidates) == (Step.ENDED, Outcome.DONE, [])


def test_sets_are_counted_by_person_and_by_account_within_the_window(database: Database) -> None:
    for number in range(3):
        attempt_id = ready(database, a_visit(database, number))
        claim(database, attempt_id)
        with database.transaction() as db:
            attempts.record(db, attempt_id, PasswordSet(KEY), NOON - timedelta(hours=10 * number))
    since = NOON - timedelta(hours=15)
    with database.reading() as db:
        assert attempts.sets_of_person(db, "f" * 64, since) == [NOON - timedelta(hours=10), NOON]
        assert attempts.sets_of_person(db, "0" * 64, since) == []
        assert attempts.sets_of_account(db, KEY, since) == [NOON - timedelta(hours=10), NOON]
        assert attempts.sets_of_account(db, AccountKey("people", "id-other"), since) == []


@pytest.mark.parametrize("sent", [AttemptState.SENDING, AttemptState.SET, AttemptState.UNKNOWN])
def test_a_refusal_by_our_own_rules_never_overwrites_what_was_sent(database: Database, sent: AttemptState) -> None:
    """Two clicks of one page: a good password on its way, and a bad one that is judged at the same time."""
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    if sent != AttemptState.SENDING:
        outcome = PasswordSet(KEY) if sent == AttemptState.SET else OutcomeUnknown(KEY)
        with database.transaction() as db:
            attempts.record(db, attempt_id, outcome, NOON)
    with pytest.raises(AlreadySent), database.transaction() as db:
        attempts.refuse(db, attempt_id, PasswordRefused((Refusal.TOO_SHORT,)), NOON)
    assert state(database, attempt_id) == sent


def lost(database: Database, attempt_id: str, seconds: float = 0) -> None:
    with database.transaction() as db:
        attempts.record(db, attempt_id, OutcomeUnknown(KEY), NOON + timedelta(seconds=seconds))


def look(database: Database, attempt_id: str, seconds: float) -> bool:
    at = NOON + timedelta(seconds=seconds)
    with database.transaction() as db:
        return attempts.claim_look(db, attempt_id, at, at) is not None


def test_of_many_workers_one_takes_each_look(database: Database) -> None:
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    lost(database, attempt_id)
    for seconds in (16, 61, 121):
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(look, repeat(database), repeat(attempt_id), [seconds] * 20)) == 1


def test_the_looks_are_at_15_and_60_seconds_at_the_fence_and_then_every_half_minute(database: Database) -> None:
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    lost(database, attempt_id, seconds=10)  # the fence counts from when we stopped waiting
    looked = [seconds for seconds in range(240) if look(database, attempt_id, seconds)]
    assert looked == [25, 70, 130, 160, 190, 220]


def test_of_many_that_settle_one_attempt_one_has_done_it(database: Database) -> None:
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    lost(database, attempt_id)

    def settle(_: int) -> bool:
        with database.transaction() as db:
            return attempts.settle(db, attempt_id, AttemptState.NOT_SET, (), NOON)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(settle, range(20))) == 1


@pytest.mark.parametrize(("settled", "free_after"), [(None, 180), ("unknown", 121), ("presumed", 121), ("not_set", 0)])
def test_an_account_is_kept_free_of_newer_writes_as_long_as_an_older_one_may_arrive(
    database: Database, settled: str | None, free_after: int
) -> None:
    first, second = ready(database, a_visit(database, 1)), ready(database, a_visit(database, 2))
    claim(database, first)
    if settled:
        lost(database, first)
    if settled in ("presumed", "not_set"):
        with database.transaction() as db:
            attempts.settle(db, first, AttemptState(settled), (), NOON)
    with database.reading() as db:
        if free_after == 0:
            attempts.demand_free(db, [KEY], NOON)
        else:
            with pytest.raises(AccountBusy):
                attempts.demand_free(db, [KEY], NOON + timedelta(seconds=119))
    if settled == "unknown":  # still open after the fence: the directory has not been asked yet
        with pytest.raises(AccountBusy):
            claim(database, second, seconds=free_after)
    if settled == "presumed":
        claim(database, second, seconds=free_after)


def test_what_a_directory_has_not_told_for_a_week_is_hopeless(database: Database) -> None:
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    lost(database, attempt_id)
    for days, expected in ((6, []), (8, [attempt_id])):
        with database.reading() as db:
            assert [each.id for each in attempts.hopeless(db, NOON + timedelta(days=days))] == expected
    with database.transaction() as db:
        attempts.settle(db, attempt_id, AttemptState.UNKNOWN, (), NOON)
    with database.reading() as db:
        assert attempts.hopeless(db, NOON + timedelta(days=8)) == []


def test_visits_to_the_same_accounts_never_wait_for_each_other(database: Database) -> None:
    """In the order of the page they would: one holds the first account, the other the last."""
    several = [AccountKey("people", f"id-{number:02d}") for number in range(20)]
    rounds = []
    for number, keys in enumerate([several, several[::-1]] * 4):
        visit = a_visit(database, number)
        with database.transaction() as db:
            opened = attempts.open_round(
                db, visits.load(db, visit.id), [a_candidate(key, "freja") for key in keys], NOON
            )
            rounds.append([(each, "mark") for each in opened])

    def send(marks: list[tuple[Attempt, str]]) -> bool:
        try:
            with database.transaction() as db:
                attempts.claim(db, marks, NOON)
        except (AlreadySent, AccountBusy):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, rounds)) == 1


def test_an_answer_that_comes_after_a_look_at_the_directory_still_counts(database: Database) -> None:
    attempt_id = ready(database, a_visit(database))
    claim(database, attempt_id)
    with database.transaction() as db:
        assert attempts.settle(db, attempt_id, AttemptState.PRESUMED, (), NOON)
        attempts.record(db, attempt_id, PasswordSet(KEY), NOON)
    assert state(database, attempt_id) == AttemptState.SET


def test_a_number_that_is_a_username_does_not_outlive_the_login(database: Database) -> None:
    visit = a_visit(database)
    with database.transaction() as db:
        loaded = visits.load(db, visit.id)
        [attempt] = attempts.open_round(db, loaded, [a_candidate(KEY, "0102034567")], NOON)
    assert "0102034567" not in attempt.username
    assert for_password_managers([attempt]) == ""
    with database.transaction() as db:
        [attempt] = attempts.open_round(db, visits.load(db, visit.id), [a_candidate(KEY, "freja")], NOON)
    assert (attempt.username, for_password_managers([attempt])) == ("freja", "freja")
