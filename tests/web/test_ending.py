"""Logins that are ended by somebody else: another browser, a third login of the staff, the operator on any machine."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from resetapp.core.staff import Role
from resetapp.ending import end_open
from resetapp.storage.database import Database
from tests.web.conftest import PUBLIC_URL, World
from tests.web.staff_steps import enter, events, send, with_console
from tests.web.visiting import GOOD, account, cpr

Make = Callable[..., World]
ENDED = "Vi har afsluttet dit login"


@pytest.fixture
def console(make_world: Make) -> World:
    return with_console(make_world, Role.SUPPORT)


def is_in(world: World, client: FlaskClient | None = None, **headers: str) -> bool:
    browser = client or world.client
    return browser.get("/staff/look-up", base_url=PUBLIC_URL, headers=headers).status_code == 200


def ended_by(world: World) -> list[str]:
    return [each["by"] for each in events(world, "login.ended")]


def end(world: World, username: str = "") -> int:
    """As the command does it, in another process."""
    database = Database(world.settings.database.url)
    with database.transaction() as db:
        journal = world.app.extensions["resetapp"].desk.journal
        ended = end_open(db, journal, "anna (root)", "a stolen laptop", username, world.clock())
    database.close()
    return ended


def next_page(world: World, client: FlaskClient | None = None) -> TestResponse:
    answer = world.get("/password", client)
    return world.get(answer.location, client) if answer.status_code == 303 else answer


def test_a_cookie_that_is_taken_to_another_browser_ends_the_login_of_staff(console: World) -> None:
    enter(console)
    assert is_in(console)
    assert not is_in(console, **{"User-Agent": "Another/1.0"})
    assert not is_in(console)
    assert ended_by(console) == ["user_agent"]


def test_a_person_goes_on_with_another_browser(world: World) -> None:
    world.log_in(cpr("freja"))
    assert world.get("/password", headers={"User-Agent": "Another/1.0"}).status_code == 200
    assert world.choose_password(GOOD).location == "/done"


def test_a_login_of_staff_from_before_the_upgrade_goes_on(console: World) -> None:
    """No browser was written down with it."""
    enter(console)
    with console.app.extensions["resetapp"].database.transaction() as db:
        db.connection().exec_driver_sql("UPDATE staff_login SET browser = ''")
    assert is_in(console, **{"User-Agent": "Another/1.0"})


def test_a_third_login_of_a_member_ends_the_oldest_and_no_others(console: World) -> None:
    browsers = [console.other_browser() for _ in range(4)]
    enter(console, "astrid", browsers[0])
    console.clock.forward(minutes=1)
    for browser in browsers[1:3]:
        enter(console, "astrid", browser)
        console.clock.forward(minutes=1)
    assert [is_in(console, each) for each in browsers[:3]] == [False, True, True]
    assert ended_by(console) == ["parallel"]
    console.clock.forward(minutes=20)  # what time has ended counts no more
    enter(console, "astrid", browsers[3])
    assert ended_by(console) == ["parallel"]


def test_the_operator_ends_all_logins_on_every_node(make_world: Make) -> None:
    first = with_console(make_world)
    second = with_console(lambda **more: make_world(database=first.settings.database, **more))
    enter(first)
    person = second.other_browser()
    second.log_in(cpr("freja"), person)
    waiting = second.other_browser()
    answer = second.hub.posted(second.hub.answer(second.start(waiting), cpr("noah")))
    assert end(first) == 2
    assert not is_in(first)
    assert ENDED in next_page(second, person).text
    assert second.post_response(answer, waiting).status_code == 403
    assert ended_by(first) == ["operator"] * 2
    [told] = events(first, "logins.ended")
    assert (told["by"], told["why"], told["about"], told["ended"]) == ("anna (root)", "a stolen laptop", "", 2)


def test_the_operator_ends_those_of_one_username_alone(console: World) -> None:
    enter(console)
    freja, noah = console.other_browser(), console.other_browser()
    console.log_in(cpr("freja"), freja)
    console.log_in(cpr("noah"), noah)
    assert end(console, account("freja").upper()) == 1
    assert ENDED in next_page(console, freja).text
    assert console.logged_in(noah)
    assert is_in(console)
    assert end(console, account("astrid")) == 1
    assert not is_in(console)
    assert end(console, "nobody") == 0


def test_logging_out_of_the_console_clears_what_the_browser_kept_before_the_hub_is_asked(console: World) -> None:
    enter(console)
    answer = send(console, "/staff/logout")
    assert "SAMLRequest=" in answer.text
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
