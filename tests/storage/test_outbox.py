"""Mails that wait: claimed by one sender, tried again with growing pauses, and forgotten when they are done."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from resetapp.storage import outbox, persons, retention
from resetapp.storage.database import Database
from resetapp.storage.outbox import LEASE, About, Channel, MailKind, MailState, OutboxMail, Receiver
from resetapp.storage.tables import Attempt, Login
from tests.builders import JOURNAL, NOON
from tests.storage.test_retention import an_attempt

ADDRESSES = ("freja@example.dk", "freja@example.net")
SECOND = timedelta(seconds=1)


@pytest.fixture
def attempt_id(database: Database) -> str:
    with database.transaction() as db:
        attempt = an_attempt(NOON)
        attempt.look_at = None
        db.add(attempt)
        db.flush()
        return attempt.id


def mailed(*addresses: str) -> list[Receiver]:
    return [Receiver(Channel.MAIL, each) for each in addresses]


def put(database: Database, attempt_id: str, *addresses: str) -> int:
    with database.transaction() as db:
        about = outbox.of_attempt(db, attempt_id, MailKind.CHANGED, NOON)
        return outbox.put(db, about, mailed(*(addresses or ADDRESSES[:1])), "da", NOON)


def of_mapping(mapping_id: str, kind: MailKind = MailKind.MAPPING_REQUESTED, **more: Any) -> About:
    return About(kind=kind, directory="people", username="freja", happened_at=NOON, mapping_id=mapping_id, **more)


def put_about(database: Database, about: About, *addresses: str) -> int:
    with database.transaction() as db:
        return outbox.put(db, about, mailed(*(addresses or ADDRESSES)), "da", NOON)


def put_many(database: Database, *told: tuple[About, Sequence[str]]) -> int:
    with database.transaction() as db:
        return outbox.put_many(db, [(about, mailed(*addresses)) for about, addresses in told], "da", NOON)


def claim(database: Database, at: datetime = NOON) -> OutboxMail | None:
    with database.transaction() as db:
        return outbox.claim(db, at, Channel.MAIL)


def claimed(database: Database, at: datetime = NOON) -> OutboxMail:
    mail = claim(database, at)
    assert mail is not None
    return mail


def end(database: Database, mail: OutboxMail, state: MailState = MailState.SENT) -> bool:
    with database.transaction() as db:
        return outbox.end(db, mail, state, NOON)


def put_off(database: Database, mail: OutboxMail, at: datetime) -> bool:
    with database.transaction() as db:
        return outbox.put_off(db, mail, at)


def rows(database: Database) -> list[OutboxMail]:
    with database.reading() as db:
        return list(db.scalars(select(OutboxMail).order_by(OutboxMail.number)))


def test_each_address_has_its_mail_and_a_change_is_told_once(database: Database, attempt_id: str) -> None:
    assert put(database, attempt_id, *ADDRESSES) == 2
    assert put(database, attempt_id, *ADDRESSES) == 0
    assert [each.address for each in rows(database)] == list(ADDRESSES)
    assert len({each.id for each in rows(database)}) == 2
    assert end(database, claimed(database))
    assert put(database, attempt_id, *ADDRESSES) == 0  # also when it has been sent


def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(database: Database, attempt_id: str) -> None:
    put(database, attempt_id)
    first = claimed(database)
    assert claim(database, NOON + LEASE - SECOND) is None
    second = claimed(database, NOON + LEASE)
    assert (second.id, second.tries) == (first.id, 2)
    assert not end(database, first)  # the first may no longer say what became of it
    assert not put_off(database, first, NOON + LEASE)
    assert end(database, second)
    assert claim(database, NOON + timedelta(days=9)) is None


def test_of_many_senders_one_gets_the_mail(database: Database, attempt_id: str) -> None:
    put(database, attempt_id)
    start = threading.Barrier(6)

    def sender(_: int) -> OutboxMail | None:
        start.wait()
        return claim(database)

    with ThreadPoolExecutor(6) as pool:
        assert len([each for each in pool.map(sender, range(6)) if each]) == 1


@pytest.mark.parametrize("state", [MailState.SENT, MailState.GIVEN_UP])
def test_address_and_language_go_when_it_is_done(database: Database, attempt_id: str, state: MailState) -> None:
    put(database, attempt_id)
    assert end(database, claimed(database), state)
    [mail] = rows(database)
    assert (mail.state, mail.address, mail.language, mail.next_at, mail.claim) == (state, None, None, None, None)
    assert mail.ended_at == NOON


def test_the_pauses_grow_and_end_after_two_days(database: Database, attempt_id: str) -> None:
    put(database, attempt_id)
    at, pauses = NOON, []
    while True:
        mail = claimed(database, at)
        if not put_off(database, mail, at):
            break
        [row] = rows(database)
        assert row.next_at is not None
        assert claim(database, row.next_at - SECOND) is None
        pauses.append((row.next_at - at) / timedelta(minutes=1))
        at = row.next_at
    assert pauses[:7] == [1, 3, 9, 27, 81, 243, 360]
    assert at == NOON + timedelta(days=2)
    assert sum(pauses) == 48 * 60


def test_an_address_that_nobody_writes_to_any_more_is_forgotten(database: Database, attempt_id: str) -> None:
    """Mail was switched off while some were waiting."""
    put(database, attempt_id)
    for at, left in ((NOON + timedelta(days=3), ADDRESSES[0]), (NOON + timedelta(days=3, seconds=1), None)):
        with database.transaction() as db:
            retention.prune(db, 13, at, JOURNAL)
        assert [each.address for each in rows(database)] == [left]
    assert rows(database)[0].state == MailState.GIVEN_UP


def test_who_asks_to_be_erased_is_still_told_and_then_forgotten(database: Database, attempt_id: str) -> None:
    """Or a thief could have the notice stopped."""
    put(database, attempt_id, *ADDRESSES)
    assert end(database, claimed(database))
    with database.transaction() as db:
        assert persons.erase(db, "f" * 64, NOON + timedelta(hours=1), JOURNAL, {}).mails == 1
    assert [each.address for each in rows(database)] == [ADDRESSES[1]]
    with database.transaction() as db:
        assert db.scalars(select(Attempt.id)).all() == [attempt_id]
        assert outbox.of_person(db, "e" * 64) == []
        assert [each.number for each in outbox.of_person(db, "f" * 64)] == [2]


def test_a_mail_keeps_the_facts_of_its_attempt_and_goes_with_it(database: Database, attempt_id: str) -> None:
    put(database, attempt_id)
    [mail] = rows(database)
    assert (mail.directory, mail.username, mail.reference, mail.person) == ("people", "freja", "7KQ4-M2XD", "f" * 64)
    with database.transaction() as db:
        db.execute(delete(Login))
    assert rows(database) == []


def test_each_kind_about_a_mapping_is_told_once(database: Database) -> None:
    for kind in (MailKind.MAPPING_REQUESTED, MailKind.MAPPING_APPROVED):
        assert put_about(database, of_mapping("a" * 32, kind)) == 2
        assert put_about(database, of_mapping("a" * 32, kind)) == 0
    assert put_about(database, of_mapping("b" * 32)) == 2
    assert len(rows(database)) == 6


def test_each_time_that_support_unlocks_an_account_its_owner_is_told(database: Database) -> None:
    about = About(kind=MailKind.UNLOCKED_BY_SUPPORT, directory="people", username="freja", happened_at=NOON)
    assert [put_about(database, about, ADDRESSES[0]) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("told_before", [0, 1])
def test_many_mappings_are_told_each_once(database: Database, told_before: int) -> None:
    several = [(of_mapping(f"{n:032x}"), ADDRESSES if n == 1 else ADDRESSES[:1]) for n in range(1100)]
    put_many(database, *several[:told_before])
    assert put_many(database, *several) == 1101 - told_before
    assert put_many(database, *several) == 0
    assert put_many(database, (of_mapping("0" * 32, MailKind.MAPPING_APPROVED), ())) == 0


def test_what_is_urgent_waits_for_no_import(database: Database, attempt_id: str) -> None:
    put_many(database, *[(of_mapping(f"{n:032x}"), ADDRESSES[:1]) for n in range(1100)])
    while claim(database):
        pass
    assert sum(bool(each.claim) for each in rows(database)) == 100
    put(database, attempt_id)
    assert claimed(database).change == MailKind.CHANGED
    waiting = [each.next_at for each in rows(database) if each.next_at and not each.claim]
    assert (len(waiting), min(waiting), max(waiting)) == (1000, NOON + 0.2 * SECOND, NOON + 200 * SECOND)


def test_a_sender_gets_only_what_goes_its_own_way(database: Database, attempt_id: str) -> None:
    with database.transaction() as db:
        about = outbox.of_attempt(db, attempt_id, MailKind.CHANGED, NOON)
        told = [Receiver(Channel.WEBHOOK, None), *mailed(ADDRESSES[0]), Receiver(Channel.SMS, "+4520000000")]
        assert outbox.put(db, about, told, "da", NOON) == 2  # the webhook tells no owner
        for channel in (Channel.SMS, Channel.MAIL, Channel.WEBHOOK):
            assert outbox.is_due(db, NOON, channel)
            found = outbox.claim(db, NOON, channel)
            assert found is not None
            assert found.channel == channel
            db.flush()
            assert outbox.claim(db, NOON, channel) is None
            assert not outbox.is_due(db, NOON, channel)


def test_who_is_known_to_own_the_account_of_a_mapping_sees_the_mail(database: Database) -> None:
    put_about(database, of_mapping("a" * 32, person="f" * 64), ADDRESSES[0])
    put_about(database, of_mapping("b" * 32), ADDRESSES[0])
    with database.transaction() as db:
        assert [each.mapping_id for each in outbox.of_person(db, "f" * 64)] == ["a" * 32]
        assert outbox.erase_person(db, "f" * 64) == 1
    assert end(database, claimed(database))
    with database.transaction() as db:
        assert outbox.erase_person(db, "f" * 64) == 0
        assert outbox.of_person(db, "f" * 64) == []
    assert [each.mapping_id for each in rows(database)] == ["b" * 32]


def test_only_what_is_queued_or_sent_is_told_on_the_receipt(database: Database, attempt_id: str) -> None:
    def told() -> dict[str, frozenset[Channel]]:
        with database.reading() as db:
            return outbox.told_about(db, [attempt_id, "another"])

    assert told() == {}
    ways = [(Channel.MAIL, "a@example.dk"), (Channel.SMS, "+4520000078"), (Channel.WEBHOOK, None)]
    with database.transaction() as db:
        about = outbox.of_attempt(db, attempt_id, MailKind.CHANGED, NOON)
        outbox.put(db, about, [Receiver(*each) for each in ways], "da", NOON)
    assert told() == {attempt_id: {Channel.MAIL, Channel.SMS}}
    assert end(database, claimed(database), MailState.GIVEN_UP)
    assert told() == {attempt_id: {Channel.SMS}}
