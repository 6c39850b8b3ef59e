"""The emergency stop: nothing gets through any more, wherever it had come to, and everybody is told so (A-11)."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from resetapp.core.codes import CodeState
from resetapp.core.outcomes import AttemptState
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.settings import DatabaseSettings, Limits
from resetapp.settings.model import DirectoryKind
from resetapp.storage import stops
from resetapp.storage.database import Database
from resetapp.storage.stops import Stop
from tests.directory.active_directory import opens
from tests.directory.binding import binds
from tests.directory.opening import settings_on
from tests.directory.proxy import Proxy, between
from tests.servers import samba_domain as domain
from tests.servers.embedded_domain import running_domain
from tests.servers.running import RunningServer
from tests.web import codes_steps
from tests.web.conftest import World, directory_settings
from tests.web.staff_steps import enter, events, send, with_console
from tests.web.test_unlock_for import found
from tests.web.test_visit_races import form, heading, meanwhile, post
from tests.web.visiting import GOOD, account, cpr, rows

STOPPED = "Tjenesten er standset lige nu"
UNCHANGED = "din adgangskode er ikke ændret"
Make = Callable[..., World]


def stop(world: World, danish: str = "", english: str = "") -> None:
    """As the command does it, in another process. The workers' pages do not know of it yet."""
    with world.app.extensions["resetapp"].database.transaction() as db:
        stops.begin(db, Stop(world.clock(), danish, english))


def go_on(world: World) -> None:
    with world.app.extensions["resetapp"].database.transaction() as db:
        stops.end(db)
    world.clock.forward(seconds=4)


def is_told(answer: TestResponse) -> bool:
    return answer.status_code == 503 and heading(answer) == STOPPED and UNCHANGED in answer.text


def test_who_is_in_the_middle_is_told_and_can_go_on_when_it_ends(world: World) -> None:
    world.log_in(cpr("freja"))
    fields = form(world)
    stop(world)
    assert is_told(post(world, "/password", fields | {"password": GOOD}))
    assert [each.state for each in rows(world)] == [AttemptState.READY]
    world.clock.forward(seconds=4)
    assert is_told(world.get("/password"))
    go_on(world)
    assert world.choose_password(GOOD).location == "/done"
    assert binds(world.endpoint, account("freja"), GOOD)


def test_a_password_that_was_allowed_already_is_stopped_at_the_last_moment(world: World) -> None:
    """Between the permission and the request a directory may be waited for, for many seconds."""
    world.log_in(cpr("freja"))
    fields = form(world)
    meanwhile(world, "set_password", lambda: stop(world))
    assert is_told(post(world, "/password", fields | {"password": GOOD}))
    assert not binds(world.endpoint, account("freja"), GOOD)
    [attempt] = rows(world)
    assert (attempt.state, attempt.reasons) == (AttemptState.NOT_SET, ["service_stopped"])
    assert [each["reasons"] for each in events(world, "password.answered")] == [["service_stopped"]]
    go_on(world)
    assert world.get("/password").status_code == 200


def test_what_may_have_been_stopped_is_not_sent(world: World) -> None:
    """The database is lost between the permission and the request: nobody can tell whether it still holds."""
    world.log_in(cpr("freja"))
    fields = form(world)
    path = world.settings.database.url.removeprefix("sqlite:///")

    def lose() -> None:
        world.app.extensions["resetapp"].database.close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{path}{ending}").write_bytes(b"not a database")

    meanwhile(world, "set_password", lose)
    assert post(world, "/password", fields | {"password": GOOD}).status_code in (500, 503)
    assert not binds(world.endpoint, account("freja"), GOOD)


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_page_says_so_within_seconds_with_the_operators_words(world: World, language: str) -> None:
    stop(world, "Vi undersøger noget", "We look into something")
    world.clock.forward(seconds=4)
    said = {
        "da": (STOPPED, "Vi undersøger noget"),
        "en": ("The service is stopped right now", "We look into something"),
    }
    for path in ("/", "/privacy", "/signed-out"):
        page = world.get(f"{path}?lang={language}").text
        assert all(part in page for part in said[language]), path
    assert "/login" not in world.get("/").text
    assert world.get("/login").status_code == 503
    go_on(world)
    assert said[language][0] not in world.get("/").text
    assert world.get("/login").status_code == 303


def test_a_receipt_can_be_seen_while_it_is_stopped(world: World) -> None:
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    stop(world)
    world.clock.forward(seconds=4)
    receipt = world.get("/done")
    assert receipt.status_code == 200
    assert "Din adgangskode er ændret" in receipt.text


