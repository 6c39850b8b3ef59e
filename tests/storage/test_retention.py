"""Every table is covered by the daily job: nothing lives longer than it may, and the proof keeps its months."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resetapp.core.codes import CodeState, IdCheck
from resetapp.core.event import Event
from resetapp.core.events import LoginEnded, NoticeCleared, PersonExported
from resetapp.core.mappings import MappingState, RequestKind, RequestState
from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.core.staff import Purpose
from resetapp.storage import attempts, retention
from resetapp.storage.codes import ActivationCode
from resetapp.storage.database import Database
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import MailKind, MailState, OutboxMail
from resetapp.storage.readiness import Readiness
from resetapp.storage.tables import Attempt, AuditEvent, Count, Login, NoticeRow, SeenMessage, StaffLogin, Table, Visit
from tests.builders import JOURNAL, NOON

MONTHS = 13
LIMIT = timedelta(days=31 * MONTHS)


def a_login(at: datetime, **more: object) -> Login:
    known = {"reference": "7KQ4-M2XD", "request_id": f"_{at}", "browser_hash": f"b{at}", "language": "da"}
    return Login(**known | {"opened_at": at, "completed_at": at, "ended_at": at, "outcome": Outcome.DONE} | more)


def a_visit(at: datetime, **more: object) -> Visit:
    known = {"login": a_login(at), "person": "f" * 64, "candidates": [], "not_asked": [], "opened_at": at}
    return Visit(**known | more)


def a_staff_login(at: datetime) -> StaffLogin:
    who = {"person": "f" * 64, "directory": "people", "entry_id": "1", "username": "astrid", "roles": ["support"]}
    return StaffLogin(login=a_login(at, purpose=Purpose.CONSOLE), **who)


def an_attempt(at: datetime) -> Attempt:
    known = {"id": f"{at:%Y%m%d%H%M%S}", "number": 1, "person": "f" * 64, "directory": "people", "entry_id": str(at)}
    made = Attempt(**known, username="freja", state=AttemptState.SENDING, ready_at=at, sent_at=at, look_at=at)
    made.visit = a_visit(at)
    return made


def a_mail(at: datetime) -> OutboxMail:
    """About no attempt, with which it would go."""
    known = {"change": MailKind.CHANGED, "state": MailState.SENT, "queued_at": at, "ended_at": at}
    return OutboxMail(id="m", number=1, username="freja", happened_at=at, **known)


def a_request(at: datetime) -> MappingRequest:
    known = {"kind": RequestKind.SINGLE, "state": RequestState.REJECTED, "requested_by": "f" * 64, "requester": "mia"}
    return MappingRequest(id="r", reason="Sag 1", requested_at=at, **known)


def a_mapping(at: datetime) -> AccountMapping:
    known = {"directory": "people", "entry_id": "1", "username": "freja", "key_id": "a", "cpr_index": "c" * 64}
    made = AccountMapping(id="m", state=MappingState.REMOVED, requested_at=at, ended_at=at, **known)
    made.request = a_request(at)
    return made


def a_code(at: datetime) -> ActivationCode:
    known = {"directory": "people", "entry_id": "1", "username": "freja", "id_check": IdCheck.PASSPORT, "note": "Set"}
    who = {"requested_by": "f" * 64, "requester": "tora", "requested_at": at, "ended_at": at}
    return ActivationCode(id="c", state=CodeState.USED, **known, **who)


MAKERS: Mapping[str, Callable[[datetime], Table]] = MappingProxyType(
    {
        "login": a_login,
        "visit": a_visit,
        "attempt": an_attempt,
        "outbox": a_mail,
        "staff_login": a_staff_login,
        "mapping_request": a_request,
        "mapping": a_mapping,
        "activation_code": a_code,
        "seen_message": lambda at: SeenMessage(message_id="_m", expires_at=at),
        "readiness": lambda at: Readiness(directory="people", counted_at=at),
        "notice": lambda at: NoticeRow(text_da="Lukket.", text_en="Closed.", starts_at=at, ends_at=at),
        "count": lambda at: Count(kind="login_started", subject="a" * 64, at=at),
    }
)


KEPT = {"audit_event": 1, "audit_head": 1}  # the chain stays, and nobody is named in it (test_audit.py)
HELD = (*KEPT, "stop")  # a stop lasts until the operator ends it


def rows(db: Session) -> dict[str, int]:
    tables = Table.metadata.sorted_tables
    return {table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.mark.parametrize("table", [table.name for table in Table.metadata.sorted_tables if table.name not in HELD])
def test_no_row_of_any_table_outlives_the_months(database: Database, table: str) -> None:
    with database.transaction() as db:
        db.add(MAKERS[table](NOON - LIMIT - timedelta(seconds=1)))
    with database.transaction() as db:
        assert rows(db)[table] == 1
        retention.prune(db, MONTHS, NOON, JOURNAL)
    with database.reading() as db:
        assert set(rows(db).values()) == {0}


@pytest.mark.parametrize(
    ("event", "months", "kept"),
    [
        (LoginEnded(by="person"), 13, 13),
        (LoginEnded(by="person"), 1, 6),
        (NoticeCleared(by="1000"), 60, 60),
        (NoticeCleared(by="1000"), 6, 12),
        (PersonExported(by="1000", logins=1), 1, 6),
    ],
)
def test_the_facts_of_an_event_go_with_the_months_but_not_too_early(
    database: Database, event: Event, months: int, kept: int
) -> None:
    with database.transaction() as db:
        JOURNAL.write(db, event, NOON)
    for at, left in ((NOON + timedelta(days=31 * kept), True), (NOON + timedelta(days=31 * kept, seconds=1), False)):
        with database.transaction() as db:
            retention.prune(db, months, at, JOURNAL)
        with database.reading() as db:
            found = db.scalars(select(AuditEvent)).one()
            assert (found.facts is not None) == left
            assert rows(db) == dict.fromkeys(rows(db), 0) | KEPT


def test_a_change_keeps_its_months_with_its_login(database: Database) -> None:
    with database.transaction() as db:
        db.add(an_attempt(NOON - LIMIT))
    with database.transaction() as db:
        assert retention.prune(db, MONTHS, NOON, JOURNAL) == 0
    with database.transaction() as db:
        kept = db.scalars(select(Attempt)).one()
        assert (kept.visit.person, kept.visit.login.reference) == ("f" * 64, "7KQ4-M2XD")
        assert retention.prune(db, MONTHS, NOON + timedelta(seconds=1), JOURNAL) == 1


def test_counts_of_accounts_stay_for_a_year_whatever_the_months(database: Database) -> None:
    with database.transaction() as db:
        db.add(Readiness(directory="people", counted_at=NOON))
    for at, left in ((NOON + timedelta(days=31 * 12), 1), (NOON + timedelta(days=31 * 12, seconds=1), 0)):
        with database.transaction() as db:
            retention.prune(db, 1, at, JOURNAL)
            assert rows(db)["readiness"] == left


@pytest.mark.parametrize("months", [1, 60])
def test_the_months_are_those_of_the_settings(database: Database, months: int) -> None:
    with database.transaction() as db:
        db.add(a_login(NOON))
    with database.transaction() as db:
        assert retention.prune(db, months, NOON + timedelta(days=31 * months), JOURNAL) == 0
        assert retention.prune(db, months, NOON + timedelta(days=31 * months, seconds=1), JOURNAL) == 1


def test_an_ended_login_keeps_no_name_but_for_a_day(database: Database) -> None:
    named = {"name_id": "_n", "name_qualifier": "q", "sp_name_qualifier": "s", "session_index": "_i"}
    with database.transaction() as db:
        db.add(a_login(NOON, **named))
    with database.transaction() as db:
        retention.prune(db, MONTHS, NOON + timedelta(days=1, seconds=1), JOURNAL)
    with database.reading() as db:
        login = db.scalars(select(Login)).one()
        assert [getattr(login, name) for name in named] == [None] * 4


def test_an_attempt_is_given_up_before_the_shortest_months_are_over() -> None:
    """So that no row that keeps an account from others is deleted while it still does."""
    assert timedelta(days=31) > attempts.GIVE_UP_AFTER
