"""The demo's invented history: of a believable shape, and as sound as what the service writes itself."""

from datetime import UTC, datetime

import pytest

from resetapp.core.outcomes import Outcome
from resetapp.demo.history import write_history
from resetapp.demo.history_readiness import write_readiness
from resetapp.readiness import ready
from resetapp.settings import Staff
from resetapp.statistics import Period, statistics
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database
from resetapp.storage.schema import upgrade
from resetapp.storage.verification import verify
from resetapp.texts import TIME_ZONE

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = bytes(32)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    url = f"sqlite:///{tmp_path_factory.mktemp('history')}/history.db"
    upgrade(url)
    write_history(url, KEY, NOW)
    write_readiness(url, NOW)
    return Database(url)


def test_its_audit_trail_is_whole(database: Database) -> None:
    with database.reading() as db:
        found = verify(db, Journal(KEY).seals)
    assert found.broken == []
    assert found.events > 4000


def test_it_is_busy_on_working_days_in_working_hours_and_at_the_start_of_a_semester(database: Database) -> None:
    found = statistics(database, Staff(), Period.QUARTER, NOW, TIME_ZONE)
    assert 1000 <= (found.total or 0) <= 2500
    assert 70 <= (found.share or 0) <= 90
    assert (found.weekdays[0].done or 0) > 3 * (found.weekdays[5].done or 0)
    assert (found.hours[9].done or 0) > 5 * (found.hours[22].done or 0)
    weeks = [pair.done or 0 for pair in found.dates.values()]
    assert weeks[1] > 1.5 * weeks[6]
    assert {Outcome.NO_ACCOUNT, Outcome.CANCELLED, Outcome.EXPIRED} <= set(found.outcomes)
    assert set(found.directories) == {"people", "staff"}
    assert 60 < (found.median or 0) < (found.slow or 0) < 600


def test_the_accounts_without_a_number_become_fewer_towards_the_start_of_term(database: Database) -> None:
    for found in ready(database, ["people", "staff"], NOW):
        assert found.fault is None
        assert found.numbers is not None
        assert [each.days for each in found.numbers.earlier] == [7, 30]
        assert all(each.change is not None and each.change < 0 for each in found.numbers.earlier)
        assert (found.numbers.neither or 0) > 0
