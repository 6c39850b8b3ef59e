"""The visit: match, choice, new password, receipt; on a real directory."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.demo.people import PERSONAS
from resetapp.settings import Limits, Visits
from resetapp.storage.tables import Attempt, Login, Visit
from tests.directory.binding import binds, close_account
from tests.web.conftest import PUBLIC_URL, World, hidden

GOOD = "grøn cykel under bro"
ALSO_GOOD = "abe i et højt træ ved søen"


def cpr(key: str) -> str:
    return next(persona.cpr for persona in PERSONAS if persona.key == key) or ""


def account(key: str, place: int = 0) -> str:
    return next(persona.accounts[place].username for persona in PERSONAS if persona.key == key)


def rows(world: World) -> list[Attempt]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return list(db.query(Attempt).order_by(Attempt.number))


def test_the_password_that_was_chosen_binds_and_the_old_one_does_not(world: World) -> None:
    assert world.log_in(cpr("freja")).location == "/password"
    assert world.choose_password(GOOD).location == "/done"
    receipt = world.get("/done")
    assert receipt.status_code == 200
    assert "Din adgangskode er ændret" in receipt.text
    assert "ikke dit MitID" in receipt.text
    assert binds(world.endpoint, account("freja"), GOOD)
    assert not binds(world.endpoint, account("freja"), PERSONAS[0].accounts[0].password)


def test_a_person_with_several_accounts_chooses_one(world: World) -> None:
    assert world.log_in(cpr("sofie")).location == "/account"
    page = world.get("/account").text
    assert all(account("sofie", place) in page for place in range(3))
    assert "Kun via it-support" in page
    place = hidden(page, "account")
    assert world.post("/account", {"account": place}).location == "/password"
    chosen = hidden(world.get("/password").text, "username")
    assert chosen in (account("sofie", 0), account("sofie", 1))
    assert world.choose_password(GOOD).location == "/done"
    assert binds(world.endpoint, chosen, GOOD)
    other = account("sofie", 1) if chosen == account("sofie", 0) else account("sofie", 0)
    assert not binds(world.endpoint, other, GOOD)


@pytest.mark.parametrize("forged", ["2", "99", "-1", "", "x", "people", "0 or 1"])
def test_an_account_that_is_not_offered_cannot_be_named(world: World, forged: str) -> None:
    world.log_in(cpr("sofie"))
    answer = world.post("/account", {"account": forged})
    assert answer.status_code == 422
    assert "Vælg den konto" in answer.text
    assert world.get("/password").location == "/account"


def test_every_refused_rule_is_shown_at_the_field_and_nothing_is_sent(world: World) -> None:
    world.log_in(cpr("freja"))
    answer = world.choose_password("kort")
    assert answer.status_code == 422
    assert "Fejl:" in answer.text
    assert answer.text.count("Adgangskoden er for kort") >= 2  # in the summary and at the field
    assert "kort" not in hidden(answer.text, "password")
    assert [row.state for row in rows(world)] == [AttemptState.REFUSED, AttemptState.READY]


def test_the_directorys_own_refusal_is_told_in_words(world: World) -> None:
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    world.clock.forward(minutes=1)
    world.log_in(cpr("freja"))
    answer = world.choose_password(GOOD)
    assert answer.status_code == 422
    assert "Du har brugt adgangskoden før" in answer.text


def test_two_different_passwords_are_refused_and_one_missing_field_is_the_script(world: World) -> None:
    world.log_in(cpr("freja"))
    attempt = hidden(world.get("/password").text, "attempt")
    wrong = world.post("/password", {"attempt": attempt, "password": GOOD, "password2": ALSO_GOOD})
    assert wrong.status_code == 422
    assert "ikke ens" in wrong.text
    missing = world.post("/password", {"attempt": attempt, "password": GOOD, "password2": ""})
    assert missing.status_code == 422
    assert world.post("/password", {"attempt": attempt, "password": GOOD}).location == "/done"


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


def test_a_person_without_an_account_is_told_so(world: World) -> None:
    assert world.log_in("6101901234").location == "/stopped"
    answer = world.get("/stopped")
    assert "Vi fandt ingen konto" in answer.text
    assert "Henvisningskode" in answer.text


def test_an_idle_login_ends_and_says_so(world: World) -> None:
    world.log_in(cpr("freja"))
    world.clock.forward(minutes=10)
    assert world.get("/password").location == "/expired"
    assert "Du er logget af" in world.get("/expired").text
    assert not world.logged_in()


def test_activity_keeps_a_login_until_the_absolute_limit(world: World) -> None:
    world.log_in(cpr("freja"))
    for _ in range(3):
        world.clock.forward(minutes=9)
        assert world.get("/password").status_code == 200
    world.clock.forward(minutes=3)
    assert world.get("/password").location == "/expired"


def test_stay_is_activity(world: World) -> None:
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


def test_the_language_chosen_before_the_login_lasts(world: World) -> None:
    world.get("/?lang=en")
    world.log_in(cpr("freja"))
    assert '<html lang="en"' in world.get("/password").text


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


def test_an_account_closed_since_the_match_is_not_written_to(world: World) -> None:
    world.log_in(cpr("freja"))
    page = world.get("/password").text
    close_account(world.endpoint, account("freja"))
    answer = world.post("/password", {"attempt": hidden(page, "attempt"), "password": GOOD})
    assert "Kontoen er ændret i mellemtiden" in answer.text
    assert world.get("/password").location == "/stopped"


def test_a_directory_that_is_down_is_told_before_and_after_the_match(make_world: Callable[..., World]) -> None:
    world = make_world()
    dead = replace(world.settings.directories[0], hosts=("ldaps://127.0.0.1:1",))
    world = make_world(directories=(dead,))
    assert world.log_in(cpr("freja")).location == "/stopped"
    answer = world.get("/stopped")
    assert answer.status_code == 503
    assert "Vi kan ikke ændre adgangskoder lige nu" in answer.text


def test_one_directory_down_still_serves_the_other(make_world: Callable[..., World]) -> None:
    world = make_world()
    alive = world.settings.directories[0]
    dead = replace(alive, name="guests", title="Gæsternes katalog", hosts=("ldaps://127.0.0.1:1",))
    world = make_world(directories=(alive, dead))
    assert world.log_in(cpr("freja")).location == "/account"
    page = world.get("/account").text
    assert "Gæsternes katalog" in page
    assert account("freja") in page


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


def test_a_problem_within_a_visit_shows_the_visits_own_code(make_world: Callable[..., World]) -> None:
    world = make_world(limits=Limits(sets_per_person_per_day=1))
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    world.log_in(cpr("freja"))
    with world.app.extensions["resetapp"].database.reading() as db:
        references = [login.reference for login in db.query(Login).order_by(Login.id)]
    answer = world.get("/password")
    assert answer.status_code == 429
    assert references[1] in answer.text


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
