"""What support sees of a visit, what it is asked by, and what is on record of the asking."""

import re
from dataclasses import replace
from functools import partial

import pytest

from resetapp import texts
from resetapp.core.events import EVENTS
from resetapp.core.outcomes import Outcome, Refusal
from resetapp.core.staff import Role, Task
from resetapp.settings import Staff
from tests.web.staff_steps import Make, enter, events, send, staff_roles, visited, with_console
from tests.web.visiting import account, cpr


@pytest.fixture
def make(make_world: Make) -> Make:
    return partial(with_console, make_world)


def test_a_visit_is_found_by_its_reference_however_it_was_heard(make: Make) -> None:
    world = make()
    reference = visited(world)
    enter(world)
    plain = reference.replace("-", "")
    for typed in (reference, reference.lower(), f" {plain} ", plain.replace("0", "O").replace("1", "l")):
        page = send(world, "/staff/look-up", text=typed)
        assert page.status_code == 200
        assert "Fundne forløb: 1" in page.text, typed
        assert "Logget på med sikringsniveau Betydelig" in page.text
        assert f"for kontoen {account('freja')}" in page.text
        assert "Gennemført" in page.text
    assert {(each["by"], each["about"], each["found"]) for each in events(world, "staff.looked_up")} == {
        ("reference", reference, 1)
    }


def test_a_refused_password_is_told_with_its_reason_and_what_to_say(make: Make) -> None:
    world = make()
    reference = visited(world, password="kort")
    enter(world)
    page = send(world, "/staff/look-up", text=reference).text
    assert "Adgangskode afvist: for kort" in page
    assert "Brugeren er i gang" in page
    assert "Spørg aldrig brugeren om adgangskoden" in page


def test_a_refused_login_is_found_by_the_code_on_its_page(make: Make) -> None:
    world = make()
    refused = world.log_in(cpr("freja"), world.other_browser(), level="Lav")
    found = re.search(r'class="code">([0-9A-Z]{4}-[0-9A-Z]{4})<', refused.text)
    assert found
    enter(world)
    page = send(world, "/staff/look-up", text=found[1]).text
    assert "For lavt sikringsniveau" in page
    assert "app eller kodeviser" in page


def test_a_username_finds_visits_and_the_account_as_it_is_now(make: Make) -> None:
    world = make()
    visited(world)
    enter(world)
    page = send(world, "/staff/look-up", text=account("freja").upper()).text
    assert "Fundne forløb: 1" in page
    assert "Konti med det brugernavn" in page
    assert account("freja") in page
    assert [(each["by"], each["about"]) for each in events(world, "staff.looked_up")] == [
        ("username", account("freja").upper())
    ]


def test_the_person_can_learn_that_support_saw_them_but_not_who(make: Make) -> None:
    world = make()
    reference = visited(world)
    enter(world)
    send(world, "/staff/look-up", text=reference)
    [seen] = events(world, "person.seen")
    assert (seen["reference"], seen["role"]) == (reference, "support")
    assert seen["person"] == events(world, "login.completed")[0]["person"]
    assert account("astrid") not in str(seen)


@pytest.mark.parametrize("typed", ["nobody", "*", "a)(uid=*", "%", "æøå", "x" * 300])
def test_what_finds_nothing_says_so(make: Make, typed: str) -> None:
    world = make()
    visited(world)
    enter(world)
    page = send(world, "/staff/look-up", text=typed)
    assert page.status_code == 200
    assert "Ingen forløb passer til søgningen" in page.text


def test_a_number_is_refused_unless_the_institution_allows_it(make: Make) -> None:
    world = make()
    visited(world)
    enter(world)
    page = send(world, "/staff/look-up", text=cpr("freja"))
    assert page.status_code == 422
    assert "kan ikke søges på CPR-nummer" in page.text
    assert cpr("freja") not in page.text
    assert events(world, "staff.looked_up") == []


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("around", ["CPR {}", "{} Freja", "uid={}", "{}/{}", "99{}"])
def test_a_number_among_other_words_is_refused_and_not_written_down(make: Make, allowed: bool, around: str) -> None:
    world = make(search_by_cpr=allowed)
    enter(world)
    number = cpr("freja")
    for path in ("/staff/look-up", "/staff/look-up/end"):
        answer = send(world, path, text=around.replace("{}", f"{number[:6]}-{number[6:]}"))
        assert answer.status_code == 422
        assert number[6:] not in answer.text
    assert events(world, "staff.looked_up") == events(world, "staff.ended_logins") == []


def test_a_number_finds_the_persons_visits_and_is_neither_shown_nor_kept(make: Make) -> None:
    world = make(search_by_cpr=True)
    visited(world)
    visited(world, "sofie", password="")
    enter(world)
    number = cpr("freja")
    page = send(world, "/staff/look-up", text=f"{number[:6]}-{number[6:]}")
    assert "Fundne forløb: 1" in page.text
    assert number not in page.text
    assert number[6:] not in page.text
    [facts] = events(world, "staff.looked_up")
    assert (facts["by"], len(facts["about"]), number in str(facts)) == ("cpr", 64, False)


def test_too_many_questions_have_to_wait_and_raise_the_alarm(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    world = make(look_ups_per_hour=2)
    enter(world)
    assert [send(world, "/staff/look-up", text="nobody").status_code for _ in range(3)] == [200, 200, 429]
    assert "staff.look_up_alarm" in caplog.text
    world.clock.forward(minutes=61)
    enter(world)
    assert send(world, "/staff/look-up", text="nobody").status_code == 200


def test_support_can_end_the_persons_login(make: Make) -> None:
    world = make()
    browser = world.other_browser()
    world.log_in(cpr("freja"), browser)
    reference = str(events(world, "login.completed")[-1]["reference"])
    enter(world)
    assert "Afslut brugerens login nu" in send(world, "/staff/look-up", text=reference).text
    assert send(world, "/staff/look-up/end", text=reference).status_code == 303
    assert not world.logged_in(browser)
    assert [(each["about"], each["ended"]) for each in events(world, "staff.ended_logins")] == [(reference, 1)]
    assert world.get("/staff/look-up").status_code == 200  # the console's own login goes on


def test_a_directory_that_is_silent_is_named_and_the_rest_is_shown(make_world: Make) -> None:
    world = make_world(staff=Staff(enabled=True, roles=staff_roles(Role.SUPPORT)))
    visited(world)
    enter(world)
    directory = world.app.extensions["resetapp"].directories["people"]
    directory.close()
    closed = replace(world.settings.directories[0], hosts=("ldaps://127.0.0.1:1",))
    world.app.extensions["resetapp"].directories["people"] = type(directory)(closed, world.clock)
    page = send(world, "/staff/look-up", text=account("freja")).text
    assert "svarede ikke" in page
    assert "Fundne forløb: 1" in page


def test_everything_that_is_told_has_its_words() -> None:
    assert [each for each in Refusal if not texts.has(f"reason.{each}")] == []
    assert [each for each in Task if not texts.has(f"task.{each}")] == []
    assert [each for each in Role if not texts.has(f"staff.role_{each}")] == []
    states = ("set", "presumed", "not_set", "unknown", "unlocked", "silent", "refused", "chose", "sent", "no")
    assert [each for each in states if not texts.has(f"support.event_{each}")] == []
    known = {each for each in Outcome if texts.has(f"advice.{each}")}
    others = {Outcome.LOGIN_FAILED, Outcome.LOGIN_CLOSED, Outcome.LOGGED_OUT_ELSEWHERE, Outcome.NO_STAFF_ROLE}
    assert set(Outcome) - known == others
    assert "login.completed" in EVENTS
