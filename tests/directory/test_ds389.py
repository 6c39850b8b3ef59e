"""389 Directory Server's own dialect, on a real one. What all servers share is in tests/contract/."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from resetapp.core.accounts import AccountState, DirectoryAccount
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind, DirectorySettings, Protected
from tests.directory.conftest import utc
from tests.servers import ds389_people as people
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

pytestmark = pytest.mark.ds389

NEW = "Rødgrød-med-Fløde-26"
_HISTORY_IS_WRITTEN = 0.6  # seconds: this server writes the history after it has answered
Open = Callable[..., LdapDirectory]


def settings_for(server: RunningServer, **changes: Any) -> DirectorySettings:
    settings = DirectorySettings(
        name="people",
        title="Eksempel",
        title_en="Example",
        kind=DirectoryKind.DS389,
        hosts=(server.ldaps,),
        base=server.people,
        bind_dn=server.service_dn,
        bind_password=Secret(server.service_password),
        ca_file=server.certificates.ca,
    )
    return replace(settings, **changes)


@pytest.fixture
def opened_389(ds389_server: RunningServer) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:

        def open_directory(**changes: Any) -> LdapDirectory:
            directory = LdapDirectory(settings_for(ds389_server, **changes), utc)
            stack.callback(directory.close)
            return directory

        yield open_directory


@pytest.fixture
def ds389(opened_389: Open) -> LdapDirectory:
    return opened_389()


def the_account(directory: LdapDirectory, username: str) -> DirectoryAccount:
    [account] = directory.find_by_cpr(people.cpr_of(username))
    return account


def opens(server: RunningServer, username: str, password: str) -> bool:
    return server.bind_result(people.dn_of(username), password)["result"] == 0


def test_a_password_is_set(ds389: LdapDirectory, ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    username = ds389_somebody()
    account = the_account(ds389, username)
    assert ds389.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(ds389_server, username, NEW)
    assert not opens(ds389_server, username, people.OLD)
    assert ds389.reread(account.key).mark not in ("", account.mark)
    assert ds389.reread(account.key).password_changed_at is not None


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        ("", "Kort-48", Refusal.TOO_SHORT),
        ("long-password", "Sytten-tegn-langt", Refusal.TOO_SHORT),
        ("", people.OLD, Refusal.USED_BEFORE),  # equal to the current one: no control says so
        ("young", NEW, Refusal.TOO_YOUNG),
        ("", "{SSHA}9u0pX1gRkfMjmoFWmqUUGzpMIlBuq2Sl", Refusal.BY_POLICY),
    ],
)
def test_a_refusal_has_its_reason_and_changes_nothing(
    ds389: LdapDirectory,
    ds389_server: RunningServer,
    ds389_somebody: Somebody,
    username: str,
    password: str,
    reason: Refusal,
) -> None:
    username = username or ds389_somebody()
    account = the_account(ds389, username)
    assert ds389.set_password(account, Secret(password)) == PasswordRefused((reason,))
    assert ds389.reread(account.key).mark == account.mark
    assert opens(ds389_server, username, people.OLD)


def test_a_password_with_a_part_of_the_entry_in_it_is_refused(
    ds389: LdapDirectory, ds389_server: RunningServer, ds389_somebody: Somebody
) -> None:
    username = ds389_somebody()
    password = Secret(f"xx-{username}-Zebra-9")
    outcome = ds389.set_password(the_account(ds389, username), password)
    assert outcome == PasswordRefused((Refusal.CONTAINS_NAME,))


def test_earlier_passwords_are_refused(ds389: LdapDirectory, ds389_somebody: Somebody) -> None:
    account = the_account(ds389, ds389_somebody())
    for password in ("Sommer-Zebra-9!", "Vinter-Zebra-9!"):
        assert isinstance(ds389.set_password(ds389.reread(account.key), Secret(password)), PasswordSet)
        time.sleep(_HISTORY_IS_WRITTEN)
    outcome = ds389.set_password(ds389.reread(account.key), Secret("Sommer-Zebra-9!"))
    assert outcome == PasswordRefused((Refusal.USED_BEFORE,))


def test_a_lock_of_wrong_passwords_is_opened(
    ds389: LdapDirectory, ds389_server: RunningServer, ds389_somebody: Somebody
) -> None:
    username = ds389_somebody()
    for _ in range(people.LOCKOUT_THRESHOLD + 1):
        opens(ds389_server, username, "a wrong password")
    assert ds389_server.bind_result(people.dn_of(username), people.OLD)["result"] == 19
    account = the_account(ds389, username)
    assert account.state is AccountState.LOCKED
    assert ds389.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert the_account(ds389, username).state is AccountState.ACTIVE


@pytest.mark.parametrize("username", ["disabled", "disabled-by-role"])
def test_an_account_that_an_administrator_closed_stays_closed(
    ds389: LdapDirectory, ds389_server: RunningServer, username: str
) -> None:
    account = the_account(ds389, username)
    assert account.state is AccountState.DISABLED
    assert ds389.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert ds389_server.bind_result(people.dn_of(username), NEW)["result"] in (49, 53)


@pytest.mark.parametrize(
    ("group", "username"),
    [
        (f"cn=Protected Accounts,{seed.GROUPS}", "in-protected"),
        (f"cn=Protected Accounts,{seed.GROUPS}", "nested-protected"),
        (people.PASSWORD_ADMINISTRATORS, "password-admin"),
    ],
)
def test_groups_protect_at_any_depth(opened_389: Open, group: str, username: str) -> None:
    directory = opened_389(protected=Protected(groups=(group,)))
    assert the_account(directory, username).state is AccountState.PROTECTED
    assert the_account(directory, "admin-somebody").state is AccountState.ACTIVE


def test_the_policy_of_an_account_is_shown(opened_389: Open) -> None:
    assert the_account(opened_389(), "long-password").policy.minimum_length == people.LONG_MINIMUM


def test_check_config_on_a_server_that_is_set_up_well(opened_389: Open) -> None:
    protected = Protected(canary=seed.SERVICE_DN)
    checks = opened_389(protected=protected).check()
    assert [check for check in checks if not check.ok] == []
    assert {"lasting id", "right to set passwords", "protected canary"} <= {check.name for check in checks}


def test_the_directory_manager_is_no_service_account(opened_389: Open) -> None:
    password = Secret(people.ADMIN_PASSWORD)
    found = {check.name: check for check in opened_389(bind_dn=people.ADMIN_NAME, bind_password=password).check()}
    assert not found["least privilege"].ok
