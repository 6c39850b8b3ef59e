"""Activation codes that somebody guesses, finds, or uses too late: none of them opens anything."""

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from resetapp.codes import entry
from resetapp.core.codes import CodeState
from resetapp.core.outcomes import Outcome
from resetapp.settings import CodeSettings
from resetapp.storage import codes, retention
from resetapp.storage.audit import Journal
from resetapp.storage.codes import ActivationCode
from resetapp.storage.tables import Table, Visit
from resetapp.trouble import DirectoryDown
from tests.builders import PERSON_KEY
from tests.directory.binding import binds, close_account
from tests.house.canary import found_in
from tests.web.codes_steps import Counter, Make, counter
from tests.web.staff_steps import enter, events
from tests.web.test_visit_races import heading, meanwhile, stored
from tests.web.visiting import GOOD, account, rows

NO = "passer ikke sammen"


@pytest.fixture
def desk(make_world: Make) -> Counter:
    return counter(make_world)


def test_wrong_used_expired_and_unknown_get_the_same_answer(desk: Counter) -> None:
    code = desk.shown()
    wrong, unknown = desk.type_in("7777-7777-7777"), desk.type_in(code, "nobody")
    another = desk.type_in(code, "mbr")
    desk.type_in(code, browser=desk.world.other_browser())
    used = desk.type_in(code)
    late = desk.shown()
    desk.world.clock.forward(minutes=60)
    expired = desk.type_in(late)
    answers = [wrong, unknown, another, used, expired]
    assert [(each.status_code, NO in each.text) for each in answers] == [(422, True)] * 5
    assert len({_without_token(each.text) for each in answers}) == 1
    assert not desk.world.logged_in()


