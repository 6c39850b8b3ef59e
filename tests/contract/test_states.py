"""What an account is fit for, and that nothing else is done with it."""

import pytest

from resetapp.core.accounts import AccountState
from resetapp.core.outcomes import PasswordRefused, Refusal
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from tests.contract.conftest import Open, the_account
from tests.contract.world import World

NEW = "Rødgrød-med-Fløde-26"
PROTECTED_ROLES = ("in-protected", "nested-protected", "admin-somebody")


def stays_as_it_is(world: World, directory: LdapDirectory, role: str, reason: Refusal) -> None:
    person = world.who(role)
    account, before = the_account(directory, person), world.entry(person)
    assert not account.usable
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((reason,))
    assert world.entry(person) == before
    assert not world.binds(person, NEW)


@pytest.mark.parametrize("role", PROTECTED_ROLES)
def test_a_protected_account_is_never_touched(world: World, directory: LdapDirectory, role: str) -> None:
    assert the_account(directory, world.who(role)).state is AccountState.PROTECTED
    stays_as_it_is(world, directory, role, Refusal.ACCOUNT_PROTECTED)
    assert world.binds(world.who(role), world.old_password)


def test_a_protected_part_of_the_tree_is_never_touched(world: World, directory: LdapDirectory) -> None:
    person = world.somebody()
    world.move(person, world.vip)
    account, before = the_account(directory, person), world.entry(person)
    assert account.state is AccountState.PROTECTED
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    assert world.entry(person) == before


def test_a_closed_account_stays_closed(world: World, directory: LdapDirectory) -> None:
    assert the_account(directory, world.who("disabled")).state is AccountState.DISABLED
    stays_as_it_is(world, directory, "disabled", Refusal.ACCOUNT_CHANGED)


def test_an_account_whose_last_day_has_been_stays_ended(world: World, directory: LdapDirectory) -> None:
    if world.can.accounts_end:
        account = the_account(directory, world.who("expired"))
        assert account.state is AccountState.EXPIRED
        assert account.changes_at is not None
        stays_as_it_is(world, directory, "expired", Refusal.ACCOUNT_CHANGED)
    else:
        assert the_account(directory, world.somebody()).changes_at is None


def test_an_account_locked_by_wrong_passwords_may_be_used(world: World, directory: LdapDirectory) -> None:
    account = the_account(directory, world.who("locked"))
    assert (account.state, account.usable) == (AccountState.LOCKED, True)
    assert not world.binds(world.who("locked"), world.old_password)


@pytest.mark.parametrize("role", ["disabled", "locked", *PROTECTED_ROLES])
def test_reading_twice_tells_the_same(world: World, directory: LdapDirectory, role: str) -> None:
    account = the_account(directory, world.who(role))
    assert directory.reread(account.key) == account


def test_a_group_that_cannot_be_read_protects_everybody(world: World, opened: Open) -> None:
    settings = world.settings()
    gone = f"cn=never was,{settings.protected.groups[0].partition(',')[2]}"
    directory = opened(protected=type(settings.protected)(groups=(gone,)))
    account = the_account(directory, world.somebody())
    assert account.state is AccountState.PROTECTED
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
