"""A password is set shortly after MitID has told who somebody is; later MitID is asked anew (T18)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from resetapp.settings import Visits
from resetapp.storage.tables import Login
from resetapp.texts import time_of_day
from tests.directory.binding import binds
from tests.web.conftest import World, hidden
from tests.web.visiting import GOOD, account, cpr, rows


def test_a_password_that_comes_too_late_is_not_used(world: World) -> None:
    """Whoever finds the page open cannot take the account over."""
    world.log_in(cpr("freja"))
    attempt = hidden(world.get("/password").text, "attempt")
    world.clock.forward(minutes=5)
    answer = world.post("/password", {"attempt": attempt, "password": GOOD})
    assert answer.status_code == 403
    assert "Bekræft igen" in answer.text
    assert 'href="/login"' in answer.text
    assert "er den ikke brugt" in answer.text
    assert [row.sent_at for row in rows(world)] == [None]
    assert not binds(world.endpoint, account("freja"), GOOD)


def test_until_then_it_is_used(world: World) -> None:
    world.log_in(cpr("freja"))
    attempt = hidden(world.get("/password").text, "attempt")
    world.clock.forward(minutes=4, seconds=59)
    assert world.post("/password", {"attempt": attempt, "password": GOOD}).location == "/done"


def test_the_time_counts_from_the_login_at_mitid_and_not_from_its_way_back(world: World) -> None:
    world.log_in(cpr("freja"), authn_instant=world.clock() - timedelta(minutes=6))
    assert world.get("/password").status_code == 403


def test_nobody_begins_to_type_when_it_would_be_too_late(world: World) -> None:
    world.log_in(cpr("freja"))
    world.clock.forward(minutes=4)
    assert world.get("/password").status_code == 403


def test_the_page_says_until_when(world: World) -> None:
    world.log_in(cpr("freja"))
    until = world.clock() + timedelta(minutes=5)
    assert f"senest {time_of_day('da', until)}" in world.get("/password").text


def test_the_receipt_and_the_choice_need_no_younger_login(world: World) -> None:
    world.log_in(cpr("sofie"))
    world.clock.forward(minutes=6)
    assert world.get("/account").status_code == 200
    world.log_in(cpr("freja"))
    world.choose_password(GOOD)
    world.clock.forward(minutes=6)
    assert world.get("/done").status_code == 200


def test_who_confirms_goes_on_with_the_accounts_that_were_chosen(world: World) -> None:
    world.log_in(cpr("sofie"))
    world.post("/account", {"account": hidden(world.get("/account").text, "account")})
    world.clock.forward(minutes=5)
    assert world.get("/password").status_code == 403
    assert world.log_in(cpr("sofie")).location == "/password"
    assert world.choose_password(GOOD).location == "/done"
    with world.app.extensions["resetapp"].database.reading() as db:
        older, newer = db.query(Login).order_by(Login.id)
        assert older.ended_at is not None
        assert newer.ended_at is None


def test_another_person_at_the_same_browser_inherits_no_choice(world: World) -> None:
    world.log_in(cpr("freja"))
    assert world.get("/password").status_code == 200
    assert world.log_in(cpr("sofie")).location == "/account"


@pytest.mark.parametrize("minutes", [2, 30])
def test_the_institution_chooses_how_long(make_world: Callable[..., World], minutes: int) -> None:
    world = make_world(visits=Visits(idle=timedelta(minutes=30), confirm_after=timedelta(minutes=minutes)))
    world.log_in(cpr("freja"))
    attempt = hidden(world.get("/password").text, "attempt")
    world.clock.forward(minutes=minutes - 1, seconds=59)
    assert world.post("/password", {"attempt": attempt, "password": "kort"}).status_code == 422
