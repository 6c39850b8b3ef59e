"""A visit in the hands of a clumsy or hostile browser: skipped steps, forged fields, second clicks, old tabs."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from resetapp.core.outcomes import AttemptState
from resetapp.storage.tables import Attempt, Login, Visit
from tests.directory.binding import binds, close_account
from tests.web.conftest import PUBLIC_URL, World, hidden
from tests.web.visiting import ALSO_GOOD, GOOD, account, cpr, rows


@pytest.mark.parametrize("forged", ["2", "99", "-1", "", "x", "people", "0 or 1"])
def test_an_account_that_is_not_offered_cannot_be_named(world: World, forged: str) -> None:
    world.log_in(cpr("sofie"))
    answer = world.post("/account", {"account": forged})
    assert answer.status_code == 422
    assert "Vælg mindst én konto" in answer.text
    assert world.get("/password").location == "/account"


def test_a_second_click_sets_nothing_more(world: World) -> None:
    world.log_in(cpr("freja"))
    attempt = hidden(world.get("/password").text, "attempt")
    assert world.post("/password", {"attempt": attempt, "password": GOOD}).location == "/done"
    again = world.post("/password", {"attempt": attempt, "password": ALSO_GOOD})
    assert (again.status_code, again.location) == (303, "/done")
    assert binds(world.endpoint, account("freja"), GOOD)
    assert [row.state for row in rows(world)] == [AttemptState.SET]


def test_parallel_clicks_write_once(world: World) -> None:
    world.log_in(cpr("freja"))
    page = world.get("/password").text
    form = {"attempt": hidden(page, "attempt"), "csrf_token": hidden(page, "csrf_token"), "password": GOOD}
    cookie = world.client.get_cookie("__Host-resetapp", domain="password.example.dk")
    assert cookie is not None

    def click(_: int) -> str:
        browser: FlaskClient = world.other_browser()
        browser.set_cookie("__Host-resetapp", cookie.value, domain="password.example.dk", secure=True)
        headers = {"Referer": "https://password.example.dk/"}
        return browser.post("/password", data=form, headers=headers, base_url="https://password.example.dk").location

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(click, range(6))) == {"/done"}
    assert [row.state for row in rows(world)] == [AttemptState.SET]
    assert binds(world.endpoint, account("freja"), GOOD)


def test_an_attempt_of_another_visit_is_worth_nothing(world: World) -> None:
    other = world.other_browser()
    world.log_in(cpr("mikkel"), other)
    stolen = hidden(world.get("/password", other).text, "attempt")
    world.log_in(cpr("freja"))
    answer = world.post("/password", {"attempt": stolen, "password": GOOD})
    assert (answer.status_code, world.get(answer.location).location) == (303, "/password")
    assert not binds(world.endpoint, account("mikkel"), GOOD)
    assert not binds(world.endpoint, account("freja"), GOOD)


@pytest.mark.parametrize(
    ("path", "where"),
    [("/account", "/"), ("/password", "/"), ("/done", "/"), ("/stopped", "/")],
)
def test_no_page_opens_without_a_login(world: World, path: str, where: str) -> None:
    answer = world.get(path)
    assert (answer.status_code, answer.location) == (303, where)


@pytest.mark.parametrize("path", ["/done", "/stopped"])
def test_no_step_can_be_skipped(world: World, path: str) -> None:
    world.log_in(cpr("freja"))
    assert world.get(path).location == "/password"


def test_after_the_receipt_nothing_more_can_be_set(world: World) -> None:
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    assert world.get("/password").location == "/done"
    assert world.get("/account").location == "/done"
    assert world.get("/done").status_code == 200


def test_nothing_of_the_cpr_number_is_kept(world: World) -> None:
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    with world.app.extensions["resetapp"].database.reading() as db:
        kept = [
            str(getattr(row, column.key))
            for table in (Login, Visit, Attempt)
            for row in db.query(table)
            for column in table.__table__.columns
        ]
    assert not any(cpr("freja") in value or GOOD in value for value in kept)


def test_an_account_closed_since_the_match_is_not_written_to(world: World) -> None:
    world.log_in(cpr("freja"))
    page = world.get("/password").text
    close_account(world.endpoint, account("freja"))
    answer = world.post("/password", {"attempt": hidden(page, "attempt"), "password": GOOD})
    assert "Kontoen er ændret i mellemtiden" in answer.text
    assert world.get("/password").location == "/stopped"


@pytest.mark.parametrize("body", [b"[1]", b"7", b"null", b'{"password": {"a": 1}}', b"{"])
def test_a_post_that_is_no_form_changes_nothing_and_breaks_nothing(world: World, body: bytes) -> None:
    world.log_in(cpr("freja"))
    token = hidden(world.get("/password").text, "csrf_token")
    headers = {"Referer": f"{PUBLIC_URL}/", "X-CSRFToken": token, "Content-Type": "application/json"}
    for path in ("/password", "/account", "/stay"):
        assert world.client.post(path, data=body, headers=headers, base_url=PUBLIC_URL).status_code < 500
    assert world.get("/password").status_code == 200
    assert not binds(world.endpoint, account("freja"), GOOD)


def test_a_file_in_place_of_the_password_is_no_password(world: World) -> None:
    world.log_in(cpr("freja"))
    page = world.get("/password").text
    form = {"csrf_token": hidden(page, "csrf_token"), "attempt": hidden(page, "attempt")}
    form |= {"password": (io.BytesIO(GOOD.encode()), "password.txt")}  # type: ignore[dict-item]
    answer = world.client.post("/password", data=form, headers={"Referer": f"{PUBLIC_URL}/"}, base_url=PUBLIC_URL)
    assert answer.status_code == 422
    assert "Skriv en ny adgangskode" in answer.text
