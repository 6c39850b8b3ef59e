"""A list that somebody has written to past the service: what the person, the approver and who watches see of that."""

import logging
from typing import Any

import pytest
from sqlalchemy import update

from resetapp.core.cpr import CprNumber
from resetapp.storage.mappings import AccountMapping
from tests.mail.smtp_server import Post
from tests.web.conftest import World
from tests.web.mapping.steps import (
    MAPPER,
    REFUSED,
    STUDENT,
    asked,
    console,
    decide,
    desk,
    freeze_links,
    main,
    mapped,
    press,
    rows_of,
    seen,
    states,
    submit,
)
from tests.web.staff_steps import events
from tests.web.visiting import ALSO_GOOD, GOOD, account, cpr

METRIC = 'resetapp_audit_events_total{event="mapping.seal_broken"}'


def write(world: World, **values: Any) -> None:
    """Past the service."""
    with desk(world).database.transaction() as db:
        db.execute(update(AccountMapping).values(**values))


def index(world: World, key: str) -> str:
    register = desk(world).register
    assert register is not None
    return register.indexes.newest_of(CprNumber.parse(cpr(key)))


def test_a_copied_index_gives_the_account_to_nobody_and_is_told_once_for_each_login(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    mapped(world)
    world.clock.forward(hours=25)
    write(world, cpr_index=index(world, "sofie"))
    assert world.log_in(cpr("sofie")).location == "/account"  # she has two of her own
    assert account("sofie") in main(world.get("/account"))
    assert account(STUDENT) not in main(world.get("/account"))
    [told] = events(world, "mapping.seal_broken")
    assert (told["mapping"], told["username"]) == (rows_of(world)[0].id, "")
    assert told["reference"]
    assert f"mapping.seal_broken mapping={told['mapping']} reference={told['reference']}" in caplog.text
    assert f"{METRIC} 1" in world.get("/metrics", world.other_browser()).text
    assert world.log_in(cpr(STUDENT), world.other_browser()).location == "/stopped"


def test_a_row_that_is_changed_between_the_login_and_the_button_sets_no_password(world: World) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    world.log_in(cpr(STUDENT))
    world.get("/password")
    write(world, seal=None)
    assert "Adgangskoden er ikke ændret" in world.choose_password(GOOD).text
    assert events(world, "password.sending") == []


def test_the_first_use_keeps_the_seal_whole(world: World) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    for password in (GOOD, ALSO_GOOD):
        assert world.log_in(cpr(STUDENT)).location == "/password"
        assert world.choose_password(password).location == "/done"
        world.clock.forward(hours=25)
    assert rows_of(world)[0].first_used_at is not None
    assert events(world, "mapping.seal_broken") == []


def test_an_approver_is_not_offered_what_was_exchanged_and_cannot_approve_it(world: World) -> None:
    address = asked(world)
    assert 'action="' + address + '/approve"' in seen(world, address)
    write(world, cpr_index=index(world, "sofie"))
    assert 'action="' + address + '/approve"' not in seen(world, address)
    answer = decide(world, address)
    assert answer.status_code == REFUSED
    assert "Noget er ændret, siden der blev bedt om det" in main(answer)
    assert states(world) == ["requested"]
    assert [each["username"] for each in events(world, "mapping.seal_broken")] != [""]


def test_what_its_owner_stopped_stays_stopped(world: World, post: Post) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    press(world, freeze_links(world, post)[-1])
    write(world, state="approved", ended_at=None)
    assert world.log_in(cpr(STUDENT)).location == "/stopped"


def test_a_broken_row_can_be_taken_away_and_asked_for_again(world: World) -> None:
    mapped(world)
    write(world, seal=None)
    with console(world, MAPPER) as browser:
        submit(world, browser, f"/staff/mappings/remove/{rows_of(world)[0].id}", reason="Segl brudt")
    mapped(world)
    world.clock.forward(hours=25)
    assert world.log_in(cpr(STUDENT)).location == "/password"
