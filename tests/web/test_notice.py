"""The operator's notice on every page, the switch for new logins, and the pages that tell of an outage."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from resetapp.app import create_app
from resetapp.storage import notices
from resetapp.storage.notices import Notice
from tests.web.conftest import PUBLIC_URL, World
from tests.web.visiting import GOOD, cpr

DANISH, ENGLISH = "Vi arbejder på <netværket> & mere", "We work on the <network> & more"
SHOWN = {"da": "Vi arbejder på &lt;netværket&gt; &amp; mere", "en": "We work on the &lt;network&gt; &amp; more"}
CLOSED = {"da": "Her er lukket for login lige nu", "en": "Login is closed right now"}
URGENT = {"da": "Haster det, så kontakt it-support.", "en": "If it is urgent, contact IT support."}


def put_up(world: World, **changes: Any) -> Notice:
    """As the command does it, in another process; then the workers' few seconds pass."""
    said = {"danish": DANISH, "english": ENGLISH, "starts_at": world.clock(), "ends_at": None, "login_off": False}
    notice = Notice(**(said | changes))
    with world.app.extensions["resetapp"].database.transaction() as db:
        notices.replace(db, notice)
    world.clock.forward(seconds=4)
    return notice


def take_down(world: World) -> None:
    with world.app.extensions["resetapp"].database.transaction() as db:
        notices.clear(db)
    world.clock.forward(seconds=4)


def told(answer: TestResponse) -> list[str]:
    return re.findall(r'<aside class="notice" aria-label="[^"]+">(.*?)</aside>', answer.text, re.DOTALL)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("path", ["/", "/privacy", "/cookies", "/expired", "/signed-out", "/no-such-page"])
def test_a_notice_stands_on_every_page_in_the_pages_language(world: World, path: str, language: str) -> None:
    assert told(world.get(f"{path}?lang={language}")) == []
    put_up(world)
    (shown,) = told(world.get(f"{path}?lang={language}"))
    assert SHOWN[language] in shown
    take_down(world)
    assert told(world.get(f"{path}?lang={language}")) == []


def test_it_stands_on_the_pages_of_who_is_logged_in_and_sets_no_cookie(world: World) -> None:
    put_up(world)
    assert "Set-Cookie" not in world.get("/").headers
    world.log_in(cpr("freja"))
    assert told(world.get("/password"))


def test_other_workers_show_it_without_a_restart(world: World) -> None:
    other = create_app(world.settings, clock=world.clock)
    assert told(other.test_client().get("/", base_url=PUBLIC_URL)) == []
    put_up(world)
    assert told(other.test_client().get("/", base_url=PUBLIC_URL))
    other.extensions["resetapp"].database.close()


def test_it_begins_and_ends_by_itself(world: World) -> None:
    begins = world.clock() + timedelta(minutes=10)
    put_up(world, starts_at=begins, ends_at=begins + timedelta(hours=1))
    assert told(world.get("/")) == []
    world.clock.forward(minutes=10)
    assert "Gælder til" in told(world.get("/"))[0]
    assert "Until" in told(world.get("/?lang=en"))[0]
    world.clock.forward(hours=1)
    assert told(world.get("/")) == []


def test_the_pages_within_a_few_seconds_ask_the_database_once(world: World) -> None:
    board = world.app.extensions["resetapp"].board
    board.current()
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("ALTER TABLE notice RENAME TO away"))
    world.clock.forward(seconds=2)
    world.get("/")
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("ALTER TABLE away RENAME TO notice"))
    put_up(world)
    assert told(world.get("/")), "a fault would have been remembered longer"


def break_table(world: World) -> None:
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("DROP TABLE notice"))
    world.clock.forward(seconds=4)


def test_without_the_database_pages_work_without_it(world: World) -> None:
    break_table(world)
    assert world.get("/").status_code == 200
    assert world.log_in(cpr("freja")).status_code == 303


def test_a_database_that_fails_does_not_open_a_login_that_is_off(world: World) -> None:
    put_up(world, login_off=True)
    assert world.get("/login").status_code == 503
    break_table(world)
    assert world.get("/login").status_code == 503


