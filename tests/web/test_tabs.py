"""Trouble of time and tabs: two logins at once, the way back after minutes or hours, the back button."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from resetapp.core.outcomes import Outcome
from resetapp.storage.tables import Login
from resetapp.web.pending import KEPT, MOST
from tests.hub import request_id
from tests.web.conftest import PUBLIC_URL, World, csrf_token, hidden
from tests.web.visiting import GOOD, cpr, rows

FREJA, MIKKEL = cpr("freja"), cpr("mikkel")
COOKIE = "__Host-resetapp-login"
ENGLISH = {"Accept-Language": "en"}


def leave(world: World, client: FlaskClient | None = None) -> tuple[str, str]:
    """A tab goes to the hub: the request's ID and the RelayState that the hub sends back."""
    answer = world.get("/login", client)
    return request_id(answer.location), parse_qs(urlsplit(answer.location).query)["RelayState"][0]


def come_back(world: World, tab: tuple[str, str], person: str = FREJA, **more: str) -> tuple[int, str, str]:
    """The tab's answer arrives: status, where it leads to, and the page."""
    form = {"SAMLResponse": world.hub.posted(world.hub.answer(tab[0], person)), "RelayState": tab[1]}
    headers = {"Origin": "https://hub.example", "Sec-Fetch-Site": "cross-site", **more}
    answer = world.client.post("/saml/acs", data=form, headers=headers, base_url=PUBLIC_URL)
    return answer.status_code, answer.location or "", answer.text


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    return found[1].strip() if found else ""


def stored(world: World) -> list[Login]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return list(db.query(Login).order_by(Login.id))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the older first", "the newer first"])
def test_two_tabs_both_get_in_and_the_later_login_ends_the_earlier(world: World, order: tuple[int, int]) -> None:
    tabs = [leave(world), leave(world)]
    for place in order:
        assert come_back(world, tabs[place])[:2] == (303, "/password")
    first, last = (stored(world)[place] for place in order)
    assert (first.outcome, first.ended_at is not None) == (Outcome.LEFT, True)
    assert last.ended_at is None
    assert world.logged_in()


def test_the_choice_of_accounts_goes_over_to_the_other_tabs_login(world: World) -> None:
    tabs = [leave(world), leave(world)]
    assert come_back(world, tabs[1], cpr("sofie"))[1] == "/account"
    assert world.post("/account", {"account": "0"}).location == "/password"
    assert come_back(world, tabs[0], cpr("sofie"))[1] == "/password"


def test_each_answer_still_belongs_to_its_own_request_and_is_good_once(world: World) -> None:
    older, newer = leave(world), leave(world)
    assert come_back(world, (older[0], newer[1]))[0] == 403
    assert come_back(world, (newer[0], older[1]))[0] == 403
    assert come_back(world, newer)[0] == 303
    assert come_back(world, newer)[0] == 403
    assert come_back(world, older)[0] == 303


def test_a_relay_state_opens_nothing_in_a_browser_that_did_not_begin(world: World) -> None:
    tab = leave(world)
    world.client = world.other_browser()
    leave(world)  # it has begun a login of its own
    assert come_back(world, tab)[0] == 403
    assert not world.logged_in()


def test_only_so_many_tabs_are_remembered(world: World) -> None:
    tabs = [leave(world) for _ in range(MOST + 1)]
    cookie = world.client.get_cookie(COOKIE, domain="password.example.dk")
    assert cookie is not None
    assert len(cookie.value.split(".")) == MOST
    assert come_back(world, tabs[0])[0] == 403
    assert come_back(world, tabs[1])[0] == 303


def test_a_hub_that_forgets_relay_state_finishes_the_newest(world: World) -> None:
    leave(world)
    assert come_back(world, (leave(world)[0], ""))[0] == 303


def test_relay_state_tells_nothing_of_the_cookie(world: World) -> None:
    _, state = leave(world)
    cookie = world.client.get_cookie(COOKIE, domain="password.example.dk")
    assert cookie is not None
    assert re.fullmatch("[0-9a-f]{16}", state)
    assert state not in cookie.value


@pytest.mark.parametrize("minutes", [3, 4, 9])
def test_after_some_minutes_at_the_hub_the_way_back_is_open(world: World, minutes: int) -> None:
    tab = leave(world)
    world.clock.forward(minutes=minutes)
    assert come_back(world, tab)[0] == 303


def test_who_lets_the_hubs_page_time_out_begins_again_and_gets_in(world: World) -> None:
    leave(world)
    world.clock.forward(minutes=4)
    assert world.get("/").status_code == 200
    assert come_back(world, leave(world))[0] == 303


LATE = {"da": "Dit login tog for lang tid", "en": "Your login took too long"}
UNKNOWN = {"da": "Vi venter ikke på dette login", "en": "We are not waiting for this login"}
USED = {"da": "Dette login er brugt", "en": "This login has been used"}
NEWER = {"da": "Du har logget på igen i mellemtiden", "en": "You have signed in again in the meantime"}


@pytest.mark.parametrize("language", ["da", "en"])
def test_who_comes_back_too_late_is_told_so_and_led_on(world: World, language: str) -> None:
    assert world.get(f"/?lang={language}").status_code == 200
    tab = leave(world)
    world.clock.forward(minutes=11)
    status, _, page = come_back(world, tab)
    assert (status, heading(page)) == (403, LATE[language])
    assert 'href="/login"' in page
    cookie = world.client.get_cookie(COOKIE, domain="password.example.dk")
    assert cookie is not None
    assert cookie.max_age == KEPT.total_seconds() > 30 * 60  # the browser keeps it beyond the longest request


@pytest.mark.parametrize("language", ["da", "en"])
def test_who_comes_back_to_no_login_at_all_is_told_what_may_have_been(world: World, language: str) -> None:
    tab = leave(world)
    world.client = world.other_browser()
    status, _, page = come_back(world, tab, **{"Accept-Language": language})
    assert (status, heading(page)) == (403, UNKNOWN[language])
    assert 'href="/login"' in page


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_back_button_to_the_hubs_page_leads_to_where_the_person_was(world: World, language: str) -> None:
    world.get(f"/?lang={language}")
    tab = leave(world)
    assert come_back(world, tab)[0] == 303
    status, _, page = come_back(world, tab, **{"Accept-Language": language})
    assert (status, heading(page)) == (403, USED[language])
    assert world.logged_in()
    assert re.findall(r'<a class="btn[^"]*" href="([^"]*)"', page) == ["/password", "/login"]
    assert world.get("/password").status_code == 200
    world.clock.forward(minutes=40)
    assert world.get("/password").location == "/expired"  # a way on for who is no longer logged in


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_form_of_the_earlier_tabs_login_says_what_happened(world: World, language: str) -> None:
    world.get(f"/?lang={language}")
    tabs = [leave(world), leave(world)]
    come_back(world, tabs[0])
    page = world.get("/password").text
    form = {"csrf_token": csrf_token(page), "attempt": hidden(page, "attempt"), "password": GOOD}
    come_back(world, tabs[1])
    world.get("/password")
    headers = {"Referer": f"{PUBLIC_URL}/password", "Sec-Fetch-Site": "same-origin"}
    answer = world.client.post("/password", data=form, headers=headers, base_url=PUBLIC_URL)
    assert (answer.status_code, heading(answer.text)) == (400, NEWER[language])
    assert re.findall(r'<a class="btn[^"]*" href="([^"]*)"', answer.text) == ["/password"]
    assert [row.sent_at for row in rows(world) if row.sent_at] == []
