"""T8: outages are borne: another way is shown, and the login can be closed while the rest works."""

from pathlib import Path

import pytest

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import red, state, with_text, without


def test_a_failure_at_the_hub_shows_the_help_desk(rehearsal: Rehearsal) -> None:
    answer = rehearsal.fail_at_hub()
    assert answer.status_code == 403
    assert "+45 00 00 00 00" in answer.text


def test_it_holds(look: Inspection) -> None:
    assert state("T8", look) is State.HOLDS


def test_red_without_the_help_desk_on_the_page(look: Inspection) -> None:
    assert "T8.other_way" in red("T8", without(look, "base.html", "{{ help(reference|default(none)) }}"))


def test_red_when_a_closed_login_takes_the_page_along(look: Inspection) -> None:
    without(look, "problem/message.html", "{{ sign(tone|default('info')) }}", "{{ 1 // 0 if not login_open }}")
    assert "T8.off_switch" in red("T8", look)


def test_red_when_a_text_promises_more(look: Inspection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_text(monkeypatch, tmp_path, "start.title", "Underskriv med MitID")
    assert "Underskriv med MitID" in look.rehearsal.get("/").text
    assert red("T8", look) == {"T8.nothing_else"}
