"""From when a mapping counts, asked of a database as it is at the moment of use."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from resetapp.core.mappings import MappingState
from resetapp.storage.database import Database
from resetapp.storage.mapping_list import held
from resetapp.storage.mapping_start import Start, starts
from resetapp.storage.outbox import Channel, MailKind, MailState, OutboxMail
from tests.builders import NOON
from tests.storage.mapping_rows import a_request, a_row, keep, kept_row

LONG, SHORT, HOUR = timedelta(hours=72), timedelta(hours=24), timedelta(hours=1)
TOLD: dict[str, Any] = {"state": MailState.SENT, "ended_at": NOON + HOUR}


@pytest.fixture
def mapped(database: Database) -> Database:
    """Approved at noon, with the short wait; and one that waits for that."""
    rows = [a_row("m", state=MappingState.APPROVED, active_from=NOON + SHORT), a_row("asked")]
    assert keep(database, rows, a_request(decided_by="b" * 64, decider="it", decided_at=NOON))
    return database


def add(database: Database, number: int = 1, **facts: Any) -> None:
    known = {"change": MailKind.MAPPING_APPROVED, "channel": Channel.MAIL, "mapping_id": "m", "username": "m"}
    with database.transaction() as db:
        db.add(OutboxMail(id=str(number), number=number, happened_at=NOON, queued_at=NOON, **(known | facts)))


def start(database: Database, ident: str = "m", cool_down: timedelta = LONG) -> Start:
    row = kept_row(database, ident)
    with database.reading() as db:
        return starts(db, [row], cool_down)[ident]


def first(database: Database, now: datetime) -> str:
    with database.reading() as db:
        return held(db, now, LONG, 0, 9)[0].id


def test_what_nobody_has_approved_has_no_start(mapped: Database) -> None:
    assert start(mapped, "asked") == Start()
    assert not start(mapped, "asked").reached(NOON + 9 * LONG)


@pytest.mark.parametrize(
    "facts",
    [
        {"state": MailState.QUEUED},
        {"state": MailState.GIVEN_UP, "ended_at": NOON},
        TOLD | {"channel": Channel.WEBHOOK},
        TOLD | {"change": MailKind.MAPPING_REQUESTED},
        TOLD | {"mapping_id": "asked"},
    ],
    ids=str,
)
def test_without_a_notice_that_was_sent_it_is_the_long_wait(mapped: Database, facts: dict[str, Any]) -> None:
    assert start(mapped) == Start(NOON + LONG, untold=True)
    add(mapped, **facts)
    assert start(mapped) == Start(NOON + LONG, untold=True)


@pytest.mark.parametrize("channel", [Channel.MAIL, Channel.SMS])
def test_the_short_wait_runs_from_the_first_that_was_sent(mapped: Database, channel: Channel) -> None:
    add(mapped, 1, **TOLD | {"ended_at": NOON + 5 * HOUR})
    add(mapped, 2, **TOLD | {"channel": channel})
    add(mapped, 3, state=MailState.GIVEN_UP, ended_at=NOON)
    assert start(mapped) == Start(NOON + SHORT + HOUR)


def test_it_never_begins_before_the_sealed_moment_nor_after_the_long_wait(mapped: Database) -> None:
    add(mapped, **TOLD | {"ended_at": NOON + LONG - HOUR})
    assert start(mapped) == Start(NOON + LONG)
    assert start(mapped, cool_down=HOUR) == Start(NOON + SHORT)


def test_the_list_begins_with_what_does_not_count_yet_for_want_of_a_notice(mapped: Database) -> None:
    assert keep(mapped, [a_row("a", request_id="old", state=MappingState.APPROVED, active_from=NOON)], _older())
    assert first(mapped, NOON + SHORT + HOUR) == "m"
    add(mapped, **TOLD)
    assert first(mapped, NOON + SHORT + HOUR) == "a"


def _older() -> Any:
    return a_request("old", decided_by="b" * 64, decider="it", decided_at=NOON - LONG)
