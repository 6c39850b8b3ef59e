"""P7: what is kept is told, deleted in time, and never the CPR number."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resetapp.settings import DatabaseSettings
from resetapp.storage import logins, retention
from resetapp.storage.database import Database
from resetapp.storage.schema import upgrade
from resetapp.storage.tables import Login
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def with_login(look: Inspection, tmp_path: Path, days: int) -> Inspection:
    """The installation's own database, with a login of so many days ago."""
    url = f"sqlite:///{tmp_path}/own.db"
    upgrade(url)
    database = Database(url)
    with database.transaction() as db:
        begun = look.now - timedelta(days=days)
        db.add(Login(reference="R", request_id="_r", browser_hash="b", language="da", opened_at=begun))
    database.close()
    return replace(look, settings=replace(look.settings, database=DatabaseSettings(url)))


def test_the_page_tells_what_is_set(looking: Callable[..., Inspection]) -> None:
    for months, told in ((14, 14), (7, 12)):  # what was changed is kept twelve months at least
        look = looking(institution={"log_months": months})
        assert f"Det bliver slettet efter {told} måneder." in look.rehearsal.get("/privacy").text
        assert state("P7", look) is State.HOLDS


def test_red_when_nothing_is_deleted(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "prune", lambda *_: 0)
    assert red("P7", look) == {"P7.deletion"}


def test_red_when_the_own_database_keeps_what_is_too_old(look: Inspection, tmp_path: Path) -> None:
    assert red("P7", with_login(look, tmp_path, 13 * 31 + 8)) == {"P7.deleted"}


def test_what_is_not_too_old_may_be_there(look: Inspection, tmp_path: Path) -> None:
    assert state("P7", with_login(look, tmp_path, 13 * 31)) is State.HOLDS


def test_red_when_the_page_is_silent(look: Inspection) -> None:
    assert red("P7", without(look, "reset/privacy.html", "{{ _('privacy.log', months=months) }}")) == {"P7.stated"}


def test_red_when_the_number_is_kept(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = logins.complete_login

    def keeping(db: Any, pending: Any, person: Any, *rest: Any) -> Any:
        return keep(db, pending, replace(person, name=person.cpr.digits), *rest)

    monkeypatch.setattr(logins, "complete_login", keeping)
    assert red("P7", look) == {"P7.number_not_kept"}