@contextmanager
def locked_domain(certificates: ServerCertificates) -> Iterator[RunningServer]:
    with running_domain(certificates) as server:
        for _ in range(domain.LOCKOUT_THRESHOLD):
            server.bind_result(f"person-001@{domain.REALM.lower()}", "a wrong password")
        yield server


@pytest.mark.parametrize("moment", ["before", "at the last moment"])
def test_no_lock_is_lifted_neither_by_the_owner_nor_by_support(
    make_world: Make, certificates: ServerCertificates, moment: str
) -> None:
    with locked_domain(certificates) as server:
        campus = settings_on(server, DirectoryKind.ACTIVE_DIRECTORY, name="campus", title="Campus", unlock=True)
        world = with_console(lambda **more: make_world((campus,), **more))
        enter(world)
        fields, owner = found(world), world.other_browser()
        world.log_in(domain.cpr_of("person-001").digits, owner)
        world.get("/password", owner)
        if moment == "before":
            stop(world)
            assert is_told(send(world, "/staff/look-up/unlock", **fields))
            assert is_told(world.post("/unlock", {}, owner))
            assert events(world, "unlock.sending") == events(world, "staff.unlock_sending") == []
        else:
            directory = world.app.extensions["resetapp"].directories["campus"]
            real = directory.unlock
            object.__setattr__(directory, "unlock", lambda account: (stop(world), real(account))[1])
            assert "Tjenesten er standset. Intet er ændret." in send(world, "/staff/look-up/unlock", **fields).text
            go_on(world)
            assert is_told(world.post("/unlock", {}, owner))
        go_on(world)
        assert not opens(server, "person-001", domain.OLD)
        object.__delattr__(directory, "unlock") if moment != "before" else None
        assert world.post("/unlock", {}, owner).location == "/done"


def test_no_code_is_approved_shown_or_used(make_world: Make) -> None:
    counter = codes_steps.counter(make_world)
    waits, code = counter.asked(username=account("noah")), counter.shown()
    approved = counter.approved(username=account("mikkel"))
    stop(counter.world)
    assert counter.post(counter.approver, f"{waits}/approve").status_code == 503
    assert counter.post(counter.support, f"{approved}/show").status_code == 503
    assert is_told(counter.type_in(code))
    states = {each.username: each.state for each in counter.rows()}
    assert sorted(states.values()) == [CodeState.APPROVED, CodeState.REQUESTED, CodeState.SHOWN]
    go_on(counter.world)
    assert counter.type_in(code).location == "/password"


def test_a_stop_during_load_holds_on_every_node_at_once(make_world: Make, directory: Endpoint) -> None:
    with between(directory) as proxy:
        stopped_under_load(make_world, directory, proxy, None)


def stopped_under_load(make_world: Make, directory: Endpoint, proxy: Proxy, database: DatabaseSettings | None) -> None:
    """Two services with a database in common, three people at each, who go on until they are told."""
    settings = replace(directory_settings(directory), hosts=(f"ldaps://127.0.0.1:{proxy.port}",))
    limits = Limits(sets_per_account_per_day=1000, sets_per_person_per_day=1000, logins_per_person_per_hour=1000)
    with_these = {"directories": (settings,), "limits": replace(limits, logins_per_address_per_hour=10000)}
    first = make_world(**with_these, **({"database": database} if database else {}))
    second = make_world(**with_these, database=first.settings.database)
    with ThreadPoolExecutor(6) as people:
        goes = [people.submit(_goes_on, each, key) for each in (first, second) for key in _PEOPLE]
        _until(lambda: len(proxy.modifies) >= len(goes))
        operator = Database(first.settings.database.url)
        with operator.transaction() as db:
            stops.begin(db, Stop(first.clock()))
        operator.close()
        ends = [each.result(timeout=120) for each in goes]
    assert all(is_told(each) for each in ends)
    sent = len(proxy.modifies)
    for world in (first, second):
        world.log_in(cpr("freja"))
        assert is_told(post(world, "/password", form(world) | {"password": GOOD}))
    assert len(proxy.modifies) == sent


_PEOPLE = ("freja", "noah", "mikkel")
_TRIES = 60


def _until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _goes_on(world: World, key: str) -> TestResponse:
    for number in range(_TRIES):
        browser = world.other_browser()
        assert world.log_in(cpr(key), browser).location == "/password"
        answer = world.choose_password(f"{GOOD} nummer {number} hos {id(world) % 997}", browser)
        if answer.status_code == 503:
            break
    return answer
