"""Two things at once: tabs, logouts and limits that meet a password on its way. Each was a fault once."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.settings import Limits
from resetapp.storage import attempts
from resetapp.storage.tables import Login
from tests.directory.binding import binds, close_account
from tests.web.conftest import PUBLIC_URL, World, hidden
from tests.web.visiting import ALSO_GOOD, GOOD, account, cpr, rows


def twin(world: World, name: str = "__Host-resetapp") -> FlaskClient:
    """Another tab of the same browser."""
    cookie = world.client.get_cookie(name, domain="password.example.dk")
    assert cookie is not None
    tab = world.other_browser()
    tab.set_cookie(name, cookie.value, domain="password.example.dk", secure=True)
    return tab


def form(world: World) -> dict[str, str]:
    page = world.get("/password").text
    return {name: hidden(page, name) for name in ("attempt", "csrf_token")}


def post(world: World, path: str, fields: dict[str, str], client: FlaskClient | None = None) -> TestResponse:
    headers = {"Referer": f"{PUBLIC_URL}/"}
    return (client or world.client).post(path, data=fields, headers=headers, base_url=PUBLIC_URL)


def meanwhile(world: World, moment: str, happens: Callable[[], Any]) -> None:
    """Let something happen right after the directory was read ("reread") or right before it is written to."""
    directory = world.app.extensions["resetapp"].directories["people"]
    real = getattr(directory, moment)

    def between(*arguments: Any) -> Any:
        answer = real(*arguments) if moment == "reread" else None
        thread = threading.Thread(target=happens)  # a request of its own, not nested in this one
        thread.start()
        thread.join()
        return answer if moment == "reread" else real(*arguments)

    object.__setattr__(directory, moment, between)


def stored(world: World, table: type[Any]) -> list[Any]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return list(db.query(table).order_by(table.id))


def heading(answer: TestResponse) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return found[1].strip() if found else ""


def test_of_two_parallel_answers_the_winner_stays_logged_in(world: World) -> None:
    field = world.hub.posted(world.hub.answer(world.start(), cpr("freja")))
    tabs = [twin(world, "__Host-resetapp-login") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda tab: world.post_response(field, tab), tabs))
    assert sorted(answer.status_code for answer in answers) == [303, 403]
    winner = next(tab for tab, answer in zip(tabs, answers, strict=True) if answer.status_code == 303)
    assert world.logged_in(winner)


def test_a_logout_that_meets_a_password_stops_it(world: World) -> None:
    """Who is told to be signed out must not find that a password was set afterwards."""
    world.log_in(cpr("freja"))
    fields, tab = form(world), twin(world)
    meanwhile(world, "reread", lambda: post(world, "/logout", {"csrf_token": fields["csrf_token"]}, tab))
    post(world, "/password", fields | {"password": GOOD})
    assert not binds(world.endpoint, account("freja"), GOOD)
    assert stored(world, Login)[0].outcome == Outcome.LEFT


def test_what_became_of_the_password_is_told_even_when_the_login_ended_on_the_way(world: World) -> None:
    world.log_in(cpr("freja"))
    fields = form(world)
    meanwhile(world, "set_password", lambda: world.clock.forward(minutes=31))
    answer = post(world, "/password", fields | {"password": GOOD})
    assert heading(answer) == "Din adgangskode er ændret"
    assert binds(world.endpoint, account("freja"), GOOD)
    assert not world.logged_in()


def test_another_account_chosen_in_another_tab_stops_the_first(world: World) -> None:
    world.log_in(cpr("sofie"))
    world.post("/account", {"account": "0"})
    fields, tab = form(world), twin(world)
    first = hidden(world.get("/password").text, "username")
    meanwhile(world, "reread", lambda: post(world, "/account", {**fields, "account": "1"}, tab))
    answer = post(world, "/password", fields | {"password": GOOD})
    assert world.get(answer.location).location == "/password"
    assert not binds(world.endpoint, first, GOOD)


def test_the_limit_is_asked_again_just_before_the_write(make_world: Callable[..., World]) -> None:
    world = make_world(limits=Limits(sets_per_person_per_day=1))
    world.log_in(cpr("freja"))
    fields = form(world)
    other = world.other_browser()
    world.log_in(cpr("freja"), other)
    meanwhile(world, "reread", once(lambda: world.choose_password(ALSO_GOOD, other)))
    assert post(world, "/password", fields | {"password": GOOD}).status_code == 429
    assert binds(world.endpoint, account("freja"), ALSO_GOOD)
    assert [row.state for row in rows(world)].count(AttemptState.SET) == 1


def once(happens: Callable[[], Any]) -> Callable[[], None]:
    left = [happens]

    def first_time_only() -> None:
        if left:
            left.pop()()

    return first_time_only


def test_the_reason_for_a_stop_is_the_same_when_the_page_is_loaded_again(world: World) -> None:
    world.log_in(cpr("sofie"))
    world.post("/account", {"account": "0"})
    fields = form(world)
    close_account(world.endpoint, hidden(world.get("/password").text, "username"))
    first = post(world, "/password", fields | {"password": GOOD})
    assert heading(first) == heading(world.get("/stopped")) == "Kontoen er ændret i mellemtiden"


def test_a_foreign_sites_post_cannot_replace_the_login(world: World) -> None:
    """Its POST comes without our cookie; an answer that set one would log the person out."""
    for path in ("/saml/acs?lang=en", "/?lang=en", "/password?lang=en"):
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = world.other_browser().post(path, headers=headers, base_url=PUBLIC_URL)
        assert not [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-resetapp=")]


def test_a_neighbours_cookie_does_not_lock_anybody_out(world: World) -> None:
    """Flask-Login would look for a cookie of this name first, and any host of the domain can set it."""
    world.client.set_cookie("remember_token", "x", domain="example.dk")
    world.log_in(cpr("freja"))
    assert world.get("/password").status_code == 200


def test_logout_is_not_claimed_when_it_could_not_be_written_down(world: World) -> None:
    world.log_in(cpr("freja"))
    fields = form(world)
    path = world.settings.database.url.removeprefix("sqlite:///")
    world.app.extensions["resetapp"].database.close()
    with open(path, "wb") as file:
        file.write(b"not a database")
    answer = post(world, "/logout", {"csrf_token": fields["csrf_token"]})
    assert answer.status_code == 503


def test_an_image_on_a_foreign_page_begins_no_login(world: World) -> None:
    answer = world.get("/login", headers={"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert not stored(world, Login)


def test_a_password_that_meets_another_on_its_way_is_told_to_be_unused(world: World) -> None:
    world.log_in(cpr("freja"))
    fields = form(world)
    other = world.other_browser()
    world.log_in(cpr("freja"), other)
    world.get("/password", other)
    database = world.app.extensions["resetapp"].database
    with database.transaction() as db:
        busy = next(row for row in rows(world) if row.round != fields["attempt"])
        attempts.claim(db, [(busy, "mark")], world.clock())
    answer = post(world, "/password", fields | {"password": GOOD})
    assert answer.status_code == 409
    assert "Skrev du en adgangskode lige nu, brugte vi den ikke" in answer.text
    assert not binds(world.endpoint, account("freja"), GOOD)
