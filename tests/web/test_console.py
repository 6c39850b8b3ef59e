"""The console: a login of its own, pages by role, and what support reads of a visit."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from resetapp.core.staff import TASKS, Role, Task, may, too_many
from resetapp.demo import ldap_seed as seed
from resetapp.settings import Staff, StaffRole
from resetapp.storage import audit
from tests.directory.binding import admin_connection
from tests.hub import request_id
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.test_logout import hub_asks
from tests.web.visiting import GOOD, account, cpr

SUPPORT = "cn=it-support,ou=groups,dc=example,dc=dk"
COOKIE = "__Host-resetapp-console"
Make = Callable[..., World]


def staff_roles(*roles: Role, group: str = seed.ADMINISTRATORS) -> tuple[StaffRole, ...]:
    return tuple(StaffRole(role, "people", group) for role in roles)


@pytest.fixture
def make(make_world: Make) -> Make:
    def made(*roles: Role, **changes: Any) -> World:
        known = {"enabled": True, "roles": staff_roles(*(roles or (Role.SUPPORT,)))}
        return make_world(staff=Staff(**(known | changes)))

    return made


def enter(world: World, key: str = "astrid", client: FlaskClient | None = None, **changes: Any) -> TestResponse:
    """Through the hub into the console."""
    browser = client or world.client
    left = browser.get("/staff/login", base_url=PUBLIC_URL)
    assert left.status_code == 303
    response = world.hub.answer(request_id(left.location), cpr(key), **changes)
    return world.post_response(world.hub.posted(response), browser)


def send(world: World, path: str, client: FlaskClient | None = None, **form: str) -> TestResponse:
    browser = client or world.client
    token = csrf_token(browser.get("/staff/look-up", base_url=PUBLIC_URL).text) or "none"
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
    return browser.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)


def events(world: World, name: str) -> list[dict[str, Any]]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return [json.loads(each.facts or "{}") for each in audit.events(db) if each.name == name]


def visited(world: World, key: str = "freja", password: str = GOOD) -> str:
    """Somebody sets a password in a browser of their own; returns the reference."""
    browser = world.other_browser()
    world.log_in(cpr(key), browser)
    if password:
        world.choose_password(password, browser)
    return str(events(world, "login.completed")[-1]["reference"])


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
    admin = admin_connection(world.endpoint)
    member = f"uid={account('astrid')},{seed.PEOPLE}"
    assert admin.modify(seed.ADMINISTRATORS, {"member": [("MODIFY_DELETE", [member])]})[1]["result"] == 0
    assert enter(world, client=world.other_browser()).status_code == 403


def test_a_closed_account_opens_nothing_though_it_is_protected(make: Make) -> None:
    world = make()
    admin = admin_connection(world.endpoint)
    name = f"uid={account('astrid')},{seed.PEOPLE}"
    closed = {"pwdAccountLockedTime": [("MODIFY_REPLACE", ["000001010000Z"])]}
    assert admin.modify(name, closed)[1]["result"] == 0
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


def console_routes(world: World) -> list[tuple[str, str]]:
    return [
        (rule.rule, method)
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


OPEN = {"/staff/", "/staff/login", "/staff/logout"}


def test_without_a_login_every_page_leads_to_the_login(make: Make) -> None:
    world = make()
    world.app.config["WTF_CSRF_ENABLED"] = False
    for path, method in console_routes(world):
        answer = world.client.open(path, method=method, base_url=PUBLIC_URL)
        assert path in OPEN or (answer.status_code, answer.location) == (303, "/staff/"), (path, method)


def test_with_another_role_every_page_answers_403_and_it_is_on_record(make: Make) -> None:
    world = make(Role.APPROVER)
    world.app.config["WTF_CSRF_ENABLED"] = False
    enter(world)
    asked = [(path, method) for path, method in console_routes(world) if path not in OPEN]
    for path, method in asked:
        answer = world.client.open(path, method=method, base_url=PUBLIC_URL)
        assert answer.status_code == 403, (path, method)
        assert "Du har ikke adgang til siden" in answer.text
    assert len(asked) >= 3
    assert len(events(world, "staff.denied")) == len(asked)


def test_switched_off_it_is_not_there(make: Make) -> None:
    world = make(enabled=False)
    assert {world.client.open(path, method=method).status_code for path, method in console_routes(world)} <= {404, 400}
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


# ---- what support sees


def test_a_visit_is_found_by_its_reference_however_it_was_heard(make: Make) -> None:
    world = make()
    reference = visited(world)
    enter(world)
    plain = reference.replace("-", "")
    for typed in (reference, reference.lower(), f" {plain} ", plain.replace("0", "O").replace("1", "l")):
        if typed.strip().isalpha():
            continue  # without a hyphen or a digit it is taken for a username
        page = send(world, "/staff/look-up", text=typed)
        assert page.status_code == 200
        assert "Fundne forløb: 1" in page.text, typed
        assert "Logget på via NemLog-in på niveau Betydelig" in page.text
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
    assert "MitID app eller kodeviser" in page


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
