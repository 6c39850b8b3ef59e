"""A limit that was reached and a search that was refused are on record, once and not for each knock (L-02)."""

from collections.abc import Callable

import pytest

from resetapp import texts
from resetapp.core.staff import Role
from resetapp.settings import CodeSettings, Limits
from tests.web import codes_steps
from tests.web.conftest import World
from tests.web.staff_steps import enter, events, send, with_console
from tests.web.visiting import GOOD, account, cpr

Make = Callable[..., World]


def reached(world: World) -> list[tuple[str, str]]:
    return [(each["limit"], each["username"]) for each in events(world, "limit.reached")]


def test_logins_from_one_address_are_told_once_an_hour(make_world: Make) -> None:
    world = make_world(limits=Limits(logins_per_address_per_hour=1))
    world.start()
    assert reached(world) == []
    assert [world.get("/login").status_code for _ in range(5)] == [429] * 5
    assert reached(world) == [("login_started", "")]
    world.clock.forward(minutes=61)
    world.start()
    assert [world.get("/login").status_code for _ in range(2)] == [429] * 2
    assert reached(world) == [("login_started", "")] * 2


def test_one_persons_logins_are_told_with_the_person(make_world: Make) -> None:
    world = make_world(limits=Limits(logins_per_person_per_hour=1))
    answers = [world.log_in(cpr("freja"), world.other_browser()).status_code for _ in range(3)]
    assert answers == [303, 429, 429]
    [told] = events(world, "limit.reached")
    assert (told["limit"], told["person"]) == ("logins", events(world, "login.completed")[0]["person"])


def test_changes_in_a_day_are_told_of_each_person(make_world: Make) -> None:
    world = make_world(limits=Limits(sets_per_person_per_day=1))
    for key in ("freja", "noah"):
        world.log_in(cpr(key))
        world.choose_password(GOOD)
        world.log_in(cpr(key))
        assert [world.get("/password").status_code for _ in range(2)] == [429] * 2
    assert [each["limit"] for each in events(world, "limit.reached")] == ["sets"] * 2
    assert len({each["person"] for each in events(world, "limit.reached")}) == 2


def test_look_ups_are_told_with_the_member_and_shown_on_the_events_page(make_world: Make) -> None:
    world = with_console(make_world, Role.SUPPORT, Role.AUDITOR, look_ups_per_hour=2)
    enter(world)
    answers = [send(world, "/staff/look-up", text="nobody").status_code for _ in range(5)]
    assert answers == [200, 200, 429, 429, 429]
    assert reached(world) == [("look_ups", account("astrid"))]
    assert "opslag i konsollen" in send(world, "/staff/events", username=account("astrid")).text
    page = send(world, "/staff/events", event="limit.reached").text
    assert "En grænse blev nået: opslag i konsollen" in page
    assert "trail." not in page


def test_codes_are_told_asked_for_and_tried(make_world: Make) -> None:
    counter = codes_steps.counter(make_world, codes=CodeSettings(per_day=1))
    counter.shown()
    for _ in range(2):
        assert counter.post(counter.support, "/staff/codes/new", **codes_steps.WANTED).status_code == 429
    assert reached(counter.world) == [("code_requests", account("tove"))]
    while counter.type_in("AAAA-AAAA-AAAA").status_code != 429:
        pass
    counter.type_in("AAAA-AAAA-AAAA")
    assert reached(counter.world)[1:] == [("codes", "")]


@pytest.mark.parametrize(("typed", "why"), [("{}", "cpr_off"), ("{} og mere", "cpr_not_alone")])
def test_a_refused_search_by_number_is_told_without_the_number(make_world: Make, typed: str, why: str) -> None:
    world = with_console(make_world, Role.SUPPORT, Role.AUDITOR)
    enter(world)
    number = cpr("freja")
    assert send(world, "/staff/look-up", text=typed.format(number)).status_code == 422
    [told] = events(world, "staff.search_refused")
    assert (told["username"], told["why"]) == (account("astrid"), why)
    assert number not in str(told)
    assert events(world, "staff.looked_up") == []
    page = send(world, "/staff/events", event="staff.search_refused").text
    assert f"En søgning blev afvist: {texts.text('da', f'trail.refused_{why}')}" in page
