"""How many accounts have a number: counted by the server, as single look-ups judge them, and no number is read."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from ldap3 import SUBTREE

from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.readiness import CountFault
from resetapp.directory import LdapDirectory
from resetapp.directory.census import Bounds, Census, Counted, NotCounted
from resetapp.settings.model import DirectoryKind, Protected
from tests.contract.world import World

SERVED = (AccountState.ACTIVE, AccountState.LOCKED, AccountState.WAITING, AccountState.NOT_YET)
IN_GROUPS_ALONE = frozenset(
    ("account-operator", "domain-admin", "in-protected", "nested-admin", "nested-protected", "primary-admin")
)
"""Of whom Active Directory would have to be asked one by one; where they are privileged it marks them by itself."""
FEW = Bounds(page=7)  # so that the last page is not a full one


def census(world: World, bounds: Bounds | None = None, **changes: object) -> Census:
    return Census(world.settings(**changes), lambda: datetime.now(UTC), bounds)


def counted(world: World, bounds: Bounds | None = None) -> Counted:
    return census(world, bounds).count(lambda _keys: 0, lambda _done, _of: None)


def names(world: World) -> list[str]:
    attribute = world.dialect.username_attribute
    with world.server.as_admin() as admin:
        found = admin.search(world.server.people, f"({attribute}=*)", SUBTREE, attributes=[attribute])[2]
    return [each["attributes"][attribute][0] for each in found if each["type"] == "searchResEntry"]


def test_the_count_is_what_single_look_ups_find(world: World, directory: LdapDirectory) -> None:
    accounts = {account.key: account for _, account in directory.find_all_by_username(names(world))}
    asked_each = IN_GROUPS_ALONE if world.dialect.kind is DirectoryKind.ACTIVE_DIRECTORY else ()
    served = [each for each in accounts.values() if each.state in SERVED or each.username in asked_each]
    found = counted(world, FEW)
    assert found.accounts == len(served)
    assert found.neither == found.accounts - found.with_number
    assert counted(world) == found


def test_who_has_no_number_is_told_apart_and_handed_on_by_the_lasting_id(world: World) -> None:
    before, person = counted(world, FEW), world.somebody()
    world.change(person, {world.dialect.cpr_attribute: []})
    asked: list[AccountKey] = []

    def mapped(keys: Collection[AccountKey]) -> int:
        asked.extend(keys)
        return sum(key.entry_id == world.entry_id(world.dn_of(person)) for key in keys)

    found = census(world, FEW).count(mapped, lambda _done, _of: None)
    assert (found.accounts, found.with_number, found.mapped) == (before.accounts, before.with_number - 1, 1)
    assert found.neither == before.neither
    assert len(set(asked)) == len(asked) == found.mapped + found.neither


def test_who_is_closed_or_protected_is_not_counted(world: World) -> None:
    before = counted(world)
    world.disable(world.somebody())
    world.move(world.somebody(), world.vip)
    after = counted(world)
    assert (after.accounts, after.with_number) == (before.accounts - 2, before.with_number - 2)


def test_how_far_it_is_is_told(world: World) -> None:
    told: list[tuple[int, int]] = []
    census(world, FEW).count(lambda _keys: 0, lambda *far: told.append(far))
    done, of = told[-1]
    assert done == of >= 100
    assert told[0] == (7, of)


@pytest.mark.parametrize(
    ("bounds", "fault"),
    [(Bounds(page=7, entries=20), CountFault.TOO_MANY), (Bounds(page=7, seconds=0), CountFault.TOO_LONG)],
)
def test_what_is_beyond_bounds_is_no_number(world: World, bounds: Bounds, fault: CountFault) -> None:
    with pytest.raises(NotCounted) as refused:
        counted(world, bounds)
    assert refused.value.fault is fault


def test_a_protected_group_that_cannot_be_read_is_no_number(world: World) -> None:
    gone = f"cn=never was,{world.protected_group.partition(',')[2]}"
    with pytest.raises(NotCounted) as refused:
        census(world, protected=Protected(groups=(gone,))).count(lambda _keys: 0, lambda _done, _of: None)
    assert refused.value.fault is CountFault.GROUPS_UNREADABLE


def test_a_base_that_is_not_there_and_a_server_that_is_not_are_no_number(world: World) -> None:
    for changes, fault in (
        ({"base": f"ou=gone,{world.server.suffix}"}, CountFault.SEARCH_REFUSED),
        ({"hosts": ("ldaps://127.0.0.1:1",)}, CountFault.UNREACHABLE),
    ):
        with pytest.raises(NotCounted) as refused:
            census(world, **changes).count(lambda _keys: 0, lambda _done, _of: None)
        assert refused.value.fault is fault
