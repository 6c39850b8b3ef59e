"""A world in which one member of the staff asks for mappings and another decides, with mails to a real server."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from resetapp.core.staff import Role
from resetapp.demo import ldap_seed as seed
from resetapp.settings import MappingSettings, Staff
from resetapp.settings.mapping import MappingKey
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.directory.binding import admin_connection
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.mailing import desk, mailing_world
from tests.web.mailing import send as send_mails
from tests.web.staff_steps import enter, staff_roles
from tests.web.visiting import account, cpr

MAPPER, APPROVER, STUDENT = "tove", "astrid", "freja"
WHY, REFUSED = "Sag 4711, pas set", 422
KEYS = (MappingKey("2026a", bytes(range(32))),)
MAPPING = MappingSettings(True, "example.dk", KEYS, student_kinds=("Studerende",))
ROLES = (*staff_roles(Role.MAPPER, group=seed.IT_SUPPORT), *staff_roles(Role.APPROVER, group=seed.ADMINISTRATORS))
DAY = timedelta(hours=24)

Make = Callable[..., World]


def mapping_world(make_world: Make, post: Post, mapping: MappingSettings = MAPPING, **staff: Any) -> World:
    """The student's account holds no number in the directory."""
    kept = replace(Staff(enabled=True, roles=ROLES, look_ups_per_hour=1000), **staff)
    world = mailing_world(make_world, post, staff=kept, mapping=mapping)
    let_in_invented(world)
    set_number(world, STUDENT, "")
    return world


def let_in_invented(world: World, invented: bool = True) -> None:
    """The tests' people are the demo's: their numbers are nobody's, and in truth nobody logs in with such a one."""
    services = world.app.extensions["resetapp"]
    register = replace(services.desk.register, invented=invented)
    world.app.extensions["resetapp"] = replace(services, desk=replace(services.desk, register=register))


def set_number(world: World, key: str, number: str) -> None:
    """As the directory holds it from now on for this person's first account."""
    values = [number] if number else []
    change(world, account(key), norEduPersonNIN=values)


def change(world: World, username: str, **values: list[str]) -> None:
    admin = admin_connection(world.endpoint)
    made: dict[str, Any] = {name: [("MODIFY_REPLACE", each)] for name, each in values.items()}
    assert admin.modify(f"uid={username},{seed.PEOPLE}", made)[1]["result"] == 0
    admin.unbind()


def join(world: World, key: str, group: str) -> None:
    admin = admin_connection(world.endpoint)
    member = {"member": [("MODIFY_ADD", [f"uid={account(key)},{seed.PEOPLE}"])]}
    assert admin.modify(group, member)[1]["result"] == 0
    admin.unbind()


@contextmanager
def console(world: World, key: str) -> Iterator[FlaskClient]:
    """A browser of this member's own, logged in just now."""
    browser = world.other_browser()
    assert enter(world, key, browser).status_code == 303
    yield browser


def submit(world: World, browser: FlaskClient, path: str, **form: str) -> TestResponse:
    token = csrf_token(browser.get("/staff/", base_url=PUBLIC_URL).text)
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
    return browser.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)


def ask(world: World, by: str = MAPPER, about: str = STUDENT, number: str = "", **form: str) -> TestResponse:
    """`about`: whose account, and whose number when there is no other."""
    wanted = {"username": account(about), "cpr": number or cpr(about), "reason": WHY}
    with console(world, by) as browser:
        return submit(world, browser, "/staff/mappings/new", **wanted | form)


def asked(world: World, **how: str) -> str:
    """Asks for it; returns the address of the request's page."""
    answer = ask(world, **how)
    assert answer.status_code == 303, main(answer)
    return str(answer.location)


def decide(world: World, address: str, word: str = "approve", by: str = APPROVER, **form: str) -> TestResponse:
    with console(world, by) as browser:
        return submit(world, browser, f"{address}/{word}", **form)


def mapped(world: World, **how: str) -> str:
    """Asked for and approved, and its owner was told; it does not count yet. Returns the address of its page."""
    address = asked(world, **how)
    answer = decide(world, address)
    assert answer.status_code == 303, main(answer)
    send_mails(world)
    return address


def seen(world: World, address: str, by: str = APPROVER) -> str:
    with console(world, by) as browser:
        page = browser.get(address, base_url=PUBLIC_URL)
    assert page.status_code == 200
    return main(page)


def main(page: TestResponse) -> str:
    return page.text.partition("<main")[2].partition("</main")[0]


def freeze_links(world: World, post: Post) -> list[str]:
    """The paths in the owner's mails, the oldest first."""
    send_mails(world)
    found = [re.search(rf"{re.escape(PUBLIC_URL)}(/freeze/\S+)", mail.text) for mail in post.mails]
    return [each[1] for each in found if each]


def press(world: World, path: str, browser: FlaskClient | None = None) -> TestResponse:
    """The button behind the link, in a browser that has never been here."""
    client = browser or world.other_browser()
    page = client.get(path, base_url=PUBLIC_URL)
    token = csrf_token(page.text) or "none"
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
    return client.post(path, data={"csrf_token": token}, headers=headers, base_url=PUBLIC_URL)


def rows_of(world: World) -> list[AccountMapping]:
    with desk(world).database.reading() as db:
        return list(db.query(AccountMapping).order_by(AccountMapping.requested_at, AccountMapping.id))


def requests_of(world: World) -> list[MappingRequest]:
    with desk(world).database.reading() as db:
        return list(db.query(MappingRequest).order_by(MappingRequest.requested_at, MappingRequest.id))


def states(world: World) -> list[str]:
    return [each.state.value for each in rows_of(world)]


def renew(world: World, keys: tuple[MappingKey, ...]) -> None:
    services = world.app.extensions["resetapp"]
    register = services.desk.register
    indexes = type(register.indexes)("example.dk", [(each.id, each.key) for each in keys])
    desk = replace(services.desk, register=replace(register, indexes=indexes))
    world.app.extensions["resetapp"] = replace(services, desk=desk)
