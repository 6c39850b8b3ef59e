"""The visit: match, choice, new password, receipt; on a real directory."""

from collections.abc import Callable
from dataclasses import replace

from resetapp.core.outcomes import AttemptState
from resetapp.demo.people import PERSONAS
from resetapp.settings import Limits
from resetapp.storage.tables import Login
from tests.directory.binding import binds
from tests.web.conftest import World, hidden
from tests.web.visiting import ALSO_GOOD, GOOD, account, cpr, rows


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


def test_a_person_without_an_account_is_told_so(world: World) -> None:
    assert world.log_in("6101901234").location == "/stopped"
    answer = world.get("/stopped")
    assert "Vi fandt ingen konto" in answer.text
    assert "Henvisningskode" in answer.text


def test_the_language_chosen_before_the_login_lasts(world: World) -> None:
    world.get("/?lang=en")
    world.log_in(cpr("freja"))
    assert '<html lang="en"' in world.get("/password").text


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
