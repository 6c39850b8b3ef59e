"""What an operator sees of how the service stands; nothing of it is secret, and nothing waits for a dead directory."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resetapp import __version__, texts
from resetapp.core.staff import Role
from resetapp.directory.ldap import LdapDirectory
from resetapp.probes import Probes
from resetapp.saml.expiry import expiries
from resetapp.settings import Staff, Terms
from resetapp.storage import notices
from resetapp.storage.database import NEWEST_REVISION
from resetapp.storage.notices import Notice
from tests.house.canary import found_in
from tests.web.conftest import World
from tests.web.staff_steps import enter, staff_roles, visited
from tests.web.visiting import GOOD, account, cpr

Make = Callable[..., World]
OPERATOR = Staff(enabled=True, roles=staff_roles(Role.OPERATOR))


@pytest.fixture
def world(make_world: Make) -> World:
    world = make_world(staff=OPERATOR)
    enter(world)
    return world


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"ldaps://127.0.0.1:{listener.getsockname()[1]}"


def turn(world: World, host: str, **changes: Any) -> None:
    """The directory is at another address from now on."""
    services = world.app.extensions["resetapp"]
    services.directories["people"].close()
    settings = replace(world.settings.directories[0], hosts=(host,), **changes)
    services.directories["people"] = LdapDirectory(settings, world.clock)


def test_everything_that_goes_well_is_told(world: World) -> None:
    visited(world)
    page = world.get("/staff/status")
    assert page.status_code == 200
    for words in (
        world.settings.directories[0].title,
        "Svarede på ",
        "Gælder til",
        "Nøgle til underskrift",
        "Nøgle til kryptering 1",
        f"{NEWEST_REVISION} (programmet kræver {NEWEST_REVISION})",
        "Udfyldt",
        "resetapp check-config --terms",
        __version__,
    ):
        assert words in page.text, words
    assert 'class="tone bad"' not in page.text
    newest = page.text.partition("<dt>Nyeste</dt>")[2]
    assert newest.startswith("<dd>4 · ")
    assert "How the service is" in world.get("/staff/status?lang=en").text


def test_it_changes_nothing_and_writes_no_event(world: World) -> None:
    assert "<dd>1 · " in world.get("/staff/status").text
    assert "<dd>1 · " in world.get("/staff/status").text


def test_a_silent_directory_is_not_waited_for_longer_than_the_limit(world: World, silent: str) -> None:
    turn(world, silent, connect_timeout=20.0, answer_timeout=20.0)
    begun = time.monotonic()
    page = world.get("/staff/status")
    assert "Svarede ikke inden 3 sekunder" in page.text
    assert time.monotonic() - begun < 10  # without the limit it is twenty


def test_a_directory_that_is_not_there_is_told_with_why(world: World) -> None:
    turn(world, "ldaps://127.0.0.1:1")
    assert "Kan ikke bruges (" in world.get("/staff/status").text


def test_a_directory_that_is_busy_with_a_question_is_not_asked_another(world: World, silent: str) -> None:
    turn(world, silent, connect_timeout=20.0, answer_timeout=20.0)
    before = set(threading.enumerate())
    probes = Probes(world.app.extensions["resetapp"].directories, patience=0.2)
    assert [each.fault for _ in range(20) for each in probes.ask()] == [Probes.LATE] * 20
    assert [each.name for each in set(threading.enumerate()) - before] == ["probe-people"]


def test_what_goes_wrong_is_told_in_words(world: World) -> None:
    keys = [each for each in expiries(world.settings.wayf, world.clock()) if "key" in each.subject]
    world.clock.at = keys[-1].ends_at + timedelta(days=1)
    enter(world)
    page = world.get("/staff/status").text
    assert page.count("Udløb ") == len(keys)
    assert 'class="tone bad"' in page


def test_a_notice_and_a_record_with_gaps_are_told(make_world: Make) -> None:
    world = make_world(staff=OPERATOR)
    enter(world)
    services = world.app.extensions["resetapp"]
    with services.database.transaction() as db:
        notices.replace(db, Notice("Vi <opdaterer>.", "We update.", world.clock(), None, login_off=True))
    gaps = replace(services.settings, terms=Terms())
    world.app.extensions["resetapp"] = replace(services, settings=gaps)
    page = world.get("/staff/status").text
    assert "Vi &lt;opdaterer&gt;." in page
    assert "Lukket af beskeden" in page
    assert f"Mangler {', '.join(Terms().left_empty)}" in page


def clauses(**states: str) -> list[dict[str, object]]:
    return [{"id": name, "state": state.replace("_", "-"), "points": []} for name, state in states.items()]


def reported(world: World, file: Path, told: object) -> str:
    """The page, with this for the last report; None: there is none."""
    services = world.app.extensions["resetapp"]
    named = replace(services.settings, terms=replace(services.settings.terms, report_file=file))
    world.app.extensions["resetapp"] = replace(services, settings=named)
    if told is not None:
        file.write_text(told if isinstance(told, str) else json.dumps(told), "utf-8")
    return world.get("/staff/status").text


def test_how_the_clauses_stood_is_told_with_its_time(world: World, tmp_path: Path) -> None:
    made_at = world.clock()
    report = {"made_at": made_at.isoformat(), "version": __version__, "clauses": clauses(T0="holds", P1="declared")}
    page = reported(world, tmp_path / "r.json", report)
    assert f'<dd class="tone ok">{texts.date_time("da", made_at)}</dd>' in page
    counted = "opfyldt: 1; erklæret af institutionen: 1; mangler erklæring: 0; ikke opfyldt: 0"
    assert f'<dd class="tone ok">{counted}</dd>' in page
    assert "<dt>Ikke opfyldt</dt>" not in page
    world.clock.forward(days=32)
    enter(world)
    assert f'<dd class="tone warn">{texts.date_time("da", made_at)}</dd>' in reported(world, tmp_path / "r.json", None)
    found = clauses(T0="does_not_hold", T5="holds", P3="to_be_declared", P9="does_not_hold")
    page = reported(world, tmp_path / "r.json", report | {"version": "0.0.1 <b>", "clauses": found})
    assert '<dt>Ikke opfyldt</dt><dd class="tone bad">T0, P9</dd>' in page
    assert f"med version 0.0.1 &lt;b&gt;. Her kører {__version__}" in page


@pytest.mark.parametrize(
    "told",
    [
        "no JSON",
        "[" * 100_000,
        "[]",
        {"made_at": "2026", "version": "1", "clauses": []},
        {"made_at": "never", "version": "1", "clauses": [{"id": "T0", "state": "holds"}]},
        {"made_at": "2026-11-22T12:00:00+00:00", "version": "1", "clauses": [{"id": "<b>", "state": "holds"}]},
        {"made_at": "2026-11-22T12:00:00+00:00", "version": "1", "clauses": [{"id": "T0", "state": "fine"}]},
    ],
    ids=["no JSON", "deep", "a list", "empty", "no time", "no clause", "no state"],
)
def test_what_is_no_report_is_told_as_that(world: World, tmp_path: Path, told: object) -> None:
    page = reported(world, tmp_path / "r.json", told)
    assert '<dd class="tone warn">r.json kan ikke læses som en rapport</dd>' in page
    assert "opfyldt: " not in page


def test_without_a_report_the_page_says_so_and_how_to_get_one(world: World, tmp_path: Path) -> None:
    assert "Punkterne sidst kontrolleret" not in world.get("/staff/status").text
    page = reported(world, tmp_path / "none.json", None)
    assert "Ingen rapport endnu i none.json" in page
    assert "resetapp check-config --terms" in page


def test_neither_secrets_nor_people_are_shown(make_world: Make) -> None:
    world = make_world(staff=OPERATOR)
    visited(world)
    enter(world)
    page = world.get("/staff/status").text
    settings = world.settings
    secrets = [settings.service.secret_key.reveal(), settings.service.person_key.hex(), GOOD, cpr("freja")]
    secrets += [settings.directories[0].bind_password.reveal(), account("freja")]
    assert found_in(page.encode(), secrets) == []
