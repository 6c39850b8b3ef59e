"""The console: a login of its own, and pages that only a role opens."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import ip_network

import pytest

from resetapp.core.staff import TASKS, Role, Task, may, too_many
from resetapp.demo import ldap_seed as seed
from resetapp.directory.ldap import LdapDirectory
from tests.directory.binding import admin_connection
from tests.hub import request_id
from tests.web.conftest import PUBLIC_URL, World
from tests.web.staff_steps import COOKIE, Make, enter, events, send, staff_roles, with_console
from tests.web.test_logout import hub_asks
from tests.web.visiting import account, cpr


@pytest.fixture
def make(make_world: Make) -> Make:
    return partial(with_console, make_world)


# ---- the way in


def test_who_is_in_the_group_gets_the_role_and_a_cookie_of_its_own(make: Make) -> None:
    world = make()
    answer = enter(world)
    assert (answer.status_code, answer.location) == (303, "/staff/")
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE))
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    page = world.get("/staff/")
    assert "Din adgang: support." in page.text
    assert "/staff/look-up" in page.text
    assert not world.logged_in()  # it opens nothing else
    [facts] = events(world, "staff.logged_in")
    assert (facts["roles"], facts["username"]) == (["support"], account("astrid"))


def test_who_is_in_no_group_gets_nothing_and_is_told_so(make: Make) -> None:
    world = make()
    answer = enter(world, "freja")
    assert answer.status_code == 403
    assert "Du har ikke adgang til konsollen" in answer.text
    assert COOKIE not in str(answer.headers)
    assert world.get("/staff/look-up").location == "/staff/"
    assert events(world, "staff.logged_in") == []


def test_who_has_every_role_is_not_let_in(make: Make) -> None:
    assert enter(make(*Role)).status_code == 403
    assert enter(make(*list(Role)[1:])).status_code == 303


def test_a_low_login_does_not_open_the_console(make: Make) -> None:
    assert enter(make(), level="Lav").status_code == 403


def test_who_has_left_the_group_has_left_the_role(make: Make) -> None:
    world = make()
    enter(world)
    leave(world)
    assert enter(world, client=world.other_browser()).status_code == 403


def leave(world: World, group: str = seed.ADMINISTRATORS) -> None:
    admin = admin_connection(world.endpoint)
    member = f"uid={account('astrid')},{seed.PEOPLE}"
    assert admin.modify(group, {"member": [("MODIFY_DELETE", [member])]})[1]["result"] == 0
    admin.unbind()


def join(world: World, group: str) -> None:
    admin = admin_connection(world.endpoint)
    member = f"uid={account('astrid')},{seed.PEOPLE}"
    assert admin.modify(group, {"member": [("MODIFY_ADD", [member])]})[1]["result"] == 0
    admin.unbind()


def close(world: World) -> None:
    admin = admin_connection(world.endpoint)
    closed = {"pwdAccountLockedTime": [("MODIFY_REPLACE", ["000001010000Z"])]}
    assert admin.modify(f"uid={account('astrid')},{seed.PEOPLE}", closed)[1]["result"] == 0
    admin.unbind()


@pytest.mark.parametrize("how", [leave, close])
def test_who_loses_the_role_is_logged_out_at_the_next_click(make: Make, how: Callable[[World], None]) -> None:
    world = make()
    enter(world)
    how(world)
    world.clock.forward(seconds=20)
    assert world.get("/staff/look-up").location == "/staff/"
    assert [each["by"] for each in events(world, "login.ended")] == ["role"]
    assert world.get("/staff/look-up").location == "/staff/"
    assert len(events(world, "login.ended")) == 1


def test_who_loses_one_of_two_roles_logs_in_anew_with_the_other(make_world: Make) -> None:
    given = (*staff_roles(Role.SUPPORT), *staff_roles(Role.AUDITOR, group=seed.IT_SUPPORT))
    world = with_console(make_world, roles=given)
    join(world, seed.IT_SUPPORT)
    enter(world)
    assert world.get("/staff/events").status_code == 200
    leave(world, seed.IT_SUPPORT)
    world.clock.forward(seconds=20)
    assert world.get("/staff/events").location == "/staff/"
    enter(world)
    assert world.get("/staff/events").status_code == 403
    assert world.get("/staff/look-up").status_code == 200


def test_a_new_role_does_not_come_to_a_login_that_goes_on(make_world: Make) -> None:
    given = (*staff_roles(Role.SUPPORT), *staff_roles(Role.AUDITOR, group=seed.IT_SUPPORT))
    world = with_console(make_world, roles=given)
    enter(world)
    join(world, seed.IT_SUPPORT)
    world.clock.forward(seconds=20)
    assert world.get("/staff/events").status_code == 403
    assert world.get("/staff/look-up").status_code == 200


def test_a_directory_that_is_down_logs_nobody_out(make: Make) -> None:
    """The console must show then how things stand."""
    world = make()
    enter(world)
    dead = replace(world.settings.directories[0], hosts=("ldaps://127.0.0.1:1",))
    directories = world.app.extensions["resetapp"].desk.directories
    directories["people"] = LdapDirectory(dead, world.clock)
    world.clock.forward(seconds=20)
    assert world.get("/staff/look-up").status_code == 200


def test_a_closed_account_opens_nothing_though_it_is_protected(make: Make) -> None:
    world = make()
    close(world)
    assert enter(world).status_code == 403


def test_an_answer_for_a_password_does_not_open_the_console_nor_the_other_way(make: Make) -> None:
    world = make()
    assert world.log_in(cpr("astrid")).location == "/stopped"
    assert world.get("/staff/look-up").location == "/staff/"
    other = world.other_browser()
    enter(world, client=other)
    assert not world.logged_in(other)


def test_a_new_login_of_either_kind_ends_the_older_of_the_same_browser(make: Make) -> None:
    world = make()
    enter(world)
    world.log_in(cpr("freja"))
    assert world.get("/staff/look-up").location == "/staff/"
    assert world.logged_in()
    enter(world)
    assert not world.logged_in()
    assert world.get("/staff/look-up").status_code == 200


def test_it_ends_by_itself_without_a_click(make: Make) -> None:
    world = make()
    enter(world)
    world.clock.forward(minutes=14)
    assert world.get("/staff/look-up").status_code == 200
    world.clock.forward(minutes=14)
    assert world.get("/staff/look-up").status_code == 200
    world.clock.forward(minutes=15)
    assert world.get("/staff/look-up").location == "/staff/"


def test_it_ends_in_any_case_after_its_limit(make: Make) -> None:
    world = make()
    enter(world)
    for _ in range(23):
        world.clock.forward(minutes=10)
        assert world.get("/staff/look-up").status_code == 200
    world.clock.forward(minutes=10)
    assert world.get("/staff/look-up").location == "/staff/"


def test_logging_out_ends_it_and_leads_on_to_the_hub(make: Make) -> None:
    world = make()
    enter(world)
    kept = world.client.get_cookie(COOKIE, path="/", domain="password.example.dk")
    assert kept is not None
    answer = send(world, "/staff/logout")
    assert answer.status_code == 200
    assert "SAMLRequest=" in answer.text
    assert [each["by"] for each in events(world, "login.ended")] == ["person"]
    world.client.set_cookie(COOKIE, kept.value, domain="password.example.dk", secure=True)
    assert world.get("/staff/look-up").location == "/staff/"


def test_the_hub_can_end_it_without_a_cookie(make: Make) -> None:
    world = make()
    left = world.client.get("/staff/login", base_url=PUBLIC_URL)
    response = world.hub.answer(request_id(left.location), cpr("astrid"))
    world.post_response(world.hub.posted(response))
    asked = hub_asks(world, response.name_id or "", response.session_index)
    assert world.other_browser().get(asked).status_code == 303
    assert world.get("/staff/look-up").location == "/staff/"


# ---- closed unless opened


def console_routes(world: World) -> list[tuple[str, str, str]]:
    """Path, method, and the task that opens it."""
    return [
        (
            re.sub("<[^>]*>", "a" * 32, rule.rule),
            method,
            world.app.view_functions[rule.endpoint].guard.partition(":")[2],
        )
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


OPEN = {"/staff/", "/staff/login", "/staff/logout"}


def test_without_a_login_every_page_leads_to_the_login(make: Make) -> None:
    world = make()
    world.app.config["WTF_CSRF_ENABLED"] = False
    for path, method, _task in console_routes(world):
        answer = world.client.open(path, method=method, base_url=PUBLIC_URL)
        assert path in OPEN or (answer.status_code, answer.location) == (303, "/staff/"), (path, method)


NARROW = (Role.APPROVER, Role.SUPPORT, Role.MAPPER)


def of_others(world: World, role: Role) -> list[tuple[str, str]]:
    return [(path, method) for path, method, task in console_routes(world) if task and not may([role], Task(task))]


@pytest.mark.parametrize("role", NARROW)
def test_with_another_role_every_page_answers_403_and_it_is_on_record(make: Make, role: Role) -> None:
    world = make(role)
    world.app.config["WTF_CSRF_ENABLED"] = False
    enter(world)
    asked = of_others(world, role)
    for path, method in asked:
        answer = world.client.open(path, method=method, base_url=PUBLIC_URL)
        assert answer.status_code == 403, (path, method)
        assert "Du har ikke adgang til siden" in answer.text
    assert len(asked) >= 3
    assert len(events(world, "staff.denied")) == len(asked)


def test_between_them_these_are_kept_out_of_every_page_with_a_task_that_not_all_have(make: Make) -> None:
    world = make()
    closed = {
        path for path, _, task in console_routes(world) if task and not all(may([role], Task(task)) for role in Role)
    }
    assert closed == {path for role in NARROW for path, _ in of_others(world, role)}


def test_switched_off_it_is_not_there(make: Make) -> None:
    world = make(enabled=False)
    assert {world.client.open(path, method=method).status_code for path, method, _ in console_routes(world)} <= {
        404,
        400,
    }
    assert world.get("/staff/").status_code == 404


@pytest.mark.parametrize(("network", "status"), [("127.0.0.0/8", 200), ("10.0.0.0/8", 404), ("::1/128", 404)])
def test_it_is_only_there_for_its_networks(make: Make, network: str, status: int) -> None:
    assert make(networks=(ip_network(network),)).get("/staff/").status_code == status


def test_a_page_that_nobody_guards_is_closed(make: Make) -> None:
    world = make()
    enter(world)
    world.app.view_functions["console.look_up"] = lambda: "naked"
    assert world.get("/staff/look-up").status_code == 404


def test_the_table_gives_every_task_to_some_role_and_none_to_all() -> None:
    for task in Task:
        roles = {role for role in Role if may([role], task)}
        assert roles
        assert roles == {role for role in Role if task in TASKS[role]}
    assert not may([], Task.LOOK_UP)
    assert too_many(frozenset(Role))
    assert not any(too_many(frozenset(Role) - {role}) for role in Role)


def test_the_report_belongs_to_the_events(make: Make) -> None:
    world = make(Role.AUDITOR)
    enter(world)
    page = world.get("/staff/report").text
    assert '<a href="/staff/events" aria-current="page">' in page
