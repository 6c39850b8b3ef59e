"""389 Directory Server's own dialect, on a real one. What all servers share is in tests/contract/."""

import contextlib
import time
from collections.abc import Iterator

import pytest
from ldap3 import BASE, SUBTREE

from resetapp.core.accounts import AccountState
from resetapp.core.checks import Check
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.directory import LdapDirectory
from resetapp.settings.model import Protected
from tests.directory.ds389 import HISTORY_IS_WRITTEN, NEW, opens, the_account
from tests.directory.opening import Open
from tests.servers import ds389_people as people
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

pytestmark = pytest.mark.ds389


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
        time.sleep(HISTORY_IS_WRITTEN)
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
    assert {"lasting id", "password policy", "right to set passwords", "protected canary"} <= {
        check.name for check in checks
    }


def policy_check(directory: LdapDirectory) -> Check:
    [check] = [check for check in directory.check() if check.name == "password policy"]
    return check


def everything(server: RunningServer) -> dict[str, dict[str, list[bytes]]]:
    """Hashes of passwords and the times of their changes, too."""
    with server.as_admin() as admin:
        found = admin.extend.standard.paged_search(seed.SUFFIX, "(objectClass=*)", SUBTREE, attributes=["*", "+"])
        return {entry["dn"]: entry["raw_attributes"] for entry in found}


@contextlib.contextmanager
def changed(server: RunningServer, dn: str, attribute: str, *values: str) -> Iterator[None]:
    """For a while."""
    with server.as_admin() as admin:
        [entry] = admin.search(dn, "(objectClass=*)", BASE, attributes=[attribute])[2]
    server.change(dn, **{attribute: list(values)})
    try:
        yield
    finally:
        server.change(dn, **{attribute: list(entry["raw_attributes"].get(attribute, []))})


@pytest.mark.parametrize(
    ("dn", "attribute", "values"),
    [
        (people.PASSWORD_ADMINISTRATORS, "member", (people.dn_of("password-admin"), seed.SERVICE_DN)),
        ("cn=config", "passwordAdminDN", (seed.SERVICE_DN,)),
        ("cn=config", "nsslapd-allow-hashed-passwords", ("on",)),
    ],
)
def test_a_service_account_above_the_policy_is_told_and_nothing_is_changed(
    opened_389: Open, ds389_server: RunningServer, dn: str, attribute: str, values: tuple[str, ...]
) -> None:
    with changed(ds389_server, dn, attribute, *values):
        before = everything(ds389_server)
        check = policy_check(opened_389())
        assert not check.ok
        assert "the policy does not hold for the service account" in check.detail
        assert everything(ds389_server) == before
    before = everything(ds389_server)
    assert policy_check(opened_389()).ok
    assert everything(ds389_server) == before
    assert len(before) > 150


def test_an_administrator_of_one_policy_alone_is_told(opened_389: Open, ds389_server: RunningServer) -> None:
    their_base = people.dn_of("long-password")
    with changed(ds389_server, f"cn=long,{people.POLICIES}", "passwordAdminDN", seed.SERVICE_DN):
        assert not policy_check(opened_389(base=their_base)).ok
        assert policy_check(opened_389(base=people.dn_of("admin-somebody"))).ok
    assert policy_check(opened_389(base=their_base)).ok


def test_where_the_answer_does_not_tell_it_is_not_called_good(opened_389: Open) -> None:
    """The minimum age is looked at first."""
    check = policy_check(opened_389(base=people.dn_of("young")))
    assert not check.ok
    assert check.detail == "cannot be told (result codes [19])"


def test_the_directory_manager_is_no_service_account(opened_389: Open) -> None:
    password = Secret(people.ADMIN_PASSWORD)
    found = {check.name: check for check in opened_389(bind_dn=people.ADMIN_NAME, bind_password=password).check()}
    assert not found["least privilege"].ok
