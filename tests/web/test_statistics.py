"""The page and the file of the statistics: who may see them, what stands in them, and that nobody does."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from resetapp import texts
from resetapp.assets import folder
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Role
from resetapp.settings import Staff
from resetapp.statistics import Period
from resetapp.web.console.charts import round_top
from resetapp.web.console.statistics import harmless
from resetapp.web.theme import contrast
from tests.web.conftest import World
from tests.web.staff_steps import enter, events, staff_roles, visited
from tests.web.visiting import account, cpr

Make = Callable[..., World]


@pytest.fixture
def make(make_world: Make) -> Make:
    def made(*roles: Role, **changes: Any) -> World:
        return make_world(staff=replace(Staff(enabled=True, roles=staff_roles(*(roles or (Role.AUDITOR,)))), **changes))

    return made


def test_every_role_sees_them_and_the_first_page_leads_there(make: Make) -> None:
    world = make(Role.MAPPER)
    enter(world)
    assert "/staff/statistics" in world.get("/staff/").text
    assert world.get("/staff/statistics").status_code == 200


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("period", [*Period, "nonsense"])
def test_the_page_stands_empty_and_in_every_period(make: Make, language: str, period: str) -> None:
    world = make()
    enter(world)
    page = world.get(f"/staff/statistics?period={period}&lang={language}")
    assert page.status_code == 200
    assert page.text.count('aria-current="true"') == 1
    assert texts.text(language, "stats.finding_none", least=5) in page.text
    assert "style=" not in page.text
    ids = re.findall(r'\bid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))


def test_what_people_did_is_counted_and_few_are_not_told(make: Make) -> None:
    world = make(ticket_share=100, ticket_price=200)
    visited(world)
    world.clock.forward(seconds=1)
    world.post("/logout", {})
    enter(world)
    page = world.get("/staff/statistics").text
    assert "<dt>Forløb</dt><dd>&lt;5</dd>" in page
    assert "Anslåede sparede" not in page  # of fewer than five


def test_the_file_is_for_excel_and_has_the_same_numbers(make: Make) -> None:
    world = make()
    enter(world)
    answer = world.get("/staff/statistics.csv?period=7d")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="statistics-7d-\d{4}-\d\d-\d\d\.csv"', answer.headers["Content-Disposition"]
    )
    assert answer.data.startswith(b"\xef\xbb\xbfStatistik;Seneste 7 dage\r\n")
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert ["Forløb", "0"] in rows
    assert ["Dag", "Gennemført", "Ikke gennemført"] in rows


def test_nobody_stands_in_page_or_file(make: Make) -> None:
    world = make()
    reference = visited(world)
    enter(world)
    person = events(world, "login.completed")[0]["person"]
    for path in ("/staff/statistics", "/staff/statistics.csv"):
        told = world.get(path).text
        assert not [each for each in (reference, person, cpr("freja"), account("freja")) if each in told]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"x{cell}") == f"x{cell}"


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 8), (9, 10), (40, 40), (41, 80), (101, 200), (4001, 8000)]
)
def test_the_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert round_top(most) == top


def test_every_outcome_has_its_words() -> None:
    rest = set(Outcome) - {Outcome.OPEN, Outcome.DONE}
    assert [each for each in rest if not texts.has(f"stats.is_{each}")] == []
    assert [each for each in Period if not texts.has(f"stats.period_{each}")] == []


def test_the_bars_stand_out_in_light_and_dark() -> None:
    """pages.md 10; WCAG 2.2, 1.4.11."""
    sheet, look = ((folder("static") / name).read_text() for name in ("console.css", "style.css"))
    grounds = re.findall(r"--sheet: (#[0-9a-f]{6})", look)[:2]
    series = list(zip(re.findall(r"--series-1: (#\w+)", sheet), re.findall(r"--series-2: (#\w+)", sheet), strict=True))
    assert len(series) == len(grounds) == 2
    for ground, pair in zip(grounds, series, strict=True):
        assert all(contrast(colour, ground) >= 3 for colour in pair)
    assert re.search(r"forced-colors: active\) \{[^@]*\.s1[^@]*Highlight", sheet)
