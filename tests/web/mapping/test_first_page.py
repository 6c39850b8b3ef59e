"""The console's first page: what a role opens, what waits for an answer, and support's search."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from resetapp.demo import ldap_seed as seed
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.mapping.steps import APPROVER, DAY, MAPPER, asked, console, decide, join, main
from tests.web.staff_steps import enter, visited, with_console

Make = Callable[..., World]
WAITS = "Tilknytninger, der venter på dit svar: 1"


def first_page(browser: FlaskClient) -> str:
    return browser.get("/staff/", base_url=PUBLIC_URL).text


def sections(page: str) -> list[tuple[str, bool]]:
    """Where the navigation leads, and whether that is where one is."""
    nav = re.search(r'<nav class="sections".*?</nav>', page, re.DOTALL)
    found = re.findall(r'<a href="([^"]+)"( aria-current="page")?>', nav[0]) if nav else []
    return [(address, bool(current)) for address, current in found]


def test_the_navigation_leads_to_the_pages_of_the_roles_and_says_where_one_is(world: World) -> None:
    with console(world, MAPPER) as browser:
        page = first_page(browser)
        assert sections(page) == [("/staff/mappings", False), ("/staff/statistics", False)]
        assert "CPR-numre knyttet til konti" in page
        for address in ("/staff/mappings", "/staff/mappings/new"):
            shown = browser.get(address, base_url=PUBLIC_URL).text
            assert sections(shown)[0] == ("/staff/mappings", True)
    assert sections(first_page(world.other_browser())) == []


def test_what_waits_is_told_to_who_may_decide_it_and_did_not_ask(world: World) -> None:
    address = asked(world)
    with console(world, APPROVER) as approver, console(world, MAPPER) as mapper:
        assert WAITS in first_page(approver)
        assert "venter på dit svar" not in first_page(mapper)
    decide(world, address, "reject", reason="Ikke set ved skranken")
    with console(world, APPROVER) as approver:
        assert "venter på dit svar" not in first_page(approver)


def test_what_one_asked_for_oneself_does_not_wait_for_oneself(world: World) -> None:
    join(world, APPROVER, seed.IT_SUPPORT)
    asked(world, by=APPROVER)
    with console(world, APPROVER) as both:
        assert "venter på dit svar" not in first_page(both)


def test_what_can_only_lapse_does_not_wait(world: World) -> None:
    asked(world)
    world.clock.forward(minutes=(7 * DAY + timedelta(hours=1)) // timedelta(minutes=1))
    with console(world, APPROVER) as approver:
        assert "venter på dit svar" not in first_page(approver)


def test_support_searches_from_the_first_page_and_sees_the_week(make_world: Make) -> None:
    world = with_console(make_world)
    enter(world)
    assert "Seneste 7 dage" not in world.get("/staff/").text  # nothing has happened yet
    reference = visited(world)
    world.clock.forward(minutes=60)  # what still goes on is not counted
    enter(world)
    page = world.get("/staff/").text
    assert "Seneste 7 dage" in page
    assert re.search(r'action="/staff/look-up" role="search"', page)
    headers = {"Referer": f"{PUBLIC_URL}/staff/", "Sec-Fetch-Site": "same-origin"}
    form = {"csrf_token": csrf_token(page), "text": reference}
    found = world.client.post("/staff/look-up", data=form, headers=headers, base_url=PUBLIC_URL)
    assert reference in main(found)


def test_who_may_not_search_has_no_search(world: World, post: Post) -> None:
    with console(world, MAPPER) as browser:
        assert 'role="search"' not in first_page(browser)
