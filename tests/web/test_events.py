"""What is done is told by the event that is declared for it, in order, and before a directory is asked (R-02, L-02)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from resetapp import settle
from resetapp.demo.certificates import ServerCertificates
from resetapp.storage import audit
from resetapp.storage.verification import verify
from tests.builders import PERSON_KEY
from tests.directory.binding import binds
from tests.directory.proxy import Fate
from tests.hub import ENTITY_ID
from tests.web.conftest import World
from tests.web.test_logout import hub_asks, log_out, logged_in
from tests.web.two_directories import GUEST, STUDENT, Two, two_directories
from tests.web.visiting import GOOD, account, cpr

TOLD = ("outcome", "reason", "by", "state", "reasons", "accounts", "username")


@pytest.fixture
def two(make_world: Callable[..., World], certificates: ServerCertificates) -> Iterator[Two]:
    with two_directories(make_world, certificates) as two:
        yield two


def events(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Name and facts of each, from a trail that holds."""
    desk = world.app.extensions["resetapp"].desk
    with desk.database.reading() as db:
        assert verify(db, desk.journal.seals).broken == []
        return [(each.name, json.loads(each.facts or "{}")) for each in audit.events(db)]


def told(world: World) -> list[str]:
    """Each as "name fact fact"."""
    return [" ".join([name, *(str(facts[each]) for each in TOLD if each in facts)]) for name, facts in events(world)]


def test_a_visit_is_told_from_login_to_logout(world: World) -> None:
    world.log_in(cpr("freja"))
    world.choose_password("kort")
    world.choose_password(GOOD)
    log_out(world)
    name = account("freja")
    assert told(world) == [
        "login.completed open 1",
        f"password.refused ['too_short'] {name}",
        f"password.sending {name}",
        f"password.answered set [] {name}",
        "login.ended person",
    ]
    found = [facts for _, facts in events(world)]
    assert len({facts["reference"] for facts in found}) == 1
    assert len({facts["person"] for facts in found}) == 1
    assert PERSON_KEY.hex() not in str(found)
    assert cpr("freja") not in str(found)
    assert GOOD not in str(found)


def test_a_choice_is_told_with_the_accounts(world: World) -> None:
    world.log_in(cpr("sofie"))
    world.post("/account", {"account": "0"})
    [_, (name, facts)] = events(world)
    assert name == "accounts.chosen"
    assert [each.partition(":")[0] for each in facts["accounts"]] == [world.settings.directories[0].name]


def test_what_was_refused_at_the_door_is_told_with_its_reason(world: World) -> None:
    world.log_in(cpr("freja"), level="3 apples")
    [(name, facts)] = events(world)
    assert (name, facts["outcome"], facts["person"]) == ("login.refused", "assurance_unknown", "")
    assert facts["reason"] == "login_refused:level-unknown"


def test_who_ended_a_login_is_told(world: World) -> None:
    name_id, index = logged_in(world)
    world.log_in(cpr("freja"))  # in the same browser
    name_id, index = logged_in(world)
    world.client.get(hub_asks(world, name_id, index, issuer=ENTITY_ID))
    assert [line for line in told(world) if line.startswith("login.ended")] == [
        "login.ended newer_login",
        "login.ended newer_login",
        "login.ended hub",
    ]


def test_without_its_event_no_password_is_sent(world: World) -> None:
    """Vault's rule: what cannot be written down is not done."""
    world.log_in(cpr("freja"))
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.execute(text("ALTER TABLE audit_event RENAME TO gone"))
    assert world.choose_password(GOOD).status_code >= 500
    assert not binds(world.endpoint, account("freja"), GOOD)


def test_a_lost_answer_and_what_became_of_it_are_told(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    two.proxy.fate = Fate.HELD
    two.submit(GOOD)
    two.proxy.fate = Fate.PASSED
    two.world.clock.forward(minutes=3)
    assert list(settle.settle(two.desk))
    lines = told(two.world)
    assert sorted(lines[2:4]) == sorted(f"password.sending {name}" for name in (GUEST, STUDENT))
    assert f"password.answered unknown [] {GUEST}" in lines
    assert f"password.answered set [] {STUDENT}" in lines
    assert lines[-1].startswith("password.settled ")
    assert lines[-1].endswith(GUEST)
    assert max(lines.index(f"password.sending {each}") for each in (GUEST, STUDENT)) < min(
        number for number, line in enumerate(lines) if line.startswith("password.answered")
    )