def _without_token(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrf_token" not in line)


def test_a_code_is_good_until_its_last_moment(make_world: Make) -> None:
    desk = counter(make_world, CodeSettings(life=timedelta(minutes=5)))
    code = desk.shown()
    desk.world.clock.forward(minutes=4, seconds=59)
    assert desk.type_in(code).status_code == 303


def test_after_five_wrong_ones_the_right_one_is_wrong_too(desk: Counter) -> None:
    code = desk.shown()
    for _ in range(4):
        desk.type_in("7777-7777-7777")
    assert desk.rows()[0].state is CodeState.SHOWN
    desk.type_in("7777-7777-7777")
    assert desk.type_in(code).status_code == 422
    [row] = desk.rows()
    assert (row.state, row.failed_tries, row.code_hash) == (CodeState.BLOCKED, 5, None)
    assert [each["blocked"] for each in events(desk.world, "code.refused")] == [False] * 4 + [True, False]


def test_an_address_that_guesses_has_to_wait_and_ends_no_more_codes(desk: Counter) -> None:
    for number in range(entry.WRONG_PER_ADDRESS):
        assert desk.type_in("7777-7777-7777", f"nobody{number}").status_code == 422
    code = desk.shown()
    assert desk.type_in("7777-7777-7777").status_code == 429
    assert desk.type_in(code).status_code == 429
    assert desk.rows()[0].failed_tries == 0
    desk.world.clock.forward(minutes=60)
    enter(desk.world, "astrid", desk.approver)
    enter(desk.world, "tove", desk.support)
    assert desk.type_in(desk.shown()).status_code == 303


def test_of_two_browsers_at_the_same_moment_one_gets_in(desk: Counter) -> None:
    code, other = desk.shown(), desk.world.other_browser()
    answers = []
    real = desk.world.app.extensions["resetapp"].directories["people"].reread
    meanwhile(desk.world, "reread", lambda: answers.append(_in_between(desk, code, other, real)))
    assert desk.type_in(code).status_code == 422
    assert [each for each in answers if each] == [303]
    assert (desk.world.logged_in(), desk.world.logged_in(other)) == (False, True)
    assert [each.outcome for each in stored(desk.world, Visit)] == [Outcome.OPEN]


def _in_between(desk: Counter, code: str, other: object, real: Callable[..., object]) -> int:
    """The other browser's whole step, with the directory as it is."""
    object.__setattr__(desk.world.app.extensions["resetapp"].directories["people"], "reread", real)
    return desk.type_in(code, browser=other).status_code  # type: ignore[arg-type]


def test_an_account_that_was_closed_in_between_opens_nothing_and_the_page_says_so(desk: Counter) -> None:
    code = desk.shown()
    close_account(desk.world.endpoint, "frni")
    assert desk.type_in(code).location == "/stopped"
    assert "frni" in desk.world.get("/stopped").text
    assert desk.world.get("/password").location == "/stopped"
    assert desk.rows()[0].state is CodeState.USED


def test_an_account_that_was_closed_before_gets_no_code_shown(desk: Counter) -> None:
    place = desk.approved()
    close_account(desk.world.endpoint, "frni")
    assert "er lukket" in desk.post(desk.support, f"{place}/show").text
    assert desk.rows()[0].state is CodeState.APPROVED


def test_an_account_that_was_closed_after_the_code_was_used_gets_no_password(desk: Counter) -> None:
    desk.type_in(desk.shown())
    desk.world.get("/password")
    close_account(desk.world.endpoint, "frni")
    assert desk.world.choose_password(GOOD).status_code == 200
    assert not binds(desk.world.endpoint, "frni", GOOD)


@pytest.mark.parametrize("change", [{"state": CodeState.BLOCKED}, {"entry_id": "another"}, {"id": "f" * 32}])
def test_the_code_must_still_hold_when_the_password_is_sent(desk: Counter, change: dict[str, Any]) -> None:
    desk.type_in(desk.shown())
    desk.world.get("/password")
    with desk.world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(update(ActivationCode).values(change))
    desk.world.choose_password(GOOD)
    assert rows(desk.world)[0].reasons == ["account_changed"]
    assert not binds(desk.world.endpoint, "frni", GOOD)


def test_a_login_by_code_lasts_no_longer_than_its_password_may_take(desk: Counter) -> None:
    desk.type_in(desk.shown())
    assert desk.world.get("/password").status_code == 200
    desk.world.clock.forward(minutes=5)
    late = desk.world.get("/password")
    assert (late.status_code, heading(late)) == (403, "Tiden er gået")
    desk.world.clock.forward(minutes=9)
    assert desk.world.get("/password").status_code == 403  # still there, and touched
    desk.world.clock.forward(minutes=1)
    assert not desk.world.logged_in()


def test_who_is_logged_in_is_led_to_their_own_page(desk: Counter) -> None:
    code = desk.shown()
    desk.type_in(code)
    assert desk.world.get("/code").location == "/password"


def test_a_directory_that_is_down_costs_no_code(desk: Counter) -> None:
    code = desk.shown()
    directory = desk.world.app.extensions["resetapp"].directories["people"]
    real = directory.reread

    def down(_key: object) -> None:
        raise DirectoryDown("people", "not_reached")

    object.__setattr__(directory, "reread", down)
    answer = desk.type_in(code)
    assert (answer.status_code, "WAYF" in answer.text) == (503, False)
    object.__setattr__(directory, "reread", real)
    assert desk.type_in(code).status_code == 303


def test_the_code_is_in_no_table_log_or_event(desk: Counter, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    guess = "ZZZZ-YYYY-XXXX"
    code = desk.shown()
    assert desk.type_in(guess).status_code == 422
    assert desk.type_in(code).status_code == 303
    assert desk.world.choose_password(GOOD).status_code == 303
    with desk.world.app.extensions["resetapp"].database.reading() as db:
        dump = repr([list(db.execute(select(each))) for each in Table.metadata.sorted_tables])
    logged = "\n".join(each.getMessage() for each in caplog.records)
    files = b"".join(each.read_bytes() for each in tmp_path.glob("web*.db*"))
    secret = [form for each in (code, guess) for form in (each, each.replace("-", ""))]
    assert found_in(dump.encode() + logged.encode() + files, secret) == []
    assert "activation_code" not in logged
    assert account("freja") in dump


def test_rows_go_after_their_time_and_hashes_with_the_end_of_their_code(desk: Counter) -> None:
    desk.shown()
    database, clock = desk.world.app.extensions["resetapp"].database, desk.world.clock
    assert desk.rows()[0].code_hash
    clock.forward(minutes=60)
    with database.transaction() as db:
        retention.prune(db, 13, clock(), Journal(PERSON_KEY))
    assert desk.rows()[0].code_hash is None
    clock.forward(days=13 * 31)
    with database.transaction() as db:
        retention.prune(db, 13, clock(), Journal(PERSON_KEY))
    assert desk.rows() == []


def test_the_database_keeps_a_second_login_from_one_code(desk: Counter) -> None:
    """Should ever two workers get that far."""
    desk.type_in(desk.shown())
    [row], now = desk.rows(), desk.world.clock()
    with pytest.raises(IntegrityError), desk.world.app.extensions["resetapp"].database.transaction() as db:
        codes.begin(db, row, "da", secrets.token_hex(4), now, now)
