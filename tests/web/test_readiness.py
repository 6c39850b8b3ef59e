"""The statistics' part on the start of term: what the page and the file say of what was counted."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest

from resetapp import texts
from resetapp.core.readiness import CountFault
from resetapp.core.staff import Role
from resetapp.settings import Staff
from resetapp.storage.readiness import Readiness
from tests.web.conftest import World
from tests.web.staff_steps import enter, staff_roles

Make = Callable[..., World]
PAGE = "/staff/statistics"


@pytest.fixture
def world(make_world: Make) -> World:
    made = make_world(staff=replace(Staff(enabled=True, roles=staff_roles(Role.AUDITOR))))
    enter(made)
    return made


def counted(world: World, days: int, **numbers: Any) -> None:
    at = world.clock() - timedelta(days=days)
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.add(Readiness(directory=world.settings.directories[0].name, counted_at=at, **numbers))


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_before_the_first_count_the_page_says_how_to(world: World, language: str) -> None:
    page = world.get(f"{PAGE}?lang={language}").text
    assert texts.text(language, "readiness.title") in page
    assert "resetapp readiness" in page
    assert 'id="ready-h"' not in page


def test_the_newest_count_is_a_bar_a_table_and_words(world: World) -> None:
    counted(world, 7, accounts=1000, with_number=800, mapped=0)
    counted(world, 0, accounts=1200, with_number=1003, mapped=104)
    page = world.get(PAGE).text
    assert 'id="ready-h"' in page
    assert "90 af 1.200 konti har ingen af delene." in page
    for cell in ("1.200", "1.000", "100", "90"):
        assert f'<td class="num">{cell}</td>' in page
    assert "110 færre (" in page
    assert texts.text("da", "readiness.todo") in page
    assert 'href="/staff/mappings"' not in page.partition('id="readiness"')[2]  # they are switched off
    assert "1.003" not in page


def test_few_are_not_told(world: World) -> None:
    counted(world, 0, accounts=100, with_number=97, mapped=0)
    page = world.get(PAGE).text
    assert "Under 5 af 100 konti har ingen af delene." in page
    assert '<td class="num">&lt;5</td>' in page


def test_where_nothing_is_left_nothing_is_to_be_done(world: World) -> None:
    counted(world, 0, accounts=100, with_number=100, mapped=0)
    page = world.get(PAGE).text
    assert "0 af 100 konti har ingen af delene." in page
    assert texts.text("da", "readiness.todo") not in page


@pytest.mark.parametrize("fault", CountFault)
def test_a_count_that_failed_says_why_and_what_to_do(world: World, fault: CountFault) -> None:
    counted(world, 1, accounts=100, with_number=50, mapped=0)
    counted(world, 0, fault=fault)
    for language in texts.LANGUAGES:
        page = unescape(world.get(f"{PAGE}?lang={language}").text)
        assert texts.text(language, f"readiness.fault_{fault}") in page
        assert texts.text(language, f"readiness.remedy_{fault}") in page
        assert '<td class="num">50</td>' in page


def test_the_file_has_the_same_numbers(world: World) -> None:
    counted(world, 0, accounts=1200, with_number=1003, mapped=2)
    file = world.get("/staff/statistics.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(file), delimiter=";"))
    head = rows.index(["Klar til semesterstart"]) + 1
    assert rows[head][1:5] == ["Konti", "Med CPR-nummer", "Kun tilknytning", "Ingen af delene"]
    assert rows[head + 1][1:5] == ["1.200", "1.000", "<5", "195"]
