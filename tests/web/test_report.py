"""The report to auditors and management, as the console shows it and hands it out."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from resetapp.core.events import StaffLookedUp
from resetapp.core.mapping_events import MappingRemoved, MappingRequested
from resetapp.core.staff import Role
from resetapp.settings import Staff
from tests.web.conftest import PUBLIC_URL, World
from tests.web.staff_steps import enter, events, staff_roles
from tests.web.test_trail import ask, execute
from tests.web.visiting import account, cpr

MIA = {"person": "a" * 64, "username": "mia"}
Make = Callable[..., World]


def world_of(make_world: Make, *roles: Role) -> World:
    world = make_world(staff=Staff(enabled=True, roles=staff_roles(*roles)))
    enter(world)
    return world


@pytest.fixture
def world(make_world: Make) -> World:
    """Something has happened in it: a mapping was asked for and removed, and somebody was looked up."""
    world = world_of(make_world, Role.AUDITOR)
    desk, number = world.app.extensions["resetapp"].desk, cpr("freja")
    of = {"mapping": "m", "directory": "people", "entry_id": "e", "account": f"{number[:6]}-{number[6:]}"}
    told = [
        MappingRequested(**MIA, **of, request="r", why="Sag <7>", notices=1),
        MappingRemoved(**MIA, **(of | {"account": "freja"}), why="=1+1"),
        StaffLookedUp(**MIA, by="cpr", about="f" * 64, found=2),
    ]
    with desk.database.transaction() as db:
        desk.journal.write_all(db, [(each, world.clock() - timedelta(days=3)) for each in told])
    world.clock.forward(seconds=1)  # the period ends before this moment
    return world


def fetch(world: World, **form: str) -> TestResponse:
    return ask(world, "/staff/report/export", **form)


def test_the_page_tells_what_happened_and_who_did_it_in_both_languages(world: World) -> None:
    page = world.get("/staff/report").text
    where = world.settings.directories[0].title
    for words in ("Anmodning om tilknytning", "Sag &lt;7&gt;", f"freja ({where})", "Opslag på CPR-nummer", "mia"):
        assert words in page
    assert "Login til konsollen" in page
    assert "1 af 1 opslag er valgt tilfældigt med startværdien" in page
    assert "De 4 hændelser i rapporten passer hver til den forrige, og den nyeste af alle er nr. 5." in page
    english = world.get("/staff/report?lang=en").text
    assert "Links between CPR number and account (2)" in english
    assert "None in the period." in english


def test_no_number_and_no_fingerprint_stands_in_it(world: World) -> None:
    """A directory may hold a number as a username."""
    number = cpr("freja")
    for told in (world.get("/staff/report").text, fetch(world, why="Tilsyn", days="7").text):
        assert "xxxxxx-xxxx" in told
        assert number[6:] not in re.sub(r'value="[^"]*"', "", told)
        assert "f" * 20 not in told
        assert "a" * 20 not in told


def test_periods_are_those_offered_and_the_shortest_for_anything_else(world: World) -> None:
    world.clock.forward(days=10)
    enter(world)
    for days, there in (("7", False), ("30", True), ("90", True), ("8", False), ("-1", False), ("x" * 99, False)):
        page = world.get(f"/staff/report?days={days}").text
        assert ("Tilknytning fjernet" in page) is there, days
        assert f'days={days if there else 7}" aria-current="true"' in page
    assert [each["wanted"][:13] for each in events(world, "staff.read_events")] == [
        *("report days=7", "report days=3", "report days=9", "report days=7", "report days=7", "report days=7"),
    ]


def test_the_address_on_the_page_gives_the_same_report_again(world: World) -> None:
    page = world.get("/staff/report?days=30&seed=kb1").text
    [again] = re.findall(r'class="again"><a class="alone" href="([^"]+)"', page)
    world.clock.forward(minutes=2)
    world.get("/staff/report")
    second = world.get(again.replace("&amp;", "&")).text
    assert "startværdien kb1" in second
    assert re.findall(r"Perioden går [^<]+", second) == re.findall(r"Perioden går [^<]+", page)
    for wrong in ("seed=<b>", "seed=" + "1" * 10, "until=9999-01-01T00:00Z", "until=2026-11-01", "until=%00"):
        answer = world.get(f"/staff/report?{wrong}")
        assert answer.status_code == 200
        words = re.sub(r"<[^>]*>", "", answer.text)
        assert not re.search(r"9999|1{10}|startværdien (?![0-9a-f]{8}\.)", words)


def test_reading_and_fetching_are_on_record_with_the_seed(world: World) -> None:
    world.get("/staff/report?days=30&seed=kb1")
    [read] = events(world, "staff.read_events")
    assert read["username"] == account("astrid")
    assert re.fullmatch(r"report days=30 until=\S+ seed=kb1", read["wanted"])
    fetch(world, why="Tilsyn 2026", days="90", seed="kb2")
    [told] = events(world, "staff.exported_events")
    assert (told["why"], told["form"], told["wanted"][-8:]) == ("Tilsyn 2026", "csv", "seed=kb2")


def test_the_file_is_the_same_report_and_a_spreadsheet_carries_nothing_out(world: World) -> None:
    answer = fetch(world, why="Tilsyn 2026", days="7", seed="kb1")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="report-20')
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    [removed] = [row for row in rows if row[1:2] == ["Tilknytning fjernet"]]
    assert (removed[3], removed[4], removed[6]) == ("mia", "mia", "'=1+1")
    assert any("kb1" in cell for row in rows for cell in row)


@pytest.mark.parametrize("why", ["", "abc", "Tilsyn\x07 2026", "om 010203-1234"])
def test_without_a_reason_that_may_be_kept_nothing_is_handed_out(world: World, why: str) -> None:
    answer = fetch(world, why=why)
    assert (answer.status_code, 'href="#why"' in answer.text) == (422, True)
    assert "1234" not in re.sub(r'value="[^"]*"', "", answer.text)
    assert 'value="om 010203' not in answer.text
    assert events(world, "staff.exported_events") == []


def test_fetching_needs_a_fresh_login(world: World) -> None:
    world.clock.forward(minutes=5)
    assert "/staff/login" in world.get("/staff/report").text
    assert fetch(world, why="Tilsyn 2026").status_code == 403
    assert events(world, "staff.exported_events") == []


def test_a_row_that_was_tampered_with_is_told_first(world: World) -> None:
    assert "panel bad" not in world.get("/staff/report").text
    execute(world, "UPDATE audit_event SET facts = replace(facts, 'mia', 'mie') WHERE seq = 3")
    page = world.get("/staff/report").text
    assert "panel bad" in page
    assert "Kæden holder ikke. Rapporten kan mangle noget eller være forkert." in page
    assert "Nr. 3: indholdet er rettet" in page


def test_who_has_every_role_but_the_auditors_gets_none_of_it(make_world: Make) -> None:
    world = world_of(make_world, *(set(Role) - {Role.AUDITOR}))
    assert world.get("/staff/report").status_code == 403
    assert fetch(world, why="Tilsyn 2026").status_code == 403
    assert {each["task"] for each in events(world, "staff.denied")} == {"read_events"}
    assert world.client.get("/staff/events", base_url=PUBLIC_URL).status_code == 403
    assert events(world, "staff.read_events") == []
