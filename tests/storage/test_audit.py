"""The audit trail shows every change that its writer did not make (ASVS 16.4.2, security.md L-05)."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from resetapp.core.event import Kind
from resetapp.core.events import EVENTS, LoginEnded, LoginRefused, PasswordSending, PersonExported
from resetapp.storage import audit
from resetapp.storage.audit import ANCHOR, Anchor, Journal
from resetapp.storage.chain import Seals, facts_hash
from resetapp.storage.database import Database, Session
from resetapp.storage.tables import Attempt, AuditEvent, AuditHead, Login, Visit
from resetapp.storage.verification import Flaw, Verification, verify
from tests.builders import NOON

KEY = bytes(range(32))
SEALS = Seals(KEY)
PERSON = "f" * 64


def written(database: Database, count: int = 5) -> None:
    journal = Journal(KEY)
    for number in range(count):
        with database.transaction() as db:
            journal.write(db, LoginEnded(reference="7KQ4-M2XD", person=PERSON, by="person"), NOON + number * STEP)


STEP = timedelta(microseconds=1)


def checked(database: Database, *anchors: Anchor) -> Verification:
    with database.reading() as db:
        return verify(db, SEALS, anchors)


def newest(database: Database) -> Anchor:
    with database.reading() as db:
        found = audit.anchor(db)
    assert found is not None
    return found


def test_what_was_written_holds_and_tells_what_happened(database: Database) -> None:
    written(database)
    found = checked(database)
    assert (found.events, found.erased, found.broken, found.newest) == (5, 0, [], newest(database))
    with database.reading() as db:
        events = list(audit.events(db, NOON + STEP, NOON + 3 * STEP))
    assert [each.seq for each in events] == [2, 3]
    assert json.loads(events[0].facts or "") == {"by": "person", "person": PERSON, "reference": "7KQ4-M2XD"}


def edit(values: dict[str, object]) -> Callable[[Session], object]:
    return lambda db: db.execute(update(AuditEvent).where(AuditEvent.seq == 3).values(values))


def swap(db: Session) -> None:
    """Two events change places, each whole."""
    for before, after in ((2, 90), (3, 2), (90, 3)):
        db.execute(update(AuditEvent).where(AuditEvent.seq == before).values(seq=after))


def put_in(db: Session) -> None:
    """An event of somebody who knows how hashes are made, but not the key; everything after it is made to fit."""
    Journal(b"not the key of this service here").write(db, LoginEnded(reference="7KQ4-M2XD", by="hub"), NOON)


def cut(db: Session) -> None:
    db.execute(text("DELETE FROM audit_event WHERE seq > 3"))


def cut_and_told(db: Session) -> None:
    cut(db)
    hash_ = db.get_one(AuditEvent, 3).hash
    db.execute(update(AuditHead).values(seq=3, hash=hash_))


def no_object(db: Session) -> None:
    """By somebody who knows how hashes are made, but not what an event's facts are."""
    edit({"facts": "[]", "facts_hash": facts_hash("00", "[]"), "salt": "00"})(db)


HASHES = "0" * 64
TAMPERED: dict[str, tuple[Callable[[Session], object], int]] = {
    "facts": (edit({"facts": '{"by":"hub","person":"","reference":"7KQ4-M2XD"}'}), 3),
    "name": (edit({"name": "login.completed"}), 3),
    "time": (edit({"at": NOON - timedelta(days=1)}), 3),
    "reference": (edit({"reference": "AAAA-AAAA"}), 3),
    "person": (edit({"person": None}), 3),
    "hash": (edit({"hash": HASHES}), 3),
    "seal": (edit({"seal": HASHES}), 3),
    "a hash that is none": (edit({"hash": "é"}), 3),
    "salt that is none": (edit({"salt": "é"}), 3),
    "a hash of facts that is none": (edit({"facts_hash": "é"}), 3),
    "facts that are no object": (no_object, 3),
    "facts deleted": (edit({"facts": None, "salt": None}), 3),
    "facts deleted as if by us": (edit({"facts": None, "salt": None, "erased": HASHES}), 3),
    "one deleted": (lambda db: db.execute(text("DELETE FROM audit_event WHERE seq = 3")), 3),
    "the first deleted": (lambda db: db.execute(text("DELETE FROM audit_event WHERE seq = 1")), 1),
    "moved": (swap, 2),
    "put in": (put_in, 6),
    "cut off": (cut, 4),
    "cut off, and the head set back": (cut_and_told, 3),
    "head deleted": (lambda db: db.execute(text("DELETE FROM audit_head")), 6),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_tampered_with_is_named(database: Database, how: str) -> None:
    written(database)
    tamper, seq = TAMPERED[how]
    with database.transaction() as db:
        tamper(db)
    broken = checked(database).broken
    assert broken
    assert min(each.seq for each in broken) == seq, broken


def test_all_deleted_is_seen_by_the_logins_that_are_still_there(database: Database) -> None:
    with database.transaction() as db:
        db.add(Login(reference="7KQ4-M2XD", request_id="_1", browser_hash="b", language="da", opened_at=NOON))
    written(database)
    with database.transaction() as db:
        db.execute(text("DELETE FROM audit_event"))
        db.execute(text("DELETE FROM audit_head"))
    assert checked(database).broken


def test_an_older_copy_of_everything_is_seen_by_an_anchor(database: Database) -> None:
    written(database, 3)
    older = newest(database)
    written(database, 2)
    kept = newest(database)
    with database.transaction() as db:  # what a restored backup comes to
        db.execute(text("DELETE FROM audit_event WHERE seq > 3"))
        db.execute(update(AuditHead).values(seq=3, hash=older.hash, seal=SEALS.head(3, older.hash)))
    assert checked(database).broken == []
    assert checked(database, older).broken == []
    assert [each.seq for each in checked(database, older, kept).broken] == [4]
    assert [each.seq for each in checked(database, Anchor(2, HASHES)).broken] == [2]


@pytest.mark.parametrize("newest_first", [False, True])
def test_an_older_copy_that_was_written_on_is_seen_by_the_anchor_of_the_same_number(
    database: Database, newest_first: bool
) -> None:
    """The log then holds two anchors with one number: that the later one fits says nothing for the earlier one."""
    written(database)
    told = [Anchor(5, HASHES), newest(database)]
    broken = checked(database, *(reversed(told) if newest_first else told)).broken
    assert [(each.seq, each.flaw) for each in broken] == [(5, Flaw.ANCHOR)]


def test_an_anchor_is_found_again_in_a_line_of_the_log(database: Database) -> None:
    written(database, 1)
    told = newest(database)
    found = ANCHOR.search(f'{{"message": "{told}", "level": "INFO"}}')
    assert found is not None
    assert Anchor(int(found["seq"]), found["hash"]) == told


def test_writers_on_several_connections_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: written(database, 10), range(4)))
    found = checked(database)
    assert (found.events, found.broken) == (40, [])


