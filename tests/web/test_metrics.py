"""The numbers for a machine that watches: true, of no person, and only for those who may read them."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from resetapp.core.secret import Secret
from resetapp.core.staff import Role
from resetapp.directory.timing import STEPS, AnswerTimes
from resetapp.settings import Staff
from resetapp.storage.figures import EventCounts
from tests.house.canary import found_in
from tests.web.conftest import PUBLIC_URL, World
from tests.web.staff_steps import enter, staff_roles, visited
from tests.web.visiting import GOOD, account, cpr

TOKEN = "t0ken-" * 8
LINE = re.compile(r'[a-z_]+(\{([a-z]+="[^"\\\n]*",?)+\})? -?[0-9.e+]+')
Make = Callable[..., World]


def ask(world: World, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    return world.other_browser().get(
        "/metrics", base_url=PUBLIC_URL, environ_base={"REMOTE_ADDR": address}, headers=headers
    )


def numbers(world: World) -> dict[str, float]:
    lines = [line for line in ask(world).text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.fixture
def guarded(make_world: Make, world: World) -> World:
    return make_world(service=replace(world.settings.service, metrics_token=Secret(TOKEN)))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_from_this_machine_they_are_read(world: World, address: str) -> None:
    answer = ask(world, address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "::2", "10.0.0.1", "", "unix:", "127.0.0.1.example", "::ffff:10.0.0.1"]
)
def test_from_elsewhere_there_is_no_such_page(world: World, guarded: World, address: str) -> None:
    for each in (world, guarded):
        assert ask(each, address).status_code == 404
        assert ask(each, address, Authorization="Bearer ").status_code == 404
        assert ask(each, address, Authorization="Bearer").status_code == 404


def test_with_the_token_they_are_read_from_elsewhere(guarded: World) -> None:
    assert ask(guarded, "192.0.2.1", Authorization=f"Bearer {TOKEN}").status_code == 200
    assert ask(guarded, "192.0.2.1", Authorization=f"bearer {TOKEN}").status_code == 200


@pytest.mark.parametrize(
    "sent", [f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \xe6", "Bearer Secret()"]
)
def test_another_token_opens_nothing(guarded: World, sent: str) -> None:
    assert ask(guarded, "192.0.2.1", Authorization=sent).status_code == 404


def test_behind_a_proxy_the_address_is_the_one_it_tells(make_world: Make, world: World) -> None:
    behind = make_world(service=replace(world.settings.service, trusted_proxies=1))
    assert ask(behind, "127.0.0.1", **{"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    assert ask(behind, "127.0.0.1", **{"X-Forwarded-For": "127.0.0.1, 192.0.2.1"}).status_code == 404
    assert ask(behind, "127.0.0.1").status_code == 200
    assert ask(world, "192.0.2.1", **{"X-Forwarded-For": "127.0.0.1"}).status_code == 404


def test_a_scraper_may_call_this_machine_by_any_name_there_and_nowhere_else(world: World) -> None:
    here = {"REMOTE_ADDR": "127.0.0.1"}
    assert world.client.get("/metrics", base_url="http://127.0.0.1:8000", environ_base=here).status_code == 200
    assert world.client.get("/healthz", base_url="http://127.0.0.1:8000", environ_base=here).status_code == 400


def test_what_happened_is_counted(world: World) -> None:
    before = numbers(world)
    assert before["resetapp_logins_day_started"] == 0
    visited(world)
    world.log_in(cpr("freja"), world.other_browser(), level="3 apples")
    world.start(world.other_browser())
    world.get("/no-such-page")
    found = numbers(world)
    assert found["resetapp_logins_day_started"] == 3
    assert found["resetapp_logins_day_completed"] == 1
    assert found['resetapp_logins_day_refused{reason="assurance_unknown"}'] == 1
    assert found['resetapp_password_answers_day{directory="people",state="set"}'] == 1
    assert found["resetapp_attempts_open"] == 0
    assert found['resetapp_audit_events_total{event="password.answered"}'] == 1
    assert found['resetapp_audit_events_total{event="login.refused"}'] == 1
    assert found['resetapp_audit_events_total{event="notice.set"}'] == 0
    assert [count for name, count in found.items() if 'part="other",status="404"' in name] == [1]
    world.clock.forward(days=2)
    later = numbers(world)
    assert later["resetapp_logins_day_started"] == 0
    assert later['resetapp_audit_events_total{event="password.answered"}'] == 1


def test_an_open_attempt_is_counted_with_its_age(world: World) -> None:
    visited(world)
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("UPDATE attempt SET state = 'unknown', settled_at = NULL, look_at = sent_at"))
    world.clock.forward(seconds=90)
    found = numbers(world)
    assert (found["resetapp_attempts_open"], found["resetapp_attempts_open_oldest_seconds"]) == (1, 90)


def test_a_trail_that_has_become_shorter_is_counted_anew(world: World) -> None:
    visited(world)
    assert numbers(world)['resetapp_audit_events_total{event="login.completed"}'] == 1
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("DELETE FROM audit_event"))
    assert numbers(world)['resetapp_audit_events_total{event="login.completed"}'] == 0


def test_strangers_cannot_make_more_series(world: World) -> None:
    before = len(numbers(world))
    for number in range(20):
        world.get(f"/nothing-{number}?a={number}")
        world.client.open("/", method="PROPFIND", base_url=PUBLIC_URL)
    visited(world)
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("UPDATE audit_event SET name = 'x' || seq"))
        db.execute(text("UPDATE attempt SET directory = 'gone \"\n' || id"))
    world.app.extensions["resetapp.metrics"] = (EventCounts(), world.app.extensions["resetapp.metrics"][1])
    found = numbers(world)
    assert found['resetapp_audit_events_total{event="other"}'] == 3
    assert found['resetapp_password_answers_day{directory="other",state="set"}'] == 1
    assert len(found) < before + 12


def test_every_line_is_in_the_format_and_every_name_is_told_once(world: World) -> None:
    visited(world)
    lines = ask(world).text.split("\n")
    assert lines.pop() == ""
    assert [line for line in lines if not line.startswith("# ") and not LINE.fullmatch(line)] == []
    names = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert sorted(names) == sorted(set(names))
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("# ")]
    assert len(series) == len(set(series))
    histograms = {line.split()[2] for line in lines if line.endswith(" histogram")}
    told = {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}
    assert {each.partition("{")[0] for each in series} <= set(names) - histograms | told


def test_they_are_of_no_person_and_hold_no_secret(make_world: Make) -> None:
    world = make_world(staff=Staff(enabled=True, roles=staff_roles(Role.SUPPORT)))
    visited(world)
    enter(world)
    found = ask(world).data
    with world.app.extensions["resetapp"].database.reading() as db:
        people = [*db.execute(text("SELECT DISTINCT person FROM visit")).scalars()]
        people += db.execute(text("SELECT reference FROM login")).scalars()
    service = world.settings.service
    secrets = [service.secret_key.reveal(), service.person_key.hex(), GOOD, cpr("freja"), account("freja"), *people]
    assert found_in(found, secrets) == []
    assert len(people) == 3


def test_how_long_a_directory_took_is_told_in_steps(world: World) -> None:
    def told(name: str) -> list[float]:
        return [value for key, value in numbers(world).items() if key.startswith(f"resetapp_directory_read_{name}")]

    assert told("seconds_count") == [0]
    visited(world)
    buckets, [count], [seconds] = told("seconds_bucket"), told("seconds_count"), told("seconds_sum")
    assert count >= 3  # the match, the look before the write, the write
    assert buckets == sorted(buckets)
    assert buckets[-1] == count
    assert 0 < seconds < 60
    assert 'le="+Inf"' in ask(world).text


def test_what_took_exactly_a_step_is_in_it_and_what_took_longer_than_all_only_counts() -> None:
    times = AnswerTimes()
    for taken in (STEPS[1], STEPS[1] + 0.001, STEPS[-1] + 1):
        times.add(taken)
    steps, count, seconds = times.told()
    assert (steps[:3], steps[-1], count) == ([0, 1, 2], 2, 3)
    assert seconds == pytest.approx(11.021)
