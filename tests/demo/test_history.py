"""The demo's invented history: of a believable shape, and as sound as what the service writes itself."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resetapp.core.codes import CodeState
from resetapp.core.mappings import MappingState, RequestKind, RequestState
from resetapp.core.outcomes import Outcome
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.people import PERSONAS, person
from resetapp.demo.people_unnumbered import UNNUMBERED
from resetapp.mapping.overview import Standing, standing
from resetapp.readiness import ready
from resetapp.settings import MappingSettings, Settings
from resetapp.statistics import Period, statistics
from resetapp.storage import audit
from resetapp.storage.codes import ActivationCode
from resetapp.storage.database import Database
from resetapp.storage.mapping_start import starts
from resetapp.storage.mappings import LIVE, AccountMapping, MappingRequest
from resetapp.storage.outbox import MailState, OutboxMail
from resetapp.storage.verification import verify
from resetapp.texts import TIME_ZONE
from tests.demo.written_history import written_history

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings(server_certificates: ServerCertificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with written_history(tmp_path_factory.mktemp("history"), server_certificates, NOW) as settings:
        yield settings


@pytest.fixture(scope="module")
def database(settings: Settings) -> Database:
    return Database(settings.database.url)


def test_its_audit_trail_is_whole_and_in_the_order_of_time(settings: Settings, database: Database) -> None:
    with database.reading() as db:
        found = verify(db, audit.Journal(settings.service.person_key).seals)
        times = [each.at for each in audit.events(db)]
    assert found.broken == []
    assert found.events > 4000
    assert times == sorted(times)
    assert times[-1] <= NOW


def test_it_is_busy_on_working_days_in_working_hours_and_at_the_start_of_a_semester(
    settings: Settings, database: Database
) -> None:
    found = statistics(database, settings.staff, Period.QUARTER, NOW, TIME_ZONE)
    assert 1000 <= (found.total or 0) <= 2500
    assert 70 <= (found.share or 0) <= 90
    assert (found.weekdays[0].done or 0) > 3 * (found.weekdays[5].done or 0)
    assert (found.hours[9].done or 0) > 5 * (found.hours[22].done or 0)
    weeks = [pair.done or 0 for pair in found.dates.values()]
    assert weeks[1] > 1.5 * weeks[6]
    assert {Outcome.NO_ACCOUNT, Outcome.CANCELLED, Outcome.EXPIRED} <= set(found.outcomes)
    assert set(found.directories) == {"people", "staff"}
    assert 60 < (found.median or 0) < (found.slow or 0) < 600


def test_mappings_and_codes_are_there_in_every_state(database: Database) -> None:
    with database.reading() as db:
        rows = db.query(AccountMapping).all()
        requests = {(each.kind, each.state) for each in db.query(MappingRequest)}
        codes = {each.state for each in db.query(ActivationCode)}
        begun = starts(db, rows, MappingSettings().cool_down)
    assert {each.state for each in rows} == set(MappingState)
    assert {standing(each, begun[each.id], NOW) for each in rows if each.state in LIVE} == set(Standing)
    ended = (RequestState.APPROVED, RequestState.REJECTED, RequestState.WITHDRAWN, RequestState.LAPSED)
    single = {*ended, RequestState.WAITING, RequestState.FROZEN}
    assert {state for kind, state in requests if kind is RequestKind.SINGLE} == single
    assert {state for kind, state in requests if kind is RequestKind.CHANGE} == {
        RequestState.APPROVED,
        RequestState.WAITING,
    }
    assert {state for kind, state in requests if kind is RequestKind.IMPORT} == {
        RequestState.FAULTY,
        RequestState.APPROVED,
        RequestState.WAITING,
    }
    assert codes >= {CodeState.REQUESTED, CodeState.REJECTED, CodeState.WITHDRAWN, CodeState.USED, CodeState.BLOCKED}


def test_what_the_staff_did_is_on_record_beside_it(database: Database) -> None:
    with database.reading() as db:
        told = Counter(each.name for each in audit.events(db))
    for name in ("staff.looked_up", "person.seen", "staff.unlock_answered", "staff.denied", "staff.read_events"):
        assert told[name], name
    assert told["staff.logged_in"] > 50
    assert told["mapping.requested"] > 10
    assert told["mapping.first_used"] >= 3
    assert told["code.used"] == 3


def test_only_the_mails_of_the_last_day_are_left_to_be_sent(database: Database) -> None:
    with database.reading() as db:
        mails = db.query(OutboxMail).all()
    assert {each.state for each in mails if each.queued_at < NOW - timedelta(days=1)} == {MailState.SENT}
    waiting = [each for each in mails if each.state is MailState.QUEUED]
    assert person("nanna").accounts[0].username in {each.username for each in waiting}


def test_no_number_of_the_people_in_it_is_kept(settings: Settings) -> None:
    folder = Path(settings.database.url.removeprefix("sqlite:///")).parent
    kept = b"".join(each.read_bytes() for each in folder.iterdir())
    assert person("nanna").accounts[0].username.encode() in kept
    numbers = [each.cpr for each in PERSONAS if each.cpr] + [each.cpr for each in UNNUMBERED]
    assert [each[:6] for each in numbers if each.encode() in kept] == []


def test_the_accounts_without_a_number_become_fewer_towards_the_start_of_term(database: Database) -> None:
    for found in ready(database, ["people", "staff"], NOW):
        assert found.fault is None
        assert found.numbers is not None
        assert [each.days for each in found.numbers.earlier] == [7, 30]
        assert all(each.change is not None and each.change < 0 for each in found.numbers.earlier)
        assert (found.numbers.neither or 0) > 0
