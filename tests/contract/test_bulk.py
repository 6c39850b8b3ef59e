"""Many accounts at once: each as a single look-up has it, and nothing that a single one would not have."""

import dataclasses
from collections.abc import Iterator

import pytest
from ldap3 import MODIFY_REPLACE

from resetapp.core.accounts import AccountKey, AccountState
from resetapp.directory import LdapDirectory
from resetapp.trouble import DirectoryDown
from tests.contract.conftest import Open
from tests.contract.test_finding import UNKNOWN_IDS
from tests.contract.world import World, done
from tests.directory.proxy import Proxy

ROLES = ("two-a", "two-b", "disabled", "locked", "in-protected", "nested-protected", "admin-somebody", "odd-name")
PROTECTED = frozenset({"in-protected", "nested-protected", "admin-somebody"})
HOSTILE = ("*", "person-*", "(", ")", "\\", "\\2a", "\0", "person-001\0", "x)(uid=*", "æøå", "ÆØÅ", "中\U0001f600", "")
MANY = 450


def crowd() -> Iterator[str]:
    """People of the world among names that nobody has."""
    yield from (f"nobody-{number}" for number in range(MANY - len(ROLES) - 100))
    yield from ROLES
    yield from (f"person-{number:03d}" for number in range(1, 101))


def test_everybody_is_found_as_if_asked_for_alone(world: World, directory: LdapDirectory) -> None:
    found = list(directory.find_all_by_username(crowd()))
    accounts = dict(found)
    assert len(found) == len(accounts) == 100 + len(ROLES)
    for username in (*ROLES, "person-001", "person-100"):
        assert [accounts[username]] == directory.find_by_username(username)


def test_protected_and_closed_accounts_are_told_as_such(directory: LdapDirectory) -> None:
    states = {username: account.state for username, account in directory.find_all_by_username(crowd())}
    assert {username for username, state in states.items() if state is AccountState.PROTECTED} == PROTECTED
    assert states["disabled"] is AccountState.DISABLED
    assert states["locked"] is AccountState.LOCKED
    assert states["two-a"] is AccountState.ACTIVE


def test_everybody_is_read_again_by_their_ids(directory: LdapDirectory) -> None:
    accounts = [account for _, account in directory.find_all_by_username(crowd())]
    again = directory.reread_all([account.key for account in accounts])
    assert sorted(again, key=lambda account: account.key) == sorted(accounts, key=lambda account: account.key)


def test_what_names_nobody_is_left_out(directory: LdapDirectory) -> None:
    [(_, account)] = directory.find_all_by_username(["two-a"])
    unknown = [AccountKey("contract", entry_id) for entry_id in UNKNOWN_IDS]
    assert list(directory.reread_all([*unknown, account.key, *unknown])) == [account]
    assert list(directory.reread_all([*unknown, dataclasses.replace(account.key, directory="another")])) == []
    assert list(directory.find_all_by_username([])) == []


def test_names_are_compared_as_the_directory_does(directory: LdapDirectory) -> None:
    [(_, account)] = directory.find_all_by_username(["two-a"])
    spellings = ["TWO-A", "nobody-1", "two-a", "Two-A", "two-a"]
    found = list(directory.find_all_by_username(spellings))
    assert {username for username, _ in found} == {"TWO-A", "two-a", "Two-A"}
    assert {each.key for _, each in found} == {account.key}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_is_never_syntax(directory: LdapDirectory, hostile: str) -> None:
    [(username, account)] = directory.find_all_by_username(["nobody-1", hostile, "two-a", "nobody-2"])
    assert (username, account.username) == ("two-a", "two-a")
    assert list(directory.find_all_by_username([hostile])) == []


def test_names_with_letters_and_signs_of_all_kinds_are_found(world: World, directory: LdapDirectory) -> None:
    person, names = world.somebody(), list(world.dialect.odd_usernames)
    [(_, account)] = directory.find_all_by_username([person.username])
    if world.can.several_usernames:
        names.append(person.username)
    with world.server.as_admin() as admin:
        done(admin.modify(account.dn, {world.dialect.username_attribute: [(MODIFY_REPLACE, names)]}))
    found = list(directory.find_all_by_username(["nobody-1", *names, "two-a"]))
    assert sorted(username for username, _ in found) == sorted([*names, "two-a"])
    assert {each.key for username, each in found if username in names} == {account.key}


def test_a_server_that_goes_away_midway_is_told(through: LdapDirectory, proxy: Proxy) -> None:
    """What came until then must not pass for all there is."""
    found = through.find_all_by_username([*ROLES, *crowd()])
    next(found)
    proxy.gone = True
    proxy.abort_all()
    with pytest.raises(DirectoryDown):
        list(found)


def test_a_group_that_cannot_be_read_protects_everybody(world: World, opened: Open) -> None:
    settings = world.settings()
    gone = f"cn=never was,{settings.protected.groups[0].partition(',')[2]}"
    directory = opened(protected=type(settings.protected)(groups=(gone,)))
    found = list(directory.find_all_by_username(crowd()))
    assert {account.state for _, account in found} == {AccountState.PROTECTED}
    again = directory.reread_all([account.key for _, account in found])
    assert {account.state for account in again} == {AccountState.PROTECTED}


def test_a_name_with_a_nul_is_nobodys(directory: LdapDirectory) -> None:
    assert directory.find_by_username("two-a")
    assert directory.find_by_username("two-a\0") == []
