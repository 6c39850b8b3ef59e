"""What an account is fit for, as its entry tells."""

from datetime import datetime, timedelta

import pytest
from ldap3 import MODIFY_REPLACE, Connection

from resetapp.core.accounts import AccountState
from resetapp.directory import LdapDirectory
from tests.directory.conftest import Opener, the_account
from tests.directory.population import NOW, dn_of

MONTH = timedelta(days=30)


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize(
    ("username", "state", "changes_at"),
    [
        ("reader", AccountState.ACTIVE, None),
        ("locked-before", AccountState.LOCKED, None),
        ("short-lock", AccountState.ACTIVE, None),
        ("closed", AccountState.DISABLED, None),
        ("closed-and-ended", AccountState.DISABLED, None),
        ("ended", AccountState.EXPIRED, NOW - MONTH),
        ("shadow-ended", AccountState.EXPIRED, midnight(NOW - MONTH)),
        ("shadow-never", AccountState.ACTIVE, None),
        ("ending", AccountState.ACTIVE, midnight(NOW + MONTH)),
        ("later", AccountState.NOT_YET, NOW + MONTH),
    ],
)
def test_the_state_follows_from_the_entry(
    directory: LdapDirectory, username: str, state: AccountState, changes_at: datetime | None
) -> None:
    account = the_account(directory, username)
    assert (account.state, account.changes_at) == (state, changes_at)


def test_time_goes_on(opened: Opener) -> None:
    assert the_account(opened(clock=lambda: NOW - 2 * MONTH), "ended").state is AccountState.ACTIVE
    assert the_account(opened(clock=lambda: NOW + 2 * MONTH), "later").state is AccountState.ACTIVE
    assert the_account(opened(clock=lambda: NOW + 2 * MONTH), "ending").state is AccountState.EXPIRED
    assert the_account(opened(clock=lambda: NOW - timedelta(hours=1)), "short-lock").state is AccountState.LOCKED


def test_the_institution_can_name_an_attribute_that_closes_accounts(opened: Opener) -> None:
    assert the_account(opened(), "left").state is AccountState.ACTIVE
    directory = opened(disabled_attribute="employeeType", disabled_values=("fratrådt", "bortvist"))
    assert the_account(directory, "left").state is AccountState.DISABLED
    assert the_account(directory, "reader").state is AccountState.ACTIVE


def test_a_value_that_cannot_be_understood_protects_the_account(opened: Opener, admin: Connection) -> None:
    """The embedded directory has no schema that would keep such a value out; slapd has."""
    code = admin.modify(dn_of("shadow-never"), {"shadowExpire": [(MODIFY_REPLACE, ["one day"])]})[1]["result"]
    state = the_account(opened(), "shadow-never").state
    assert state is (AccountState.PROTECTED if code == 0 else AccountState.ACTIVE)
    admin.modify(dn_of("shadow-never"), {"shadowExpire": [(MODIFY_REPLACE, ["-1"])]})
