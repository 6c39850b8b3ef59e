"""Activation codes in the database: one for an account, found by name, counted, and over in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from resetapp.core.codes import CodeKeys, CodeState, IdCheck
from resetapp.storage import codes, outbox
from resetapp.storage.codes import ActivationCode
from resetapp.storage.database import Database
from resetapp.storage.outbox import Channel, MailKind, Receiver
from resetapp.storage.tables import Login
from tests.builders import NOON, PERSON_KEY
from tests.storage.test_retention import an_attempt

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def a_code(ident: str = "a", **changes: Any) -> ActivationCode:
    facts: dict[str, Any] = {
        **{"id": ident * 32, "directory": "people", "entry_id": "e1", "username": "freja", "note": "Pas"},
        **{"id_check": IdCheck.PASSPORT, "requested_by": "f" * 64, "requester": "tora", "requested_at": NOON},
    }
    return ActivationCode(**(facts | changes))


def shown(ident: str = "a", **changes: Any) -> ActivationCode:
    kept = {"state": CodeState.SHOWN, "code_hash": CodeKeys(PERSON_KEY).hash(ident * 32, "7" * 12)}
    return a_code(ident, **({**kept, "expires_at": NOON + HOUR} | changes))


def add(database: Database, code: ActivationCode, now: datetime = NOON) -> bool:
    with database.transaction() as db:
        return codes.add(db, code, now)


def all_of(database: Database) -> list[ActivationCode]:
    with database.reading() as db:
        return list(db.scalars(select(ActivationCode).order_by(ActivationCode.id)))


def live(database: Database, username: str, now: datetime = NOON) -> int:
    with database.transaction() as db:
        return len(codes.live_named(db, username, now))


def test_an_account_has_one_request_until_that_lapses(database: Database) -> None:
    assert add(database, a_code("a"))
    assert not add(database, a_code("b", requested_at=NOON + HOUR - SECOND), NOON + HOUR - SECOND)
    assert add(database, a_code("c", entry_id="e2"))
    assert add(database, a_code("d", requested_at=NOON + HOUR), NOON + HOUR)
    assert [each.state for each in all_of(database)] == [CodeState.LAPSED, CodeState.REQUESTED, CodeState.REQUESTED]


def test_of_many_requests_at_once_one_is_taken(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda ident: add(database, a_code(ident)), "abcdef01"))
    assert taken.count(True) == 1


@pytest.mark.parametrize(
    ("code", "over"),
    [
        (a_code(state=CodeState.REQUESTED), HOUR),
        (a_code(state=CodeState.APPROVED, decided_at=NOON + HOUR), 2 * HOUR),
        (shown(expires_at=NOON + 3 * HOUR), 3 * HOUR),
    ],
    ids=["requested", "approved", "shown"],
)
def test_time_ends_a_request_an_approval_and_a_code(code: ActivationCode, over: timedelta) -> None:
    assert code.standing(NOON + over - SECOND) is code.state
    assert code.standing(NOON + over) is CodeState.LAPSED


def test_what_has_ended_stays_what_it_was() -> None:
    assert shown(state=CodeState.USED).standing(NOON + 9 * HOUR) is CodeState.USED


def test_a_code_is_found_by_its_name_in_any_case_while_it_lives(database: Database) -> None:
    with database.transaction() as db:
        db.add_all([shown("a", username="Søren"), shown("b", entry_id="e2", directory="staff", username="SØREN")])
    assert live(database, "søren") == 2
    assert live(database, "soren") == 0
    assert live(database, "søren", NOON + HOUR) == 0


def test_parallel_wrong_tries_are_all_counted_and_end_the_code(database: Database) -> None:
    with database.transaction() as db:
        db.add(shown())

    def wrong(_number: int) -> None:
        with database.transaction() as db:
            codes.count_wrong(db, codes.live_named(db, "freja", NOON), 5, NOON)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(wrong, range(8)))
    [code] = all_of(database)
    assert (code.state, code.failed_tries, code.code_hash) == (CodeState.BLOCKED, 5, None)


def test_the_hash_is_of_this_row_this_key_and_this_code() -> None:
    keys, other = CodeKeys(PERSON_KEY), CodeKeys(b"x" * 32)
    kept = keys.hash("a" * 32, "7" * 12)
    assert keys.fits("a" * 32, "7" * 12, kept)
    assert not keys.fits("b" * 32, "7" * 12, kept)
    assert not keys.fits("a" * 32, "8" * 12, kept)
    assert not other.fits("a" * 32, "7" * 12, kept)
    assert "7" * 12 not in kept
    assert repr(keys) == "CodeKeys()"


def test_a_newer_code_takes_the_place_of_the_live_one_of_its_account_alone(database: Database) -> None:
    with database.transaction() as db:
        db.add_all([shown("a"), shown("b", entry_id="e2")])
        db.flush()
        codes.replace(db, shown("a").key, NOON)
    assert [(each.state, bool(each.code_hash)) for each in all_of(database)] == [
        (CodeState.REPLACED, False),
        (CodeState.SHOWN, True),
    ]


def test_a_mail_knows_that_a_code_opened_the_page(database: Database) -> None:
    for place, link in enumerate(("code:" + "a" * 32, "mapping:" + "a" * 32, "")):
        with database.transaction() as db:
            attempt = an_attempt(NOON + place * SECOND)
            attempt.look_at, attempt.link = None, link
            db.add(attempt)
            db.flush()
            about = outbox.of_attempt(db, attempt.id, MailKind.CHANGED, NOON)
            outbox.put(db, about, [Receiver(Channel.MAIL, "freja@example.dk")], "da", NOON)
        with database.transaction() as db:
            mail = outbox.claim(db, NOON, Channel.MAIL)
        assert mail is not None
        assert mail.by_code is link.startswith("code:")


def test_a_login_by_code_has_nothing_that_the_hub_could_name(database: Database) -> None:
    with database.transaction() as db:
        db.add(code := shown())
        login, token = codes.begin(db, code, "da", "Freja", NOON + HOUR, NOON)
        assert (login.name_id, login.issuer, login.request_id) == (None, None, "code:" + "a" * 32)
        assert token not in repr(vars(login))
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Login)) == 1
