"""What a console that was left open does not do: for some things MitID is asked anew who is there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resetapp.core.staff import Role
from resetapp.settings import Staff
from resetapp.storage.tables import Login
from resetapp.texts import time_of_day
from tests.hub import request_id
from tests.web.conftest import PUBLIC_URL, World
from tests.web.staff_steps import Make, enter, events, staff_roles
from tests.web.test_trail import ask
from tests.web.visiting import cpr

EXPORT = "/staff/events/export"
TOLD = "Bekræft med MitID, at det er dig"


@pytest.fixture
def world(make_world: Make) -> World:
    world = make_world(staff=Staff(enabled=True, roles=staff_roles(Role.AUDITOR)))
    enter(world)
    return world


def export(world: World) -> int:
    return ask(world, EXPORT, form="csv", why="Tilsyn").status_code


def test_shortly_after_the_login_events_are_fetched_and_the_page_says_until_when(world: World) -> None:
    until = world.clock() + timedelta(minutes=5)
    world.clock.forward(minutes=4, seconds=59)
    page = world.get("/staff/events").text
    assert f"Bliv færdig inden {time_of_day('da', until)}" in page
    assert EXPORT in page
    assert export(world) == 200


def test_later_nothing_is_fetched_and_the_page_says_so_beforehand(world: World) -> None:
    world.clock.forward(minutes=5)
    page = world.get("/staff/events").text
    assert "Bekræft med MitID først" in page
    assert EXPORT not in page
    answer = ask(world, EXPORT, form="csv", why="Tilsyn")
    assert answer.status_code == 403
    assert TOLD in answer.text
    assert 'href="/staff/login"' in answer.text
    assert events(world, "staff.exported_events") == []


def test_the_new_login_leads_back_to_the_page_and_is_fresh(world: World) -> None:
    world.clock.forward(minutes=5)
    assert export(world) == 403
    assert enter(world).location == "/staff/events"
    assert export(world) == 200
    assert enter(world).location == "/staff/"  # it leads there once


def test_the_time_counts_from_the_login_at_mitid_and_not_from_its_way_back(world: World) -> None:
    enter(world, authn_instant=world.clock() - timedelta(minutes=5, seconds=1))
    assert export(world) == 403


def test_a_login_of_which_nobody_told_when_it_was_is_not_fresh(world: World) -> None:
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.query(Login).update({"authenticated_at": None})
    assert export(world) == 403


def test_a_place_put_into_the_cookie_spoils_the_login_and_one_in_the_address_counts_for_nothing(world: World) -> None:
    left = world.client.get("/staff/login?place=events&back_to=events", base_url=PUBLIC_URL)
    answer = world.hub.answer(request_id(left.location), cpr("astrid"))
    name = "__Host-resetapp-login"
    cookie = world.client.get_cookie(name, path="/", domain="password.example.dk")
    assert cookie is not None
    newest = cookie.value.partition(".")[0]
    for place in ("events", "//evil"):
        world.client.set_cookie(name, f"{newest}~{place}", domain="password.example.dk", secure=True)
        assert world.post_response(world.hub.posted(answer)).status_code == 403
    world.client.set_cookie(name, cookie.value, domain="password.example.dk", secure=True)
    assert world.post_response(world.hub.posted(answer)).location == "/staff/"


def test_while_the_login_is_closed_no_page_asks_for_it(world: World) -> None:
    world.clock.forward(minutes=5)
    services = world.app.extensions["resetapp"]
    closed = replace(services.settings, terms=replace(services.settings.terms, login=False))
    world.app.extensions["resetapp"] = replace(services, settings=closed)
    page = world.get("/staff/events").text
    assert "der er lukket for login lige nu" in page
    assert "MitID" not in page.partition("<main")[2].partition("</main")[0]
