"""The same visit with PostgreSQL underneath: what differs there is locking, and that is where races are decided."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from resetapp import settle
from resetapp.core.outcomes import AttemptState
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.people import PERSONAS
from resetapp.settings import DatabaseSettings
from resetapp.storage.database import connect
from resetapp.storage.tables import Attempt, Login, Table
from tests.directory.binding import binds
from tests.directory.proxy import Fate
from tests.web import codes_steps
from tests.web.conftest import PUBLIC_URL, World, hidden
from tests.web.staff_steps import events, send
from tests.web.test_visit_races import post, twin
from tests.web.two_directories import GUEST, STAFF, STUDENT, Two, two_directories

pytestmark = pytest.mark.postgresql
FREJA = next(persona for persona in PERSONAS if persona.key == "freja")
GOOD = "grøn cykel under bro"


@pytest.fixture
def two(
    make_world: Callable[..., World], certificates: ServerCertificates, postgresql_url: str, world: World
) -> Iterator[Two]:
    """`world` sees to it that the database is empty again."""
    with two_directories(make_world, certificates, database=DatabaseSettings(postgresql_url)) as two:
        yield two


@pytest.fixture
def world(make_world: Callable[..., World], postgresql_url: str) -> Iterator[World]:
    yield make_world(database=DatabaseSettings(postgresql_url))
    engine = connect(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(t.name for t in Table.metadata.sorted_tables)} CASCADE"))
    engine.dispose()


def test_a_whole_visit(world: World) -> None:
    assert world.log_in(FREJA.cpr or "").location == "/password"
    assert world.choose_password("kort").status_code == 422
    assert world.choose_password(GOOD).location == "/done"
    assert "Din adgangskode er ændret" in world.get("/done").text
    assert binds(world.endpoint, FREJA.accounts[0].username, GOOD)
    assert world.post("/logout", {}).status_code == 200
    assert not world.logged_in()


def test_of_parallel_posts_of_one_answer_one_logs_in(world: World) -> None:
    field = world.hub.posted(world.hub.answer(world.start(), FREJA.cpr))
    cookie = world.client.get_cookie("__Host-resetapp-login", domain="password.example.dk")
    assert cookie is not None

    def post(_: int) -> int:
        browser = world.other_browser()
        browser.set_cookie("__Host-resetapp-login", cookie.value, domain="password.example.dk", secure=True)
        return world.post_response(field, browser).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(post, range(12)))
    assert statuses == [303] + [403] * 11
    with world.app.extensions["resetapp"].database.reading() as db:
        assert db.query(Login).filter(Login.token_hash.isnot(None)).count() == 1


def test_parallel_clicks_write_once(world: World) -> None:
    world.log_in(FREJA.cpr or "")
    page = world.get("/password").text
    form = {"attempt": hidden(page, "attempt"), "csrf_token": hidden(page, "csrf_token"), "password": GOOD}
    cookie = world.client.get_cookie("__Host-resetapp", domain="password.example.dk")
    assert cookie is not None

    def click(_: int) -> str:
        browser = world.other_browser()
        browser.set_cookie("__Host-resetapp", cookie.value, domain="password.example.dk", secure=True)
        headers = {"Referer": f"{PUBLIC_URL}/"}
        return browser.post("/password", data=form, headers=headers, base_url=PUBLIC_URL).location

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(click, range(8))) == {"/done"}
    with world.app.extensions["resetapp"].database.reading() as db:
        assert [row.state for row in db.query(Attempt)] == [AttemptState.SET]


def test_parallel_clicks_write_once_to_each_of_several_accounts(two: Two) -> None:
    two.choose(GUEST, STAFF, STUDENT)
    page = two.world.get("/password").text
    form = {name: hidden(page, name) for name in ("attempt", "csrf_token")} | {"password": GOOD}
    tabs = [twin(two.world) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda tab: post(two.world, "/password", form, tab), tabs))
    assert {answer.location for answer in answers} == {"/done"}
    assert two.opens(GOOD) == {GUEST, STAFF, STUDENT}
    assert len(two.proxy.modifies) == 1
    with two.desk.database.reading() as db:
        assert [row.state for row in db.query(Attempt)] == [AttemptState.SET] * 3


def test_a_lost_answer_is_settled_by_one_of_many_workers(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    two.proxy.fate = Fate.HELD
    assert two.submit(GOOD).location == "/done"
    two.proxy.fate = Fate.PASSED
    two.set_behind_our_back(GOOD)
    two.world.clock.forward(seconds=16)
    with ThreadPoolExecutor(4) as pool:
        found = [each for settled in pool.map(lambda _: list(settle.settle(two.desk)), range(4)) for each in settled]
    assert [(each.username, each.state) for each in found] == [(GUEST, AttemptState.PRESUMED)]
    assert "Sandsynligvis ændret" in two.world.get("/done").text


def test_a_nul_in_what_staff_type_or_ask_for_is_no_fault(make_world: Callable[..., World], world: World) -> None:
    """PostgreSQL takes none, where SQLite does. `world` sees to it that the database is empty again."""
    counter = codes_steps.counter(make_world, database=world.settings.database)
    found = send(counter.world, "/staff/look-up", counter.support, text="fr\0ni")
    assert found.status_code == 200
    assert [each["about"] for each in events(counter.world, "staff.looked_up")] == ["frni"]
    counter.asked(note="Vist\0 ved skranken\x1b")
    assert [each.note for each in counter.rows()] == ["Vist ved skranken"]
    for path in ("/staff/codes/%00", f"/staff/mappings/{'%00' * 32}"):
        assert counter.support.get(path, base_url=PUBLIC_URL).status_code == 404
