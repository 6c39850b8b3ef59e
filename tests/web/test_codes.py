"""An activation code, from support's request to the new password: two people, one code, one browser."""

import pytest
from sqlalchemy import text

from resetapp.core.codes import CodeState
from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.core.staff import Purpose, Role
from resetapp.settings import CodeSettings, Encryption, Limits, Staff
from resetapp.storage.tables import Login, Visit
from tests.directory.binding import binds
from tests.mail.smtp_server import mail_settings, running_post
from tests.web.codes_steps import IT_SUPPORT, Counter, Make, counter
from tests.web.conftest import World
from tests.web.staff_steps import enter, events, staff_roles
from tests.web.test_visit_races import heading, stored
from tests.web.visiting import ALSO_GOOD, GOOD, cpr, rows


@pytest.fixture
def desk(make_world: Make) -> Counter:
    return counter(make_world)


def test_two_people_give_a_code_and_with_it_the_person_sets_a_password(desk: Counter) -> None:
    code = desk.shown()
    assert desk.type_in(code.lower().replace("-", " ")).location == "/password"
    assert desk.world.choose_password(GOOD).location == "/done"
    assert "ændret" in heading(desk.world.get("/done"))
    assert binds(desk.world.endpoint, "frni", GOOD)
    [attempt], [row] = rows(desk.world), desk.rows()
    assert (attempt.state, attempt.link) == (AttemptState.SET, row.link)
    assert (row.state, row.code_hash, row.requester, row.decider) == (CodeState.USED, None, "tora", "admin-asbe")


def test_such_a_login_holds_nothing_of_the_hubs_and_a_fingerprint_of_the_account(desk: Counter) -> None:
    desk.type_in(desk.shown())
    login = next(each for each in stored(desk.world, Login) if each.purpose is Purpose.CODE)
    assert (login.assurance, login.issuer, login.name_id, login.session_index) == (None, None, None, None)
    [visit] = stored(desk.world, Visit)
    with desk.world.app.extensions["resetapp"].database.reading() as db:
        persons = set(db.scalars(text("SELECT person FROM staff_login")))
    assert len(visit.person) == 64
    assert visit.person not in persons
    desk.world.log_in(cpr("freja"), desk.world.other_browser())
    assert len({each.person for each in stored(desk.world, Visit)}) == 2


def test_each_step_is_on_record_with_who_took_it(desk: Counter) -> None:
    desk.type_in("0000-0000-0000")
    code = desk.shown()
    desk.type_in("1111-1111-1111")
    desk.type_in(code)
    [asked], [approved], [shown] = (events(desk.world, f"code.{each}") for each in ("requested", "approved", "shown"))
    assert (asked["username"], asked["account"], asked["id_check"]) == ("tora", "frni", "passport")
    assert (asked["why"], approved["username"], shown["username"]) == ("Vist ved skranken", "admin-asbe", "tora")
    assert [each["account"] for each in events(desk.world, "code.refused")] == ["", "frni"]
    [used] = events(desk.world, "code.used")
    assert (used["account"], used["outcome"]) == ("frni", "open")
    assert used["reference"] == stored(desk.world, Login)[-1].reference


def test_nobody_approves_their_own_request(make_world: Make) -> None:
    desk = counter(make_world, roles=staff_roles(Role.SUPPORT, Role.APPROVER))
    enter(desk.world, "astrid", desk.support)
    place = desk.asked()
    answer = desk.post(desk.support, f"{place}/approve")
    assert answer.status_code == 422
    assert "En anden end den" in answer.text
    assert f'action="{place}/approve"' not in desk.support.get(place, base_url="https://password.example.dk").text
    assert [each.state for each in desk.rows()] == [CodeState.REQUESTED]
    assert desk.post(desk.support, f"{place}/show").status_code == 422


def test_who_only_asks_may_not_approve_and_who_only_approves_may_not_ask(desk: Counter) -> None:
    place = desk.asked()
    assert desk.post(desk.support, f"{place}/approve").status_code == 403
    assert desk.post(desk.approver, "/staff/codes/new").status_code == 403
    assert desk.post(desk.approver, f"{place}/show").status_code == 403


@pytest.mark.parametrize("username", ["tora", "TORA"])
def test_nobody_asks_for_a_code_for_their_own_account(desk: Counter, username: str) -> None:
    answer = desk.post(desk.support, "/staff/codes/new", username=username, id_check="known", note="Mig")
    assert answer.status_code == 422
    assert "din egen konto" in answer.text


def test_who_owns_the_account_cannot_approve_its_code_either(make_world: Make) -> None:
    """Sofie is let in by her administrator's account; the other one is hers by its CPR number."""
    desk = counter(make_world)
    enter(desk.world, "sofie", desk.approver)
    place = desk.asked(username="soli")
    answer = desk.post(desk.approver, f"{place}/approve")
    assert (answer.status_code, "din egen konto" in answer.text) == (422, True)
    assert [each.state for each in desk.rows()] == [CodeState.REQUESTED]


def test_an_approval_needs_a_login_of_just_now(desk: Counter) -> None:
    place = desk.asked()
    desk.world.clock.forward(minutes=6)
    assert desk.post(desk.approver, f"{place}/approve").status_code == 403
    assert [each.state for each in desk.rows()] == [CodeState.REQUESTED]
    enter(desk.world, "astrid", desk.approver)
    assert desk.post(desk.approver, f"{place}/approve").status_code == 303


