"""Who of the staff gets which page of mappings, and that without them there is none."""

from collections.abc import Callable
from dataclasses import replace

from werkzeug.test import TestResponse

from resetapp.core.staff import Role
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World
from tests.web.mapping.steps import APPROVER, MAPPER, ROLES, ask, asked, console, decide, mapping_world, states, submit
from tests.web.staff_steps import events, staff_roles

ACTS = ("approve", "reject", "withdraw")
PAGES = ("", "/new", "/change", "/template.csv", f"/{'a' * 32}", f"/remove/{'a' * 32}")
Make = Callable[..., World]


def test_an_auditor_sees_and_changes_nothing(make_world: Make, post: Post) -> None:
    world = mapping_world(make_world, post, roles=(*ROLES[:1], *staff_roles(Role.AUDITOR)))
    address = asked(world)
    with console(world, APPROVER) as auditor:
        for path in ("/staff/mappings", address):
            page = auditor.get(path, base_url=PUBLIC_URL)
            assert page.status_code == 200
            assert "/approve" not in page.text
            assert "/withdraw" not in page.text
            assert "/staff/mappings/new" not in page.text
        assert {submit(world, auditor, f"{address}/{word}").status_code for word in ACTS} == {403}
        assert auditor.get("/staff/mappings/new", base_url=PUBLIC_URL).status_code == 403
    assert states(world) == ["requested"]


def test_who_may_only_ask_or_only_decide_does_not_do_the_other(world: World) -> None:
    address = asked(world)
    assert decide(world, address, by=MAPPER).status_code == 403
    assert ask(world, by=APPROVER).status_code == 403
    assert decide(world, address, "withdraw").status_code == 403
    assert [each["task"] for each in events(world, "staff.denied")] == [
        "decide_mappings",
        "request_mappings",
        "request_mappings",
    ]
    assert states(world) == ["requested"]


def test_support_alone_gets_no_page_of_them(make_world: Make, post: Post) -> None:
    world = mapping_world(make_world, post, roles=staff_roles(Role.SUPPORT))
    with console(world, APPROVER) as browser:
        for path in PAGES:
            assert browser.get(f"/staff/mappings{path}", base_url=PUBLIC_URL).status_code == 403


def test_switched_off_there_is_none_of_it(make_world: Make, post: Post) -> None:
    world = mapping_world(make_world, post)
    services = world.app.extensions["resetapp"]
    world.app.extensions["resetapp"] = replace(services, desk=replace(services.desk, register=None))
    with console(world, MAPPER) as browser:
        found: list[TestResponse] = [browser.get(f"/staff/mappings{path}", base_url=PUBLIC_URL) for path in PAGES]
        found += [submit(world, browser, f"/staff/mappings{path}") for path in ("", "/new", "/change", "/export")]
        assert {each.status_code for each in found} == {404}
        assert "/staff/mappings" not in browser.get("/staff/", base_url=PUBLIC_URL).text
    assert world.get(f"/freeze/{'a' * 64}").status_code == 404
