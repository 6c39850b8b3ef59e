"""What happens to an account between the person's choice and the change: the change must not be made.

`looks_again` tells the servers that carry a change out only if nothing has happened since our own last look. On the
others a gap of one round trip is left; it is tested here for what it can do.
"""

import dataclasses
from collections.abc import Callable

import pytest

from resetapp.core.accounts import AccountState
from resetapp.core.outcomes import OutcomeUnknown, PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.trouble import AccountGone, DirectoryDown
from tests.contract.conftest import the_account
from tests.contract.world import Person, World
from tests.directory.proxy import Fate, Proxy

NEW = "Rødgrød-med-Fløde-26"
Happening = Callable[[World, Person], None]


def closed(world: World, person: Person) -> None:
    world.disable(person)


def protected(world: World, person: Person) -> None:
    world.protect(person)


def moved_to_a_protected_place(world: World, person: Person) -> None:
    world.move(person, world.vip)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (closed, Refusal.ACCOUNT_CHANGED),
        (protected, Refusal.ACCOUNT_PROTECTED),
        (moved_to_a_protected_place, Refusal.ACCOUNT_PROTECTED),
    ],
)
def test_an_account_that_is_out_of_bounds_meanwhile_is_left_alone(
    world: World, directory: LdapDirectory, happens: Happening, reason: Refusal
) -> None:
    person = world.somebody()
    account = the_account(directory, person)
    assert account.state is AccountState.ACTIVE
    happens(world, person)
    before = world.entry(person)
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((reason,))
    assert world.entry(person) == before
    assert not world.binds(person, NEW)


def test_an_account_that_is_somebody_elses_meanwhile_is_left_alone(world: World, directory: LdapDirectory) -> None:
    person, other = world.somebody(), world.somebody()
    account = the_account(directory, person)
    world.give_to(person, other.cpr)
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert world.binds(person, world.old_password)


def test_an_account_that_is_deleted_meanwhile_is_gone(world: World, directory: LdapDirectory) -> None:
    person = world.somebody()
    account = the_account(directory, person)
    world.delete(person)
    with pytest.raises(AccountGone):
        directory.set_password(account, Secret(NEW))
    with pytest.raises(AccountGone):
        directory.reread(account.key)
    assert directory.find_by_cpr(person.cpr) == []


def test_a_name_that_was_given_to_another_entry_is_not_followed(world: World, directory: LdapDirectory) -> None:
    """The id counts: with another account's DN slipped in, the right one is changed and the other is not."""
    person, other = world.somebody(), world.somebody()
    account = the_account(directory, person)
    forged = dataclasses.replace(account, dn=world.dn_of(other))
    assert directory.set_password(forged, Secret(NEW)) == PasswordSet(account.key)
    assert world.binds(person, NEW)
    assert world.binds(other, world.old_password)


def test_an_account_closed_while_the_change_is_on_its_way_stays_closed(
    world: World, through: LdapDirectory, proxy: Proxy
) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.before_modify = lambda: world.disable(person)
    outcome = through.set_password(account, Secret(NEW))
    assert len(proxy.modifies) == 1
    if world.can.looks_again:
        assert outcome == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert through.reread(account.key).state is AccountState.DISABLED
    assert not world.binds(person, NEW)


def test_an_account_deleted_while_the_change_is_on_its_way_is_gone(
    world: World, through: LdapDirectory, proxy: Proxy
) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.before_modify = lambda: world.delete(person)
    with pytest.raises(AccountGone if world.can.tells_who_is_gone else DirectoryDown):
        through.set_password(account, Secret(NEW))


def test_an_account_that_moves_while_the_change_is_on_its_way_is_followed_or_missed(
    world: World, through: LdapDirectory, proxy: Proxy
) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.before_modify = lambda: world.move(person, world.section)
    if world.can.follows_moves:
        assert through.set_password(account, Secret(NEW)) == PasswordSet(account.key)
        assert logins_but_ours(world, proxy) == [world.dn_of(person)]
        assert world.binds(person, NEW)
    else:
        with pytest.raises(AccountGone if world.can.tells_who_is_gone else DirectoryDown):
            through.set_password(account, Secret(NEW))
        assert logins_but_ours(world, proxy) == []
        assert world.binds(person, world.old_password)


@pytest.mark.parametrize("fate", [Fate.SWALLOWED, Fate.CUT])
def test_an_account_that_moves_while_the_answer_is_lost_is_logged_in_to_where_it_is(
    world: World, through: LdapDirectory, proxy: Proxy, fate: Fate
) -> None:
    """One login, at the present DN: at the old one it would count against whoever has that name now."""
    person = world.somebody()
    account = the_account(through, person)
    proxy.before_modify, proxy.fate = lambda: world.move(person, world.section), fate
    outcome = through.set_password(account, Secret(NEW))
    if world.can.follows_moves:
        assert outcome == PasswordSet(account.key)
        assert logins_but_ours(world, proxy) == [world.dn_of(person)]
    else:
        assert outcome == OutcomeUnknown(account.key)
    assert world.binds(person, NEW) == world.can.follows_moves


def logins_but_ours(world: World, proxy: Proxy) -> list[str]:
    """The names that were logged in with through the proxy, apart from the service's own."""
    return [name for name in proxy.bound_as if name != world.server.service_dn]


def test_a_change_that_is_overtaken_does_not_win_where_the_server_looks_again(
    world: World, through: LdapDirectory, proxy: Proxy
) -> None:
    person, newer = world.somebody(), "Den-Nyeste-Kode-33"
    account = the_account(through, person)
    proxy.before_modify = lambda: world.set_password(person, newer)
    outcome = through.set_password(account, Secret(NEW))
    if world.can.looks_again:
        assert outcome == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
        assert world.binds(person, newer)
    else:
        assert outcome == PasswordSet(account.key)
        assert world.binds(person, NEW)
