"""Setting a password: it works, or nothing has changed."""

import time

import pytest

from resetapp.core.accounts import AccountState, DirectoryAccount
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from tests.contract.conftest import Open, the_account
from tests.contract.world import World

NEW = "Rødgrød-med-Fløde-26"


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_the_new_password_opens_the_account_and_the_old_one_does_not(world: World, opened: Open, scheme: str) -> None:
    person = world.somebody()
    directory = opened(hosts=(getattr(world.server, scheme),))
    account = the_account(directory, person)
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert world.binds(person, NEW)
    assert not world.binds(person, world.old_password)


@pytest.mark.parametrize(
    "password", ["Almindelig ascii 12345", "ÆØÅæøå-ÆØÅæøå-12", "Med { } ( ) * \\ og \" ' 1", "日本語のパスワード-12-Aa"]
)
def test_every_letter_arrives_as_it_was_typed(world: World, directory: LdapDirectory, password: str) -> None:
    person = world.somebody()
    account = the_account(directory, person)
    assert directory.set_password(account, Secret(password)) == PasswordSet(account.key)
    assert world.binds(person, password)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("Kort-48", Refusal.TOO_SHORT), ("", Refusal.EMPTY), ("\ud800-Rødgrød-med-26", Refusal.BAD_CHARACTER)],
)
def test_a_refused_password_changes_nothing(
    world: World, directory: LdapDirectory, password: str, reason: Refusal
) -> None:
    person = world.somebody()
    account, before = the_account(directory, person), world.entry(person)
    assert directory.set_password(account, Secret(password)) == PasswordRefused((reason,))
    assert world.entry(person) == before
    assert world.binds(person, world.old_password)


def test_the_directorys_own_length_is_known_beforehand_or_not_told(world: World, directory: LdapDirectory) -> None:
    policy = the_account(directory, world.somebody()).policy
    assert policy.minimum_length in (0, 12)
    assert policy.history in (0, 5)


def test_an_earlier_password_is_refused_where_the_server_looks(world: World, directory: LdapDirectory) -> None:
    person = world.somebody()
    account = the_account(directory, person)
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    time.sleep(0.5)  # 389-DS writes the history after it has answered
    again = directory.set_password(directory.reread(account.key), Secret(world.old_password))
    if world.can.history_on_reset:
        assert again == PasswordRefused((Refusal.USED_BEFORE,))
        assert world.binds(person, NEW)
    else:
        assert again == PasswordSet(account.key)
        assert world.binds(person, world.old_password)


def test_a_lock_for_wrong_passwords_is_lifted_with_the_same_change(world: World, directory: LdapDirectory) -> None:
    """Three times: by itself, 389-DS lifts it some time after its answer, and the login behind it would meet it."""
    for person in (world.somebody(), world.somebody(), world.somebody()):
        world.lock_out(person)
        account = the_account(directory, person)
        assert account.state is AccountState.LOCKED
        assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
        assert directory.reread(account.key).state is AccountState.ACTIVE
        assert world.binds(person, NEW)


def test_a_refused_password_lifts_no_lock(world: World, directory: LdapDirectory) -> None:
    person = world.somebody()
    world.lock_out(person)
    account = the_account(directory, person)
    assert directory.set_password(account, Secret("Kort-48")) == PasswordRefused((Refusal.TOO_SHORT,))
    assert directory.reread(account.key).state is AccountState.LOCKED


def test_the_mark_moves_whenever_somebody_changes_the_password(world: World, directory: LdapDirectory) -> None:
    """By it a settled attempt is told from one that somebody else overtook; servers note it by the second."""
    person = world.somebody()
    account = the_account(directory, person)
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    first = when_moved(directory, account)
    time.sleep(1.1)
    world.set_password(person, "Sommer-Zebra-9!-2026")
    second = when_moved(directory, first)
    assert len({account.mark, first.mark, second.mark}) == 3
    assert first.password_changed_at is not None
    assert second.password_changed_at is not None
    assert first.password_changed_at < second.password_changed_at


def when_moved(directory: LdapDirectory, before: DirectoryAccount) -> DirectoryAccount:
    """389-DS notes the time of a change some hundredths of a second after its answer."""
    end = time.monotonic() + 2
    while (now := directory.reread(before.key)).mark == before.mark and time.monotonic() < end:
        time.sleep(0.02)
    return now


def test_only_the_chosen_account_of_two_is_changed(world: World, directory: LdapDirectory) -> None:
    one, other = world.somebody(), world.somebody()
    world.give_to(other, one.cpr)
    before = world.entry(other)
    accounts = {account.username: account for account in directory.find_by_cpr(one.cpr)}
    assert set(accounts) == {one.username, other.username}
    chosen = accounts[one.username]
    assert directory.set_password(chosen, Secret(NEW)) == PasswordSet(chosen.key)
    assert world.entry(other) == before
    assert world.binds(one, NEW)
