"""The pages of an activation code in a real browser, with everything every page is held to."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from resetapp.core.cpr import CprNumber
from resetapp.core.staff import Purpose, Role
from resetapp.demo import ldap_seed as seed
from resetapp.settings import CodeSettings, Staff
from resetapp.storage.logins import token_hash
from resetapp.storage.tables import Login, StaffLogin
from tests.chromium import Chromium, Tab, running_chromium
from tests.directory.binding import binds
from tests.web.codes_steps import Make
from tests.web.conftest import World
from tests.web.staff_steps import staff_roles
from tests.web.visiting import GOOD, account, cpr

pytestmark = pytest.mark.browser

WORDS = {
    "da": ("Aktiveringskoder", "Bed om en aktiveringskode", "Skriv din aktiveringskode", "Din adgangskode er ændret"),
    "en": (
        "Activation codes",
        "Ask for an activation code",
        "Enter your activation code",
        "Your password has been changed",
    ),
}
"""The titles of the list, the form, the entry and the receipt."""
MEMBERS = {Role.SUPPORT: "tove", Role.APPROVER: "astrid"}  # by their groups: the roles are read again


@dataclass
class Served:
    """The app of a world behind a real port."""

    world: World
    url: str
    simulator_url: str


@pytest.fixture
def served(make_world: Make) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        roles = (*staff_roles(Role.SUPPORT, group=seed.IT_SUPPORT), *staff_roles(Role.APPROVER))
        staff = Staff(enabled=True, roles=roles)
        service = replace(make_world().settings.service, public_url=url)
        world = make_world(staff=staff, service=service, codes=CodeSettings(enabled=True))
        server = make_server("127.0.0.1", 0, world.app, threaded=True, fd=listener.fileno())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(world, url, url)
        server.shutdown()
        thread.join()


@contextmanager
def tab_of(chromium: Chromium, served: Served, language: str, role: Role) -> Iterator[Tab]:
    """Somebody of the staff, who has logged in already: the login itself is the journeys' affair."""
    token, now = secrets.token_urlsafe(32), served.world.clock()
    desk, key = served.world.app.extensions["resetapp"].desk, MEMBERS[role]
    [own] = desk.directories["people"].find_by_username(account(key))
    person = CprNumber.parse(cpr(key)).fingerprint(desk.person_key)
    who = {"person": person, "directory": "people", "entry_id": own.key.entry_id, "username": own.username}
    times = {"opened_at": now, "completed_at": now, "authenticated_at": now, "seen_at": now}
    names = {"request_id": token, "browser_hash": token_hash(token + "b"), "token_hash": token_hash(token)}
    with served.world.app.extensions["resetapp"].database.transaction() as db:
        login = Login(reference="0000-0001", language=language, purpose=Purpose.CONSOLE, **names, **times)
        login.ends_at, login.staff = now + timedelta(hours=4), StaffLogin(roles=[role.value], **who)
        db.add(login)
    with chromium.tab(language) as tab:
        tab.page.context.add_cookies([{"name": "resetapp-console", "value": token, "url": served.url}])
        yield tab


@pytest.mark.parametrize("language", WORDS)
def test_from_the_request_to_the_new_password(served: Served, language: str) -> None:
    with running_chromium(served) as chromium:
        with (
            tab_of(chromium, served, language, Role.SUPPORT) as support,
            tab_of(chromium, served, language, Role.APPROVER) as approver,
        ):
            ask(support, language)
            approve(approver, language)
            code = show(support)
        with chromium.tab(language) as person:
            use(person, code, language)
    assert binds(served.world.endpoint, "frni", GOOD)


def ask(tab: Tab, language: str) -> None:
    tab.open("/staff/")
    tab.page.click("a[href='/staff/codes']")
    tab.shows(WORDS[language][0])
    tab.check()
    tab.page.click("a[href='/staff/codes/new']")
    tab.shows(WORDS[language][1])
    tab.page.click("main form .btn")
    expect(tab.page.locator("[data-error-summary] li")).to_have_count(3)
    tab.check()
    tab.page.fill("#username", "frni")
    tab.page.select_option("#id_check", "passport")
    tab.page.fill("#note", "Skranken")
    tab.page.click("main form .btn")
    expect(tab.page.locator(".facts")).to_contain_text("Skranken")
    tab.check()


def approve(tab: Tab, language: str) -> None:
    tab.open("/staff/codes")
    tab.shows(WORDS[language][0])
    tab.check()
    tab.page.click("tbody a")
    expect(tab.page.locator(".facts")).to_contain_text("Freja")
    tab.check()
    tab.page.click("form[action$='/approve'] button")
    tab.shows(WORDS[language][0])
    expect(tab.page.locator("tbody a")).to_have_count(0)


def show(tab: Tab) -> str:
    tab.page.reload()
    tab.page.click("form[action$='/show'] button")
    code = tab.page.locator(".code.big")
    expect(code).to_be_visible()
    tab.check()
    return code.inner_text()


def use(tab: Tab, code: str, language: str) -> None:
    tab.open("/")
    tab.check()
    tab.page.click("a[href='/code']")
    tab.shows(WORDS[language][2])
    tab.page.fill("#username", "frni")
    tab.page.fill("#code", "7777-7777-7777")
    tab.page.click("main form .btn")
    expect(tab.page.locator("[data-error-summary] li")).to_have_count(1)
    tab.check()
    tab.page.fill("#username", "frni")
    tab.page.fill("#code", code)
    tab.page.click("main form .btn")
    expect(tab.page.locator("#password")).to_be_visible()
    tab.check()
    tab.save(GOOD)
    tab.shows(WORDS[language][3])
    tab.check()
