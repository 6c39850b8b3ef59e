"""The steps of a login to the console, as the tests of its pages take them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from resetapp.core.staff import Role
from resetapp.demo import ldap_seed as seed
from resetapp.settings import Staff, StaffRole
from resetapp.storage import audit
from tests.hub import request_id
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.visiting import GOOD, cpr

COOKIE = "__Host-resetapp-console"


def staff_roles(*roles: Role, group: str = seed.ADMINISTRATORS) -> tuple[StaffRole, ...]:
    return tuple(StaffRole(role, "people", group) for role in roles)


Make = Callable[..., World]


def with_console(make_world: Make, *roles: Role, **changes: Any) -> World:
    """The administrators' group gives these roles, or that of support. `changes`: of the [staff] settings."""
    given = staff_roles(*(roles or (Role.SUPPORT,)))
    return make_world(staff=replace(Staff(enabled=True, roles=given), **changes))


def enter(world: World, key: str = "astrid", client: FlaskClient | None = None, **changes: Any) -> TestResponse:
    """Through the hub into the console."""
    browser = client or world.client
    left = browser.get("/staff/login", base_url=PUBLIC_URL)
    assert left.status_code == 303
    response = world.hub.answer(request_id(left.location), cpr(key), **changes)
    return world.post_response(world.hub.posted(response), browser)


def send(world: World, path: str, client: FlaskClient | None = None, **form: str) -> TestResponse:
    browser = client or world.client
    token = csrf_token(browser.get("/staff/look-up", base_url=PUBLIC_URL).text) or "none"
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
    return browser.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)


def events(world: World, name: str) -> list[dict[str, Any]]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return [json.loads(each.facts or "{}") for each in audit.events(db) if each.name == name]


def visited(world: World, key: str = "freja", password: str = GOOD) -> str:
    """Somebody sets a password in a browser of their own; returns the reference."""
    browser = world.other_browser()
    world.log_in(cpr(key), browser)
    if password:
        world.choose_password(password, browser)
    return str(events(world, "login.completed")[-1]["reference"])
