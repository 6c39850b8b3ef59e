"""The auditor's and the operator's pages in a real browser, with everything every page is held to."""

import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text
from werkzeug.serving import make_server

from resetapp.core.events import LoginCompleted, LoginRefused, PasswordAnswered, PasswordRefused, StaffLookedUp
from resetapp.core.staff import Purpose, Role
from resetapp.settings import Staff
from resetapp.storage.logins import token_hash
from resetapp.storage.tables import Login, StaffLogin
from tests.chromium import Chromium, Tab, running_chromium
from tests.web.conftest import World
from tests.web.staff_steps import staff_roles
from tests.web.test_status import turn

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
REFERENCE = "7KQ4-M2XD"
WORDS = {
    "da": ("Hændelser", "Ældre", "Driftsstatus", "Kæden holder ikke", "indholdet er rettet", "En henvisningskode har"),
    "en": ("Events", "Older", "How the service is", "does not hold", "its facts were edited", "A reference code has"),
}
REPORT = {"da": "Rapport til revision og ledelse", "en": "Report for auditors and management"}


@dataclass
class Served:
    """The app of a world behind a real port."""

    world: World
    url: str
    simulator_url: str


@pytest.fixture
def served(make_world: Callable[..., World]) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        staff = Staff(enabled=True, roles=staff_roles(Role.AUDITOR, Role.OPERATOR))
        plain = make_world().settings.service
        world = make_world(staff=staff, service=replace(plain, public_url=url))
        happen(world)
        server = make_server("127.0.0.1", 0, world.app, threaded=True, fd=listener.fileno())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(world, url, url)
        server.shutdown()
        thread.join()


def happen(world: World) -> None:
    """More than a page of events of several kinds."""
    desk, at = world.app.extensions["resetapp"].desk, world.clock() - timedelta(days=2)
    who = {"reference": REFERENCE, "person": "f" * 64}
    account = {"attempt": "a1", "directory": "people", "entry_id": "e1", "username": "frni"}
    told = [
        LoginCompleted(assurance=2, accounts=1, not_asked=("people",), outcome="open", **who),
        PasswordRefused(reasons=("too_short",), **account, **who),
        PasswordAnswered(state="set", reasons=(), **account, **who),
        LoginRefused(outcome="assurance_too_low", reason="login_refused:level-low", reference="ABCD-EFGH"),
        StaffLookedUp(by="reference", about=REFERENCE, found=1, username="astr", person="e" * 64),
    ]
    for number in range(60):
        with desk.database.transaction() as db:
            desk.journal.write(db, told[number % len(told)], at + timedelta(minutes=number))


@contextmanager
def tab_of(chromium: Chromium, served: Served, language: str) -> Iterator[Tab]:
    """Somebody with both roles, who has logged in already: the login itself is the journeys' affair."""
    token, now = secrets.token_urlsafe(32), served.world.clock()
    with served.world.app.extensions["resetapp"].database.transaction() as db:
        login = Login(reference="0000-0001", request_id=token, browser_hash=token_hash(token + "b"), language="da")
        login.token_hash, login.purpose, login.opened_at, login.completed_at = (
            token_hash(token),
            Purpose.CONSOLE,
            now,
            now,
        )
        login.authenticated_at, login.seen_at, login.ends_at = now, now, now + timedelta(hours=4)
        roles = ["auditor", "operator"]
        login.staff = StaffLogin(person="e" * 64, directory="people", entry_id="e", username="astr", roles=roles)
        db.add(login)
    with chromium.tab(language) as tab:
        tab.page.context.add_cookies([{"name": "resetapp-console", "value": token, "url": served.url}])
        yield tab


def check(tab: Tab) -> None:
    """On a phone, and on a desk."""
    tab.check()
    tab.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    tab.check()


@pytest.mark.parametrize("language", WORDS)
def test_an_auditor_reads_filters_turns_and_fetches(served: Served, language: str) -> None:
    title, older, _, broken, flaw, wrong = WORDS[language]
    with running_chromium(served) as chromium, tab_of(chromium, served, language) as tab:
        tab.open("/staff/")
        tab.page.click("a[href='/staff/events']")
        tab.shows(title)
        expect(tab.page.locator(".trail > li")).to_have_count(50)
        tab.page.locator("summary").first.click()
        expect(tab.page.locator(".trail dl").first).to_be_visible()
        check(tab)
        tab.page.get_by_role("button", name=older).click()
        expect(tab.page.locator(".trail > li")).to_have_count(10)
        tab.page.select_option("#event", "password.refused")
        tab.page.fill("#since", "2020-01-01")
        tab.page.click(".filter .btn")
        expect(tab.page.locator(".trail > li")).to_have_count(12)
        expect(tab.page.locator("#event")).to_have_value("password.refused")
        tab.page.fill("#reference", "no code")
        tab.page.click(".filter .btn")
        expect(tab.page.locator("[data-error-summary]")).to_contain_text(wrong)
        check(tab)
        tab.open("/staff/events")
        tab.page.fill("#why", "Tilsyn 2026")
        with tab.page.expect_download() as fetched:
            tab.page.click("button[value=csv]")
        assert re.fullmatch(r"events-\d{4}-\d\d-\d\d\.csv", fetched.value.suggested_filename)
        assert len(fetched.value.path().read_text("utf-8").splitlines()) > 60
        with served.world.app.extensions["resetapp"].database.transaction() as db:
            db.execute(text("UPDATE audit_event SET facts = '{}' WHERE seq = 58"))
        tab.open("/staff/events")
        expect(tab.page.locator(".panel.bad")).to_contain_text(broken)
        expect(tab.page.locator(".trail .flaw")).to_have_text(flaw)
        check(tab)
        served.world.clock.forward(minutes=5)
        tab.open("/staff/events")
        expect(tab.page.locator("main a[href='/staff/login']")).to_be_visible()
        expect(tab.page.locator("#why")).to_have_count(0)
        check(tab)


@pytest.mark.parametrize("language", WORDS)
def test_an_auditor_reads_the_report_without_moving_a_phone_sideways(served: Served, language: str) -> None:
    with running_chromium(served) as chromium, tab_of(chromium, served, language) as tab:
        tab.open("/staff/events")
        tab.page.click("main a[href='/staff/report']")
        tab.shows(REPORT[language])
        expect(tab.page.locator("#sample ~ table tbody tr")).to_have_count(10)
        expect(tab.page.locator(".report :is(thead, tbody, tr, th, td):not([role])")).to_have_count(0)
        check(tab)
        tab.page.fill("#why", "Tilsyn 2026")
        with tab.page.expect_download() as fetched:
            tab.page.click(".fetch button")
        assert re.fullmatch(r"report-\d{4}-\d\d-\d\d\.csv", fetched.value.suggested_filename)


@pytest.mark.parametrize("language", WORDS)
def test_an_operator_sees_how_the_service_is(served: Served, language: str) -> None:
    with running_chromium(served) as chromium, tab_of(chromium, served, language) as tab:
        tab.open("/staff/")
        tab.page.click("a[href='/staff/status']")
        tab.shows(WORDS[language][2])
        check(tab)
        turn(served.world, "ldaps://127.0.0.1:1")
        tab.open("/staff/status")
        expect(tab.page.locator(".tone.bad")).to_have_count(1)
        check(tab)
