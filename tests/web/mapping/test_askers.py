"""What was asked for by somebody who was let go meanwhile is not approved: their groups are read anew, then."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from resetapp.core.staff import Task
from resetapp.demo import ldap_seed as seed
from resetapp.directory.ldap import LdapDirectory
from resetapp.staff import demand_asker
from resetapp.storage.mappings import MappingRequest
from resetapp.trouble import DirectoryDown
from tests.directory.binding import admin_connection
from tests.web.conftest import World
from tests.web.mailing import desk
from tests.web.mapping.steps import (
    APPROVER,
    MAPPER,
    REFUSED,
    WHY,
    asked,
    change,
    console,
    decide,
    join,
    main,
    requests_of,
    seen,
    states,
    submit,
)
from tests.web.visiting import account

GONE, LATER = "har ikke længere rollen til det", "Prøv igen lidt senere"
CLOSED = {"pwdAccountLockedTime": ["000001010000Z"]}
Make = Callable[..., World]


def leave(world: World) -> None:
    admin = admin_connection(world.endpoint)
    member = {"member": [("MODIFY_DELETE", [f"uid={account(MAPPER)},{seed.PEOPLE}"])]}
    assert admin.modify(seed.IT_SUPPORT, member)[1]["result"] == 0
    admin.unbind()


def close(world: World) -> None:
    change(world, account(MAPPER), **CLOSED)


def another_number(world: World) -> None:
    """The account is somebody else's by now."""
    change(world, account(MAPPER), norEduPersonNIN=["6101901234"])


def silence(world: World) -> None:
    dead = replace(world.settings.directories[0], hosts=("ldaps://127.0.0.1:1",))
    desk(world).directories["people"] = LdapDirectory(dead, world.clock)  # type: ignore[index]


ENDS = [leave, close, another_number]


@pytest.mark.parametrize("how", ENDS)
def test_nothing_is_approved_for_who_may_not_ask_any_more(world: World, how: Callable[[World], None]) -> None:
    address = asked(world)
    how(world)
    answer = decide(world, address)
    assert answer.status_code == REFUSED
    assert GONE in main(answer)
    assert states(world) == ["requested"]
    assert decide(world, address, "reject", reason=WHY).status_code == 303


def test_another_role_is_not_enough(world: World) -> None:
    address = asked(world)
    join(world, MAPPER, seed.ADMINISTRATORS)
    leave(world)
    assert GONE in main(decide(world, address))
    assert states(world) == ["requested"]


def test_while_the_directory_is_silent_nothing_is_approved_and_later_it_is(world: World) -> None:
    address = asked(world)
    alive = desk(world).directories["people"]
    with console(world, APPROVER) as browser:
        silence(world)
        answer = submit(world, browser, f"{address}/approve")
        assert answer.status_code == REFUSED
        assert LATER in main(answer)
        assert states(world) == ["requested"]
        desk(world).directories["people"] = alive  # type: ignore[index]
        assert submit(world, browser, f"{address}/approve").status_code == 303


def test_the_request_keeps_the_account_of_who_asked_under_its_seal(world: World) -> None:
    address = asked(world)
    [kept] = requests_of(world)
    [account_now] = desk(world).directories["people"].find_by_username(account(MAPPER))
    assert kept.asker == account_now.key
    leave(world)
    [other] = desk(world).directories["people"].find_by_username(account(APPROVER))
    with desk(world).database.transaction() as db:
        db.query(MappingRequest).update({"requester_entry_id": other.key.entry_id})
    assert "Noget er ændret, siden der blev bedt om det" in seen(world, address)
    assert decide(world, address).status_code == REFUSED
    assert states(world) == ["requested"]


def test_a_role_that_only_a_silent_directory_could_give_is_neither_given_nor_denied(world: World) -> None:
    asked(world)
    [kept] = requests_of(world)
    dead = replace(world.settings.directories[0], name="silent", hosts=("ldaps://127.0.0.1:1",))
    desk(world).directories["silent"] = LdapDirectory(dead, world.clock)  # type: ignore[index]
    there = tuple(replace(each, directory="silent") for each in world.settings.staff.roles)
    staff = replace(world.settings.staff, roles=there)
    with pytest.raises(DirectoryDown):
        demand_asker(desk(world), staff, kept.asker, kept.requested_by, Task.REQUEST_MAPPINGS)
