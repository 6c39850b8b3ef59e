"""From a CPR number to accounts, and from an account's lasting id to the account."""

import pytest

from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.cpr import CprNumber, InvalidCpr
from resetapp.core.outcomes import PasswordSet
from resetapp.core.secret import Secret
from resetapp.demo.slapd import crowd_cpr
from resetapp.directory import LdapDirectory
from resetapp.trouble import AccountGone
from tests.contract.conftest import Open, the_account
from tests.contract.world import World

NEW = "Rødgrød-med-Fløde-26"
UNKNOWN_IDS = (
    "2f1c3f4e-0000-4000-8000-000000000000",  # of the form that AD and OpenLDAP use
    "2f1c3f4e-00004000-80000000-00000000",  # of 389-DS's form
    "",
    "*",
    "x)(objectClass=*",
    "\\2a",
    "\0" * 16,
    "2f1c3f4e-0000-4000-8000-000000000000)(uid=*",
)


def test_a_person_is_found_by_the_number(world: World, directory: LdapDirectory) -> None:
    person = world.somebody()
    account = the_account(directory, person)
    assert account.username == person.username
    assert account.state is AccountState.ACTIVE
    assert account.cpr_numbers == {person.cpr}
    assert account.display_name == f"{person.username.title()} Prøve"
    assert {"Prøve", person.username} <= set(account.names)


def test_a_person_with_two_accounts_is_found_with_both(world: World, directory: LdapDirectory) -> None:
    found = directory.find_by_cpr(world.who("two-a").cpr)
    assert sorted(account.username for account in found) == ["two-a", "two-b"]
    assert len({account.key for account in found}) == 2


def test_a_number_that_nobody_has_finds_nobody(directory: LdapDirectory) -> None:
    assert directory.find_by_cpr(CprNumber.parse(crowd_cpr(5000))) == []


@pytest.mark.parametrize("text", ["*", "6101001000*", "6101001000)(uid=*", "(", "\\2a", "\0", "610100100"])
def test_what_is_no_number_never_becomes_a_filter(text: str) -> None:
    with pytest.raises(InvalidCpr):
        CprNumber.parse(text)


def test_an_account_is_found_again_by_its_id(world: World, directory: LdapDirectory) -> None:
    account = the_account(directory, world.somebody())
    assert directory.reread(account.key) == account


@pytest.mark.parametrize("entry_id", UNKNOWN_IDS)
def test_an_id_that_names_nothing_names_nobody(directory: LdapDirectory, entry_id: str) -> None:
    with pytest.raises(AccountGone):
        directory.reread(AccountKey("contract", entry_id))


def test_an_id_of_another_directory_names_nobody(world: World, directory: LdapDirectory) -> None:
    account = the_account(directory, world.somebody())
    with pytest.raises(AccountGone):
        directory.reread(AccountKey("another", account.key.entry_id))


def test_an_account_keeps_its_id_when_it_moves(world: World, directory: LdapDirectory) -> None:
    """The person chose it before it moved; the password goes to the account and not to the place."""
    person = world.somebody()
    account = the_account(directory, person)
    world.move(person, world.section)
    moved = directory.reread(account.key)
    assert (moved.key, moved.dn == account.dn) == (account.key, False)
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert world.binds(person, NEW)


def test_an_entry_with_an_odd_name_is_found_and_read_again(world: World, directory: LdapDirectory) -> None:
    account = the_account(directory, world.who("odd-name"))
    assert account.state is AccountState.ACTIVE
    assert directory.reread(account.key) == account


def test_the_service_account_is_never_a_persons_account(world: World, opened: Open) -> None:
    """The whole directory as base, which is an error that administrators make."""
    directory = opened(base=world.server.suffix)
    found = directory.find_by_cpr(world.service.cpr)
    assert all(account.state is AccountState.PROTECTED for account in found)
    by_id = AccountKey("contract", world.entry_id(world.server.service_dn))
    try:
        assert directory.reread(by_id).state is AccountState.PROTECTED
    except AccountGone:
        assert found == []
