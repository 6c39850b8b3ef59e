"""What an operator sees of how the service stands; nothing of it is secret, and nothing waits for a dead directory."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from resetapp import __version__
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


def test_neither_secrets_nor_people_are_shown(make_world: Make) -> None:
    world = make_world(staff=OPERATOR)
    visited(world)
    enter(world)
    page = world.get("/staff/status").text
    settings = world.settings
    secrets = [settings.service.secret_key.reveal(), settings.service.person_key.hex(), GOOD, cpr("freja")]
    secrets += [settings.directories[0].bind_password.reveal(), account("freja")]
    assert found_in(page.encode(), secrets) == []