@pytest.mark.parametrize(("username", "why"), [("admin-soli", "selvbetjening"), ("nobody", "findes ikke")])
def test_an_account_that_is_protected_or_not_there_gets_no_code(desk: Counter, username: str, why: str) -> None:
    answer = desk.post(desk.support, "/staff/codes/new", username=username, id_check="known", note="Kendt")
    assert (answer.status_code, why in answer.text) == (422, True)
    assert desk.rows() == []


@pytest.mark.parametrize("field", ["note", "username"])
def test_no_number_gets_into_a_request(desk: Counter, field: str) -> None:
    form = {"username": "frni", "id_check": "passport", "note": "Pas", field: "set 010190-1234 ok"}
    answer = desk.post(desk.support, "/staff/codes/new", **form)
    assert (answer.status_code, "ligner et CPR-nummer" in answer.text) == (422, True)
    assert ("010190-1234" in answer.text, desk.rows()) == (False, [])


def test_what_is_left_out_is_asked_for(desk: Counter) -> None:
    answer = desk.post(desk.support, "/staff/codes/new", username="", id_check="a guess", note=" ")
    assert answer.status_code == 422
    assert [each in answer.text for each in ("Skriv brugernavnet", "Vælg, hvordan", "Skriv, hvordan")] == [True] * 3


def test_there_is_one_request_for_an_account_and_it_can_be_rejected_or_withdrawn(desk: Counter) -> None:
    place = desk.asked()
    again = desk.post(desk.support, "/staff/codes/new", username="frni", id_check="known", note="Igen")
    assert "allerede en anmodning" in again.text
    assert desk.post(desk.approver, f"{place}/reject", why="Kender ikke sagen").status_code == 303
    assert "Kender ikke sagen" in desk.support.get(place, base_url="https://password.example.dk").text
    other = desk.asked()
    assert desk.post(desk.support, f"{other}/withdraw").status_code == 303
    assert desk.post(desk.approver, f"{other}/approve").status_code == 422
    assert [each["outcome"] for each in events(desk.world, "code.rejected")] == ["rejected", "withdrawn"]


def test_requests_lapse_after_an_hour_and_approvals_an_hour_later(desk: Counter) -> None:
    place = desk.asked()
    desk.world.clock.forward(minutes=60)
    enter(desk.world, "astrid", desk.approver)
    enter(desk.world, "tove", desk.support)
    assert desk.post(desk.approver, f"{place}/approve").status_code == 422
    place = desk.approved()
    desk.world.clock.forward(minutes=60)
    enter(desk.world, "tove", desk.support)
    assert desk.post(desk.support, f"{place}/show").status_code == 422
    assert [each.state for each in desk.rows()] == [CodeState.LAPSED, CodeState.APPROVED]


def test_a_code_is_shown_once_and_to_who_asked_alone(make_world: Make) -> None:
    desk = counter(
        make_world, roles=(*staff_roles(Role.SUPPORT, Role.APPROVER), *staff_roles(Role.SUPPORT, group=IT_SUPPORT))
    )
    place = desk.approved()
    assert desk.post(desk.approver, f"{place}/show").status_code == 422
    first = desk.post(desk.support, f"{place}/show")
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-store")
    assert desk.post(desk.support, f"{place}/show").status_code == 422
    assert "code big" not in desk.support.get(place, base_url="https://password.example.dk").text


def test_whoever_reads_the_code_is_told_whether_its_owner_is_told(make_world: Make) -> None:
    silent = counter(make_world)
    assert "Kontoens ejer kan ikke få besked." in silent.post(silent.support, f"{silent.approved()}/show").text
    with running_post(Encryption.NONE) as post:
        desk = counter(make_world, mail=mail_settings(post))
        assert "Kontoens ejer får besked." in desk.post(desk.support, f"{desk.approved()}/show").text


def test_a_newer_code_ends_the_one_before(desk: Counter) -> None:
    older = desk.shown()
    newer = desk.shown()
    assert desk.type_in(older).status_code == 422
    assert desk.type_in(newer).status_code == 303
    assert [each.state for each in desk.rows()] == [CodeState.REPLACED, CodeState.USED]


def test_more_requests_than_the_limit_raise_the_alarm_and_wait(
    make_world: Make, caplog: pytest.LogCaptureFixture
) -> None:
    desk = counter(make_world, CodeSettings(per_day=1))
    desk.asked()
    again = desk.post(desk.support, "/staff/codes/new", username="mbr", id_check="known", note="Kendt")
    assert again.status_code == 429
    assert any("code.request_alarm" in each.getMessage() for each in caplog.records)


def test_a_person_by_code_is_held_to_the_limits_of_everybody(make_world: Make) -> None:
    desk = counter(make_world, limits=Limits(sets_per_person_per_day=1))
    desk.type_in(desk.shown())
    desk.world.choose_password(GOOD)
    second = desk.world.other_browser()
    assert desk.type_in(desk.shown(), browser=second).location == "/password"
    assert desk.world.get("/password", second).status_code == 429
    assert binds(desk.world.endpoint, "frni", GOOD)
    assert not binds(desk.world.endpoint, "frni", ALSO_GOOD)
    assert stored(desk.world, Visit)[-1].outcome is Outcome.OPEN


def test_where_codes_are_off_there_is_no_page_and_no_link(make_world: Make) -> None:
    world: World = make_world(staff=Staff(enabled=True, roles=staff_roles(Role.SUPPORT, group=IT_SUPPORT)))
    enter(world, "tove")
    assert world.get("/code").status_code == 404
    assert "/code" not in world.get("/").text
    assert [world.get(f"/staff/codes{each}").status_code for each in ("", "/new", "/" + "a" * 32)] == [404] * 3
    assert "/staff/codes" not in world.get("/staff/").text
    assert "aktiveringskode" not in world.get("/privacy").text
