"""How long a login holds and how often things may be tried."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from resetapp.core.outcomes import Outcome
from resetapp.settings import Limits, Visits
from resetapp.storage.tables import Visit
from tests.web.conftest import World
from tests.web.visiting import GOOD, cpr

UNHURRIED = Visits(confirm_after=timedelta(minutes=30))


def test_an_idle_login_ends_and_says_so(world: World) -> None:
    world.log_in(cpr("freja"))
    world.clock.forward(minutes=10)
    assert world.get("/password").location == "/expired"
    assert "Du er logget af" in world.get("/expired").text
    assert not world.logged_in()


def test_activity_keeps_a_login_until_the_absolute_limit(make_world: Callable[..., World]) -> None:
    world = make_world(visits=UNHURRIED)
    world.log_in(cpr("freja"))
    for _ in range(3):
        world.clock.forward(minutes=9)
        assert world.get("/password").status_code == 200
    world.clock.forward(minutes=3)
    assert world.get("/password").location == "/expired"


def test_stay_is_activity(make_world: Callable[..., World]) -> None:
    world = make_world(visits=UNHURRIED)
    world.log_in(cpr("freja"))
    world.clock.forward(minutes=9)
    assert world.post("/stay", {}).location == "/password"
    world.clock.forward(minutes=9)
    assert world.get("/password").status_code == 200


def test_the_hubs_limit_ends_the_login(world: World) -> None:
    world.log_in(cpr("freja"), session_not_on_or_after=timedelta(minutes=2))
    world.clock.forward(minutes=2)
    assert world.get("/password").location == "/expired"


def test_a_cookie_from_before_the_login_is_worth_nothing_after_it(world: World) -> None:
    """Session fixation."""
    world.get("/?lang=en")
    before = world.client.get_cookie("__Host-resetapp", domain="password.example.dk")
    assert before is not None
    world.log_in(cpr("freja"))
    planted = world.other_browser()
    planted.set_cookie("__Host-resetapp", before.value, domain="password.example.dk", secure=True)
    assert not world.logged_in(planted)


def test_logging_in_too_often_is_stopped_with_a_time(make_world: Callable[..., World]) -> None:
    world = make_world(limits=Limits(logins_per_person_per_hour=2))
    for _ in range(2):
        assert world.log_in(cpr("freja")).status_code == 303
    answer = world.log_in(cpr("freja"))
    assert answer.status_code == 429
    assert "for mange gange" in answer.text
    assert world.log_in(cpr("mikkel")).status_code == 303


def test_setting_too_often_is_stopped_before_anything_is_typed(make_world: Callable[..., World]) -> None:
    world = make_world(limits=Limits(sets_per_person_per_day=1))
    world.log_in(cpr("freja"))
    assert world.choose_password(GOOD).location == "/done"
    world.log_in(cpr("freja"))
    assert world.get("/password").status_code == 429


def test_guessing_on_and_on_ends_the_visit(make_world: Callable[..., World]) -> None:
    world = make_world(limits=Limits(refusals_per_visit=2))
    world.log_in(cpr("freja"))
    assert world.choose_password("kort").status_code == 422
    assert "for mange gange" in world.choose_password("kort").text
    assert world.get("/password").location == "/stopped"
    with world.app.extensions["resetapp"].database.reading() as db:
        assert db.query(Visit).one().outcome == Outcome.TOO_OFTEN


def test_limits_above_eight_hours_do_not_lengthen_the_hubs(make_world: Callable[..., World]) -> None:
    world = make_world(visits=Visits(idle=timedelta(minutes=30), absolute=timedelta(hours=8)))
    world.log_in(cpr("freja"), session_not_on_or_after=timedelta(minutes=20))
    world.clock.forward(minutes=20)
    assert world.get("/password").location == "/expired"


@pytest.mark.parametrize("path", ["/signed-out", "/expired"])
def test_nobody_is_told_to_be_signed_out_while_signed_in(world: World, path: str) -> None:
    world.log_in(cpr("freja"))
    assert world.get(path).location == "/password"
    assert world.logged_in()


def test_the_wait_that_is_told_is_the_wait_that_is_needed(make_world: Callable[..., World]) -> None:
    world = make_world(limits=Limits(sets_per_person_per_day=1))
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    world.clock.forward(hours=20)
    world.log_in(cpr("freja"))
    seconds = int(world.get("/password").headers["Retry-After"])
    assert seconds == 4 * 3600
    world.clock.forward(seconds=seconds)
    world.log_in(cpr("freja"))
    assert world.get("/password").status_code == 200


def test_the_start_page_sets_no_cookie(world: World) -> None:
    assert "Set-Cookie" not in world.get("/").headers
