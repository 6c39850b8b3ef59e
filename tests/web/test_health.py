"""The health page: one coarse word for a machine, and nothing that a stranger could use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from resetapp.demo.messages import hub_metadata
from resetapp.saml.expiry import expiries
from tests.hub import ENTITY_ID, SLO, SSO
from tests.web.conftest import Keys, World

WORDS = {"ok": 200, "attention": 200, "failing": 503}


def told(world: World) -> str:
    world.app.extensions["resetapp"].reminder.look()
    answer = world.get("/healthz", world.other_browser())
    word = answer.text.removesuffix("\n")
    assert answer.status_code == WORDS[word]
    assert answer.mimetype == "text/plain"
    assert "Set-Cookie" not in answer.headers
    return word


def first_end(world: World) -> datetime:
    return expiries(world.settings.wayf, world.clock())[0].ends_at


@pytest.mark.parametrize("days", [61, 59, 29, 6, -1])
def test_a_certificate_that_ends_is_one_word(world: World, days: float) -> None:
    word = "attention" if days < 30 else "ok"
    world.clock.at = first_end(world) - timedelta(days=days)
    assert told(world) == word


def test_without_its_database_it_fails(world: World) -> None:
    assert told(world) == "ok"
    Path(world.settings.database.url.removeprefix("sqlite:///")).write_bytes(b"no database at all" * 500)
    world.app.extensions["resetapp"].database.close()
    assert told(world) == "failing"


def test_with_metadata_that_has_expired_it_fails(
    make_world: Callable[..., World], world: World, keys: Keys, tmp_path: Path
) -> None:
    file = tmp_path / "hub.xml"
    end = world.clock() + timedelta(days=90)
    file.write_bytes(hub_metadata(ENTITY_ID, SSO, SLO, [keys.hub], valid_until=end))
    other = make_world(wayf=replace(world.settings.wayf, hub_metadata_file=file))
    assert told(other) == "ok"
    other.clock.forward(days=90)
    assert told(other) == "failing"
