"""Setting a password: what the directory accepts, what it refuses, and what must stay as it was."""

import dataclasses
from typing import Any

import pytest
from ldap3 import BASE, MODIFY_REPLACE, Connection

from resetapp.core.accounts import AccountState
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.directory import LdapDirectory
from resetapp.trouble import AccountGone, DirectoryDown
from tests.directory.binding import binds, close_account
from tests.directory.conftest import Opener, the_account
from tests.directory.population import ELSEWHERE_CPR, GROUPS, OLD, cpr_of, dn_of

NEW = "Rødgrød-med-Fløde-26"


def state_of(admin: Connection, dn: str) -> dict[str, Any]:
    """Everything the directory holds about an entry."""
    _, _, [entry], _ = admin.search(dn, "(objectClass=*)", BASE, attributes=["*", "+"])
    return dict(entry["raw_attributes"])


def test_the_new_password_works_and_the_old_one_does_not(directory: LdapDirectory, endpoint: Endpoint) -> None:
    account = the_account(directory, "setter")
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert binds(endpoint, "setter", NEW)
    assert not binds(endpoint, "setter", OLD)
    assert directory.reread(account.key).password_changed_at is not None


@pytest.mark.parametrize(
    "password", ["ordinary ascii 12345", "ÆØÅæøå-ÆØÅæøå", "with { } ( ) * \\ and \" '", " 日本語のパスワード "]
)
def test_every_letter_arrives_as_it_was_typed(directory: LdapDirectory, endpoint: Endpoint, password: str) -> None:
    account = the_account(directory, "letters")
    assert isinstance(directory.set_password(account, Secret(password)), PasswordSet)
    assert binds(endpoint, "letters", password.encode())


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        ("short", "kort", Refusal.TOO_SHORT),
        ("long", "x" * 129, Refusal.TOO_LONG),
        ("current", OLD, Refusal.USED_BEFORE),
        ("hashed", "{SSHA}9u0pX1gRkfMjmoFWmqUUGzpMIlBuq2Sl", Refusal.BY_POLICY),
        ("young", NEW, Refusal.TOO_YOUNG),
    ],
)
def test_what_the_directory_refuses_changes_nothing(
    directory: LdapDirectory, endpoint: Endpoint, admin: Connection, username: str, password: str, reason: Refusal
) -> None:
    account = the_account(directory, username)
    before = state_of(admin, account.dn)
    assert directory.set_password(account, Secret(password)) == PasswordRefused((reason,))
    assert state_of(admin, account.dn) == before
    assert binds(endpoint, username, OLD)


def test_an_earlier_password_is_refused(directory: LdapDirectory, endpoint: Endpoint) -> None:
    account = the_account(directory, "history")
    for password in ("Sommer-Zebra-9!", "Vinter-Zebra-9!"):
        assert isinstance(directory.set_password(directory.reread(account.key), Secret(password)), PasswordSet)
    for used in (OLD, "Sommer-Zebra-9!"):
        outcome = directory.set_password(directory.reread(account.key), Secret(used))
        assert outcome == PasswordRefused((Refusal.USED_BEFORE,))
    assert binds(endpoint, "history", "Vinter-Zebra-9!")


@pytest.mark.parametrize(("password", "reason"), [("", Refusal.EMPTY), ("\ud800 surrogate", Refusal.BAD_CHARACTER)])
def test_what_is_no_password_is_never_sent(directory: LdapDirectory, password: str, reason: Refusal) -> None:
    """An empty one above all: a bind without a password succeeds as nobody (RFC 4513, section 5.1.2)."""
    account = the_account(directory, "reader")
    assert directory.set_password(account, Secret(password)) == PasswordRefused((reason,))


def test_a_lock_after_wrong_passwords_is_lifted(directory: LdapDirectory, endpoint: Endpoint) -> None:
    for _ in range(3):
        assert not binds(endpoint, "locked", "wrong")
    assert not binds(endpoint, "locked", OLD)
    account = the_account(directory, "locked")
    assert account.state is AccountState.LOCKED
    assert isinstance(directory.set_password(account, Secret(NEW)), PasswordSet)
    assert directory.reread(account.key).state is AccountState.ACTIVE
    assert binds(endpoint, "locked", NEW)


@pytest.mark.parametrize("username", ["closed", "ended", "shadow-ended", "later"])
def test_an_account_out_of_use_is_left_alone(directory: LdapDirectory, admin: Connection, username: str) -> None:
    account = the_account(directory, username)
    before = state_of(admin, account.dn)
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert state_of(admin, account.dn) == before


def test_an_account_closed_after_it_was_chosen_stays_closed(
    directory: LdapDirectory, endpoint: Endpoint, admin: Connection
) -> None:
    """slapd would open it again: it lifts every lock when a password is set."""
    account = the_account(directory, "closed-meanwhile")
    close_account(endpoint, "closed-meanwhile")
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert state_of(admin, account.dn)["pwdAccountLockedTime"] == [seed.LOCKED_BY_ADMINISTRATOR.encode()]


def test_an_account_promoted_after_it_was_chosen_is_left_alone(
    opened: Opener, endpoint: Endpoint, admin: Connection
) -> None:
    quiet = next(group for group in GROUPS if group.name == "quiet")
    directory = opened.protecting(groups=(quiet.dn,))
    account = the_account(directory, "promoted-meanwhile")
    assert account.usable
    admin.modify(quiet.dn, {"member": [(MODIFY_REPLACE, [*quiet.members, account.dn])]})
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    assert binds(endpoint, "promoted-meanwhile", OLD)


def test_an_account_given_to_somebody_else_is_left_alone(
    directory: LdapDirectory, endpoint: Endpoint, admin: Connection
) -> None:
    account = the_account(directory, "given-away")
    admin.modify(account.dn, {"norEduPersonNIN": [(MODIFY_REPLACE, [cpr_of("gone").digits])]})
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert binds(endpoint, "given-away", OLD)


def test_an_account_deleted_after_it_was_chosen_is_gone(directory: LdapDirectory, admin: Connection) -> None:
    account = the_account(directory, "gone-meanwhile")
    admin.delete(account.dn)
    with pytest.raises(AccountGone):
        directory.set_password(account, Secret(NEW))


def test_the_name_in_the_account_is_not_trusted(directory: LdapDirectory, endpoint: Endpoint) -> None:
    """The id counts: with another entry's DN slipped in, the right entry is changed and the other is not."""
    account = the_account(directory, "answers-first")
    forged = dataclasses.replace(account, dn=dn_of("reader"))
    assert isinstance(directory.set_password(forged, Secret(NEW)), PasswordSet)
    assert binds(endpoint, "answers-first", NEW)
    assert binds(endpoint, "reader", OLD)


def test_a_missing_right_is_our_fault_and_not_the_passwords(directory: LdapDirectory, admin: Connection) -> None:
    [account] = directory.find_by_cpr(ELSEWHERE_CPR["read-only"])
    before = state_of(admin, account.dn)
    with pytest.raises(DirectoryDown) as refused:
        directory.set_password(account, Secret(NEW))
    assert (refused.value.directory, refused.value.reason) == ("people", "not_permitted")
    assert state_of(admin, account.dn) == before


def test_where_locks_cannot_be_seen_nothing_is_set(directory: LdapDirectory, admin: Connection) -> None:
    """It might be closed by an administrator: the server itself is made to look, in the same operation."""
    [account] = directory.find_by_cpr(ELSEWHERE_CPR["no-locks"])
    assert account.usable
    before = state_of(admin, account.dn)
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert state_of(admin, account.dn) == before
