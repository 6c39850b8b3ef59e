"""Somebody whose account is locked remembers the password after all: in an (embedded) Active Directory."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.demo.certificates import ServerCertificates
from resetapp.settings.model import DirectoryKind, Limits, Protected
from resetapp.storage.tables import Attempt, Visit
from tests.directory.active_directory import opens
from tests.directory.opening import settings_on
from tests.servers import samba_domain as domain
from tests.servers.embedded_domain import running_domain
from tests.servers.running import RunningServer
from tests.web.conftest import World
from tests.web.test_visit_races import heading, stored


@pytest.fixture
def server(certificates: ServerCertificates) -> Iterator[RunningServer]:
    with running_domain(certificates) as server:
        for _ in range(domain.LOCKOUT_THRESHOLD):
            server.bind_result(f"person-001@{domain.REALM.lower()}", "a wrong password")
        yield server


Make = Callable[..., World]


@pytest.fixture
def make(make_world: Make, server: RunningServer) -> Make:
    def made(*, unlock: bool = True, limits: Limits | None = None, **changes: Any) -> World:
        settings = settings_on(server, DirectoryKind.ACTIVE_DIRECTORY, unlock=unlock, **changes)
        return make_world(directories=(settings,), **({"limits": limits} if limits else {}))

    return made


def locked(world: World) -> TestResponse:
    """Logged in as the owner of the locked account, on the page where a password is chosen."""
    assert world.log_in(domain.cpr_of("person-001").digits).location == "/password"
    return world.get("/password")


def test_the_lock_is_lifted_and_the_password_stays(make: Make, server: RunningServer) -> None:
    world = make()
    assert "Lås kun kontoen op" in locked(world).text
    assert world.post("/unlock", {}).location == "/done"
    receipt = world.get("/done")
    assert heading(receipt) == "Kontoen er låst op"
    assert "Din adgangskode er den samme som før" in receipt.text
    assert "Ændret" not in receipt.text
    assert "MitID" not in receipt.text.partition("<footer")[0].partition("<h1")[2]  # no new password to tell apart
    assert opens(server, "person-001", domain.OLD)
    assert [each.state for each in stored(world, Attempt)] == [AttemptState.UNLOCKED]
    assert stored(world, Visit)[-1].outcome == Outcome.DONE
    assert world.post("/unlock", {}).status_code == 303  # a second click leads to the receipt, too


def test_no_lock_is_lifted_long_after_the_login(make: Make, server: RunningServer) -> None:
    world = make()
    locked(world)
    world.clock.forward(minutes=5)
    answer = world.post("/unlock", {})
    assert answer.status_code == 403
    assert "Bekræft igen" in answer.text
    assert not opens(server, "person-001", domain.OLD)


def test_it_is_not_offered_where_it_is_not_allowed(make: Make, server: RunningServer) -> None:
    world = make(unlock=False)
    assert "Lås kun" not in locked(world).text
    assert world.post("/unlock", {}).status_code == 303
    assert not opens(server, "person-001", domain.OLD)
    assert stored(world, Attempt)[-1].state == AttemptState.READY


def test_it_is_not_offered_for_an_account_that_is_open(make: Make) -> None:
    world = make()
    world.log_in(domain.cpr_of("person-002").digits)
    assert "Lås kun" not in world.get("/password").text
    world.post("/unlock", {})
    assert stored(world, Attempt)[-1].state == AttemptState.READY


def test_a_new_password_can_be_chosen_all_the_same(make: Make, server: RunningServer) -> None:
    world = make()
    page = locked(world)
    good = "Grøn-cykel-under-bro-7"
    fields = {"attempt": hidden_attempt(page), "password": good, "password2": good}
    assert world.post("/password", fields).location == "/done"
    assert opens(server, "person-001", good)


def test_who_has_become_an_administrator_is_not_unlocked(make: Make, server: RunningServer) -> None:
    world = make(protected=Protected(usernames=("somebody-else",)))
    locked(world)
    server.change(f"CN=Person-001 Prøve,{domain.PEOPLE}", adminCount=["1"])
    world.post("/unlock", {})
    assert not opens(server, "person-001", domain.OLD)
    assert stored(world, Attempt)[-1].state == AttemptState.REFUSED
    assert stored(world, Visit)[-1].outcome == Outcome.NO_USABLE_ACCOUNT


def test_it_counts_like_a_new_password(make: Make) -> None:
    """Or a stolen MitID would make room for guessing without end."""
    world = make(limits=Limits(sets_per_account_per_day=1))
    locked(world)
    world.post("/unlock", {})
    world.log_in(domain.cpr_of("person-001").digits)
    assert world.get("/password").status_code == 429


def test_without_csrf_token_nothing_is_unlocked(make: Make, server: RunningServer) -> None:
    world = make()
    locked(world)
    assert world.client.post("/unlock", base_url="https://password.example.dk").status_code == 400
    assert not opens(server, "person-001", domain.OLD)


def hidden_attempt(page: TestResponse) -> str:
    return page.text.partition('name="attempt" value="')[2].partition('"')[0]
