"""What an auditor sees of the audit trail, what it says of rows that are not as they were written, and its export."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from resetapp import texts
from resetapp.core.events import EVENTS, LoginEnded, NoticeCleared, StaffLookedUp
from resetapp.core.staff import Role
from resetapp.settings import Staff
from resetapp.storage.verification import Flaw
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.staff_steps import enter, events, staff_roles, visited
from tests.web.visiting import account, cpr

FINGERPRINT = "f" * 64
Make = Callable[..., World]


@pytest.fixture
def world(make_world: Make) -> World:
    world = make_world(staff=replace(Staff(enabled=True, roles=staff_roles(Role.AUDITOR))))
    enter(world)
    return world


def ask(world: World, path: str = "/staff/events", **form: str) -> TestResponse:
    token = csrf_token(world.client.get("/staff/", base_url=PUBLIC_URL).text)
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
    return world.client.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)


def write(world: World, count: int, at: datetime | None = None) -> None:
    desk = world.app.extensions["resetapp"].desk
    for number in range(count):
        with desk.database.transaction() as db:
            desk.journal.write(db, NoticeCleared(by=str(number)), at or world.clock())


def execute(world: World, statement: str) -> None:
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text(statement))


def shown(page: TestResponse) -> list[int]:
    """The numbers of the events on the page, in its order."""
    assert page.status_code == 200, page.text
    return [int(each) for each in re.findall(r"Fakta om nr\. (\d+)<", page.text)]


# ---- reading


def test_the_newest_stand_first_in_plain_words_and_the_page_says_what_was_verified(world: World) -> None:
    visited(world)
    page = world.get("/staff/events")
    assert shown(page) == [4, 3, 2, 1]
    where = world.settings.directories[0].title
    assert f"Adgangskode ændret og prøvet i {where} for kontoen {account('freja')}" in page.text
    assert f"{account('astrid')} gik ind i konsollen med adgang til revision" in page.text
    assert "De 4 viste passer hver til den forrige, og den nyeste er nr. 4." in page.text
    assert "resetapp audit verify" in page.text
    english = world.get("/staff/events?lang=en").text
    assert f"{account('astrid')} read the events" in english
    assert "each of the 5 shown fits the one before it, and the newest is no. 5." in english


def test_who_reads_is_on_record_with_the_filter(world: World) -> None:
    world.get("/staff/events")
    ask(world, event="login.ended", since="2026-11-01", username="x")
    assert [(each["username"], each["wanted"]) for each in events(world, "staff.read_events")] == [
        (account("astrid"), ""),
        (account("astrid"), "event=login.ended since=2026-11-01T00:00:00+01:00 username=x"),
    ]


def test_no_fingerprint_is_shown_nor_fetched(world: World) -> None:
    visited(world)
    desk = world.app.extensions["resetapp"].desk
    with desk.database.transaction() as db:
        who = {"person": "e" * 64, "username": "astrid"}
        desk.journal.write(db, StaffLookedUp(by="cpr", about=FINGERPRINT, found=2, **who), world.clock())
    page = world.get("/staff/events").text
    assert "søgte på et CPR-nummer og fandt 2 forløb" in page
    fetched = [ask(world, "/staff/events/export", form=form, why="Kontrol").text for form in ("csv", "ecs")]
    assert all("password.answered" in each for each in fetched)
    for told in (page, *fetched):
        assert (
            re.findall(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", re.sub(r'"hash": "\w+"|\w{64}$', "", told, flags=re.M))
            == []
        )
        assert FINGERPRINT not in told
        assert cpr("freja") not in told


def test_pages_of_fifty_go_by_number_to_both_ends(world: World) -> None:
    write(world, 119)  # after the login: 120, and each reading adds one at the end
    first = ask(world)
    assert shown(first) == list(range(120, 70, -1))
    assert 'name="before" value="71"' in first.text
    assert 'name="after"' not in first.text
    second = ask(world, before="71")
    assert shown(second) == list(range(70, 20, -1))
    last = ask(world, before="21")
    assert shown(last) == list(range(20, 0, -1))
    assert 'name="before"' not in last.text
    assert 'name="after" value="20"' in last.text
    back = ask(world, after="20")
    assert shown(back) == list(range(70, 20, -1))
    assert shown(ask(world, after="100")) == list(range(124, 74, -1))  # too few for a page: the newest
    none = ask(world, before="1")
    assert shown(none) == []
    assert 'name="after" value="0"' in none.text
    assert shown(ask(world, after="0"))[-1] == 1


def test_each_filter_keeps_what_it_says_alone(world: World) -> None:
    visited(world)
    reference = str(events(world, "login.completed")[-1]["reference"])
    world.get("/staff/events")  # 5
    assert shown(ask(world, event="login.completed")) == [2]
    assert shown(ask(world, reference=reference.lower().replace("-", ""))) == [4, 3, 2]
    assert shown(ask(world, reference="0000-0000")) == []
    assert shown(ask(world, event="staff.logged_in", username=account("astrid").upper())) == [1]
    assert shown(ask(world, username=account("freja"))) == []  # of the staff alone
    assert shown(ask(world, event="password.answered", reference=reference)) == [4]


def test_days_are_those_of_denmark_and_the_last_one_counts(world: World) -> None:
    for hour in (22, 23):  # 23 and 0 o'clock in Denmark
        write(world, 1, datetime(2026, 1, 5, hour, 30, tzinfo=UTC))
    assert shown(ask(world, since="2026-01-05", until="2026-01-05")) == [2]
    assert shown(ask(world, since="2026-01-06", until="2026-01-06")) == [3]
    assert shown(ask(world, until="2026-01-06")) == [3, 2]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("event", "login.%"),
        ("event", "'; DROP TABLE audit_event; --"),
        ("since", "2026-13-01"),
        ("since", "0001-01-01"),
        ("until", "9999-12-31"),
        ("until", "\N{ARABIC-INDIC DIGIT TWO}026-01-01"),
        ("reference", "<script>"),
        ("reference", "%%%%-%%%%"),
        ("username", "a\x00b"),
        ("username", "\u202eastrid"),
    ],
)
def test_what_cannot_be_meant_is_told_and_shows_nothing(world: World, field: str, typed: str) -> None:
    answer = ask(world, **{field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Fakta om nr." not in answer.text
    assert "<script>" not in answer.text
    assert events(world, "staff.read_events") == []


@pytest.mark.parametrize("typed", ["%", "_", "\\", '"', '","by":"', "*", "x" * 300, "'"])
def test_a_username_is_no_pattern(world: World, typed: str) -> None:
    assert shown(ask(world, username=typed)) == []


@pytest.mark.parametrize("number", ["x", "-1", "1e3", "9" * 30, "\N{ARABIC-INDIC DIGIT TWO}"])
def test_a_place_that_is_none_leads_to_the_newest_page(world: World, number: str) -> None:
    assert shown(ask(world, before=number)) == [1]
    assert shown(ask(world, after=number)) == [2, 1]


@pytest.mark.parametrize("field", ["username", "reference", "event", "since", "why"])
def test_a_number_typed_anywhere_is_refused_not_shown_and_not_kept(world: World, field: str) -> None:
    number = cpr("freja")
    for typed in (number, f"{number[:6]}-{number[6:]}", f"om {number[:6]} {number[6:]}."):
        for path in ("/staff/events", "/staff/events/export"):
            answer = ask(world, path, **({"form": "csv", "why": "Kontrol"} | {field: typed}))
            assert answer.status_code == 422
            assert number[6:] not in answer.text
    with world.app.extensions["resetapp"].database.reading() as db:
        assert number[6:] not in str(db.execute(text("SELECT facts FROM audit_event")).all())


# ---- rows that are not as they were written


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_event SET facts = replace(facts, '2', '9') WHERE seq = 4", "Nr. 4: indholdet er rettet"),
        ("UPDATE audit_event SET facts = '[' WHERE seq = 4", "Nr. 4: indholdet er rettet"),
        ("UPDATE audit_event SET facts = '[1]', name = 'login.ended' WHERE seq = 4", "Nr. 4: er rettet eller flyttet"),
        ("UPDATE audit_event SET facts = '{}', name = 'login.completed' WHERE seq = 4", "Nr. 4: indholdet er rettet"),
        ("UPDATE audit_event SET at = 'garbage' WHERE seq = 4", "Nr. 4: er rettet eller flyttet"),
        ("UPDATE audit_event SET at = 5 WHERE seq = 4", "Nr. 4: er rettet eller flyttet"),
        ("UPDATE audit_event SET at = '9999-99-99 00:00:00' WHERE seq = 4", "Nr. 4: er rettet eller flyttet"),
        ("UPDATE audit_event SET at = '9999-12-31 23:59:59' WHERE seq = 4", "Nr. 4: er rettet eller flyttet"),
        ("UPDATE audit_event SET facts = NULL WHERE seq = 4", "Nr. 4: indholdet er slettet af en anden"),
        ("UPDATE audit_event SET reference = '=1+1' WHERE seq = 4", "Nr. 4: henvisningskoden eller personen er rettet"),
        ("UPDATE audit_event SET seal = hash WHERE seq = 4", "Nr. 4: er ikke skrevet af tjenesten"),
        ("DELETE FROM audit_event WHERE seq = 4", "Nr. 4: mangler"),
        ("DELETE FROM audit_event WHERE seq = 6", "Nr. 6: mangler"),
        ("UPDATE audit_head SET hash = seal", "Nr. 6: er ikke den, der skal være den nyeste"),
        ("UPDATE audit_head SET seal = hash", "Nr. 6: mærket for den nyeste er ikke vores"),
    ],
)  # fmt: skip
def test_a_row_that_was_tampered_with_is_shown_as_such(world: World, statement: str, words: str) -> None:
    write(world, 5)
    assert "Kæden holder ikke" not in world.get("/staff/").text  # the first page looks at nothing
    execute(world, statement)
    page = world.get("/staff/events")
    assert page.status_code == 200
    assert "Kæden holder ikke" in page.text
    assert words in page.text
    assert "passer hver til den forrige" not in page.text


def test_a_filtered_page_speaks_of_its_own_rows_alone(world: World) -> None:
    write(world, 5)
    execute(world, "UPDATE audit_event SET facts = '{}' WHERE seq = 4")
    assert "De 1 viste passer hver til den forrige" in ask(world, event="staff.logged_in").text


def test_what_has_been_erased_says_so_and_holds(world: World) -> None:
    visited(world)
    desk = world.app.extensions["resetapp"].desk
    world.clock.forward(days=1)
    enter(world)
    with desk.database.transaction() as db:
        kinds = {event.kind for event in EVENTS.values() if event is LoginEnded}
        desk.journal.erase_old(db, dict.fromkeys(kinds, world.clock() - timedelta(hours=1)))
    page = world.get("/staff/events").text
    assert re.search(r'class="at">[^<]+</span> Indholdet er slettet, fordi tiden er gået', page)
    assert "Kæden holder ikke" not in page


# ---- fetching


@pytest.mark.parametrize("form", ["csv", "ecs"])
def test_a_reason_is_asked_for_and_on_record_before_a_line_goes_out(world: World, form: str) -> None:
    for typed in ("", "   ", "abc"):
        answer = ask(world, "/staff/events/export", form=form, why=typed)
        assert (answer.status_code, 'href="#why"' in answer.text) == (422, True)
    assert events(world, "staff.exported_events") == []
    answer = ask(world, "/staff/events/export", form=form, why="Tilsyn <2026>", event="staff.logged_in")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="events-20')
    [facts] = events(world, "staff.exported_events")
    assert (facts["form"], facts["why"], facts["wanted"]) == (form, "Tilsyn <2026>", "event=staff.logged_in")
    assert "Tilsyn &lt;2026&gt;" in world.get("/staff/events").text


def test_an_unknown_form_is_refused(world: World) -> None:
    assert ask(world, "/staff/events/export", form="exe", why="Kontrol").status_code == 422


def test_a_spreadsheet_carries_nothing_out(world: World) -> None:
    desk = world.app.extensions["resetapp"].desk
    with desk.database.transaction() as db:
        looked = StaffLookedUp(by="username", about="x;=cmd|' /C calc'!A0", found=0, username="astrid")
        desk.journal.write(db, looked, world.clock())
    write(world, 1)
    execute(world, "UPDATE audit_event SET name = '=1+1', reference = '@SUM(1)' WHERE seq = 3")
    fetched = ask(world, "/staff/events/export", form="csv", why="Kontrol").text
    rows = list(csv.DictReader(io.StringIO(fetched)))
    assert [row["event"] for row in rows] == ["staff.logged_in", "staff.looked_up", "'=1+1", "staff.exported_events"]
    assert rows[2]["reference"] == "'@SUM(1)"
    assert json.loads(rows[1]["facts"])["about"] == "x;=cmd|' /C calc'!A0"
    assert ";" not in fetched


def test_the_whole_trail_is_fetched_in_order_however_long(world: World) -> None:
    write(world, 2300)
    lines = ask(world, "/staff/events/export", form="ecs", why="Kontrol").text.splitlines()
    assert [json.loads(line)["event"]["sequence"] for line in lines] == list(range(1, 2303))


def test_every_event_fact_and_flaw_has_its_words() -> None:
    of_visits = ("login.", "accounts.", "password.", "unlock.")
    told: Iterator[str] = (name for name in EVENTS if not name.startswith(of_visits))
    assert [name for name in told if not texts.has(f"trail.event_{name.replace('.', '_')}")] == []
    facts = {each.name for event in EVENTS.values() for each in fields(event)} - {"person"}
    assert [
        each for each in sorted(facts) if not texts.has(f"export.{each}") and not texts.has(f"trail.fact_{each}")
    ] == []
    assert [flaw for flaw in Flaw if not texts.has(f"trail.flaw_{flaw}")] == []