def test_an_event_goes_with_its_transaction(database: Database) -> None:
    written(database, 1)
    with database.transaction() as db:
        Journal(KEY).write(db, LoginEnded(by="person"), NOON)
        db.rollback()
    found = checked(database)
    assert (found.events, found.broken) == (1, [])


def test_facts_are_erased_after_their_time_and_the_chain_still_holds(database: Database) -> None:
    journal, old = Journal(KEY), NOON - timedelta(days=400)
    with database.transaction() as db:
        journal.write(db, LoginEnded(reference="7KQ4-M2XD", person=PERSON, by="person"), old)
        journal.write(db, PersonExported(person=PERSON, by="1000", logins=1), old)
        journal.write(db, sending(), old)
        journal.write(db, sending(), NOON)
    with database.transaction() as db:
        before = {Kind.LOGIN: NOON - timedelta(days=186), Kind.CHANGE: NOON - timedelta(days=401)}
        assert journal.erase_old(db, before) == 1
    found = checked(database)
    assert (found.events, found.erased, found.broken) == (4, 1, [])
    with database.reading() as db:
        gone = db.get_one(AuditEvent, 1)
        assert (gone.facts, gone.salt, gone.reference, gone.person) == (None, None, None, None)


def test_a_persons_events_are_erased_but_for_the_proof_of_changes(database: Database) -> None:
    journal = Journal(KEY)
    with database.transaction() as db:
        journal.write(db, LoginEnded(reference="7KQ4-M2XD", person=PERSON, by="person"), NOON)
        journal.write(db, sending(), NOON)
        journal.write(db, LoginEnded(reference="AAAA-AAAA", person="e" * 64, by="person"), NOON)
        assert journal.erase_person(db, PERSON) == 1
    assert checked(database).broken == []
    with database.reading() as db:
        assert [each.seq for each in audit.of_person(db, PERSON)] == [2]
        assert [each.seq for each in audit.of_person(db, "e" * 64)] == [3]


def sending() -> PasswordSending:
    return PasswordSending(
        reference="7KQ4-M2XD", person=PERSON, attempt="a", directory="people", entry_id="1", username="freja"
    )


def test_every_event_is_declared_once_under_its_own_name() -> None:
    assert all(event.name == name and event.kind in Kind for name, event in EVENTS.items())
    assert LoginRefused.name in EVENTS
    assert repr(SEALS) + repr(Journal(KEY)) == "Seals()Journal()"  # the key is in neither


def test_what_is_written_while_it_is_verified_is_neither_missing_nor_too_much(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(database, 3)
    events = audit.events

    def slowly(db: Session) -> Iterator[AuditEvent]:
        """Others write between the look at the head and the look at the events, and once more before the end."""
        written(database, 2)
        yield from events(db)
        written(database, 1)

    monkeypatch.setattr(audit, "events", slowly)
    found = checked(database)
    assert found.broken == []
    assert found.events >= 3


def test_a_username_that_is_a_cpr_number_stays_out_of_the_trail() -> None:
    visit = Visit(login=Login(reference="7KQ4-M2XD"))
    attempt = Attempt(id="a", person=PERSON, directory="people", entry_id="1", username="6101901234")
    assert "6101901234" not in str(audit.about(visit, attempt))
    attempt.username = "freja"
    assert audit.about(visit, attempt)["username"] == "freja"