@pytest.mark.parametrize("language", ["da", "en"])
def test_with_the_login_off_nobody_leaves_for_the_hub(world: World, language: str) -> None:
    put_up(world, login_off=True, ends_at=world.clock() + timedelta(minutes=30, seconds=4))
    front = world.get(f"/?lang={language}")
    assert front.status_code == 200
    assert CLOSED[language] in front.text
    assert 'href="/login"' not in front.text
    answer = world.get("/login")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1800")
    assert f"<h1>{CLOSED[language]}</h1>" in answer.text
    assert SHOWN[language] in answer.text
    assert URGENT[language] in answer.text
    assert "support@example.dk" in answer.text
    assert "Location" not in answer.headers
    take_down(world)
    assert world.get("/login").status_code == 303


def test_when_the_end_is_not_known_no_time_is_given(world: World) -> None:
    put_up(world, login_off=True)
    assert "Retry-After" not in world.get("/login").headers
    assert "Prøv igen efter" not in world.get("/login").text


def test_a_notice_alone_closes_nothing(world: World) -> None:
    put_up(world)
    assert world.log_in(cpr("freja")).status_code == 303


def test_who_is_under_way_or_logged_in_goes_on_and_the_rest_stays_up(world: World) -> None:
    request = world.start()
    put_up(world, login_off=True)
    answer = world.post_response(world.hub.posted(world.hub.answer(request, cpr("freja"))))
    assert (answer.status_code, answer.location) == (303, "/password")
    assert world.choose_password(GOOD).location == "/done"
    assert "Din adgangskode er ændret" in world.get("/done").text
    assert world.post("/logout", {}).status_code in (200, 303)
    for path in ("/", "/privacy", "/cookies", "/signed-out", "/saml/metadata", "/robots.txt"):
        assert world.get(path).status_code == 200, path


AGENCY, WAYF = "https://digst.dk/", "https://www.wayf.dk/"


def told_where_to_look(page: str) -> list[str]:
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    assert main
    assert "support@example.dk" in main[0]
    assert "@wayf.dk" not in page
    return re.findall(r'<li class="alone"><a href="([^"]+)">', main[0])


@pytest.mark.parametrize("language", ["da", "en"])
def test_an_outage_of_the_hub_leads_to_help_and_to_the_status_pages_in_order(world: World, language: str) -> None:
    world.get(f"/?lang={language}")
    request = world.start()
    failed = world.hub.failed(request, ["urn:oasis:names:tc:SAML:2.0:status:Responder"])
    assert told_where_to_look(world.post_response(failed).text) == [AGENCY, WAYF]


@pytest.mark.parametrize("language", ["da", "en"])
def test_so_does_an_outage_of_the_directory(make_world: Callable[..., World], language: str) -> None:
    dead = replace(make_world().settings.directories[0], hosts=("ldaps://127.0.0.1:1",))
    world = make_world(directories=(dead,))
    world.get(f"/?lang={language}")
    assert world.log_in(cpr("freja")).location == "/stopped"
    answer = world.get("/stopped")
    assert answer.status_code == 503
    assert told_where_to_look(answer.text) == [AGENCY, WAYF]
    assert URGENT[language] in answer.text


@pytest.mark.parametrize("language", ["da", "en"])
def test_so_does_an_outage_of_our_database(world: World, language: str) -> None:
    world.get(f"/?lang={language}")
    world.log_in(cpr("freja"))
    database = world.app.extensions["resetapp"].database
    database.close()
    file = database.engine.url.database
    assert file
    path = Path(file)
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    answer = world.get("/password")
    assert answer.status_code == 503
    assert told_where_to_look(answer.text) == [AGENCY, WAYF]
    assert URGENT[language] in answer.text
    path.rmdir()


def test_the_status_pages_are_settings(make_world: Callable[..., World]) -> None:
    world = make_world()
    terms = replace(world.settings.terms, status_urls=("https://a.example/", "https://b.example/"))
    world = make_world(terms=terms)
    put_up(world, login_off=True)
    assert told_where_to_look(world.get("/login").text) == ["https://a.example/", "https://b.example/"]


def test_where_no_outage_is_nobody_is_sent_to_status_pages(world: World) -> None:
    assert told_where_to_look(world.get("/no-such-page").text) == []
