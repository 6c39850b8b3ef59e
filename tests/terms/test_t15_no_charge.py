"""T15: nobody is asked to pay."""

from pathlib import Path
from typing import Any

import pytest

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, with_text


def test_it_holds(look: Inspection) -> None:
    assert "payment=()" in look.rehearsal.get("/").headers["Permissions-Policy"]
    assert state("T15", look) is State.HOLDS


def test_red_when_a_text_speaks_of_a_fee(look: Inspection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_text(monkeypatch, tmp_path, "start.title", "En ny adgangskode mod gebyr")
    assert "En ny adgangskode mod gebyr" in look.rehearsal.get("/").text
    assert red("T15", look) == {"T15.no_fee"}


def test_red_when_browsers_may_pay(look: Inspection) -> None:
    def allowed(response: Any) -> Any:
        response.headers["Permissions-Policy"] = "camera=()"
        return response

    look.rehearsal.app.after_request_funcs[None].insert(0, allowed)
    assert red("T15", look) == {"T15.no_payment"}
