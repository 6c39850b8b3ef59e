"""The modify was sent, and then? Never a false success, never a false failure, and never sent twice."""

import time
from collections.abc import Iterator

import pytest
from ldap3 import MODIFY_REPLACE, Connection

from resetapp.core.outcomes import OutcomeUnknown, PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo.ldap_ber import elements
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.ldap_messages import ASSERTION_CONTROL, POLICY_CONTROL
from resetapp.directory import LdapDirectory
from resetapp.trouble import AccountGone, DirectoryDown
from tests.directory.binding import binds, close_account
from tests.directory.conftest import Opener, the_account
from tests.directory.population import OLD, cpr_of
from tests.directory.proxy import Fate, Proxy, between

NEW = "Rødgrød-med-Fløde-26"


@pytest.fixture
def proxy(endpoint: Endpoint) -> Iterator[Proxy]:
    with between(endpoint) as proxy:
        yield proxy


@pytest.fixture
def through(proxy: Proxy, opened: Opener) -> LdapDirectory:
    """A directory that is reached through the proxy alone."""
    return opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}",), connect_timeout=0.7, answer_timeout=0.7)


def test_an_ordinary_change_is_one_modify_and_one_bind_as_the_user(through: LdapDirectory, proxy: Proxy) -> None:
    account = the_account(through, "late")
    binds_before = proxy.binds
    assert through.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert (len(proxy.modifies), proxy.binds - binds_before) == (1, 1)


def test_the_condition_is_one_that_the_server_must_not_pass_over(through: LdapDirectory, proxy: Proxy) -> None:
    """Critical: a server that does not know the assertion control refuses the change (RFC 4511, section 4.1.11)."""
    through.set_password(the_account(through, "late"), Secret(OLD))
    [_, _, (_, controls)] = elements(elements(proxy.modifies[0])[0][1])
    sent = {parts[0][1]: parts[1:] for parts in (elements(control) for _, control in elements(controls))}
    assert sent[ASSERTION_CONTROL.encode()][0] == (0x01, b"\xff")
    assert sent[POLICY_CONTROL.encode()] == ()


@pytest.mark.parametrize(
    ("fate", "username"), [(Fate.SWALLOWED, "swallowed"), (Fate.CUT, "many-at-once"), (Fate.LATE, "comes-late")]
)
def test_a_lost_answer_is_made_good_by_a_bind_that_works(
    through: LdapDirectory, proxy: Proxy, endpoint: Endpoint, fate: Fate, username: str
) -> None:
    account = the_account(through, username)
    proxy.fate, binds_before = fate, proxy.binds
    assert through.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert (len(proxy.modifies), proxy.binds - binds_before) == (1, 1)
    assert binds(endpoint, username, NEW)


def test_a_connection_that_owes_an_answer_is_not_used_again(through: LdapDirectory, proxy: Proxy) -> None:
    account = the_account(through, "waiting")
    proxy.fate = Fate.SWALLOWED
    assert isinstance(through.set_password(account, Secret(NEW)), PasswordSet)
    proxy.fate, start = Fate.PASSED, time.monotonic()
    assert through.reread(account.key).usable
    assert time.monotonic() - start < 0.5  # a time-out on the old connection would take longer


def test_a_change_that_never_arrived_is_not_known(through: LdapDirectory, proxy: Proxy, endpoint: Endpoint) -> None:
    """From here it looks like a change that is still on its way, so it is not called a failure."""
    account = the_account(through, "held")
    proxy.fate, binds_before = Fate.HELD, proxy.binds
    start = time.monotonic()
    assert through.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    assert time.monotonic() - start < 4
    assert (len(proxy.modifies), proxy.binds - binds_before) == (1, 0)  # a login that fails would count against them
    assert binds(endpoint, "held", OLD)


def test_a_change_after_which_the_server_is_gone_is_not_known(
    through: LdapDirectory, proxy: Proxy, endpoint: Endpoint
) -> None:
    account = the_account(through, "dies")
    proxy.fate = Fate.FATAL
    assert through.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    assert len(proxy.modifies) == 1
    assert binds(endpoint, "dies", NEW)  # it was in fact done: a failure would have been a lie


@pytest.mark.parametrize("code", [0, 3, 52, 80, 16654])
def test_an_answer_that_proves_nothing_is_not_believed(
    through: LdapDirectory, proxy: Proxy, endpoint: Endpoint, code: int
) -> None:
    """A yes without the bind to prove it (0), what a relaying server says when it got no reply, and a code that
    ldap3 does not know and breaks on."""
    account = the_account(through, "reader")
    proxy.fate, proxy.code, binds_before = Fate.ANSWERED, code, proxy.binds
    assert through.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    assert (len(proxy.modifies), proxy.binds - binds_before) == (1, int(code == 0))
    assert binds(endpoint, "reader", OLD)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (8, "not_permitted"),
        (10, "read_only_server"),
        (12, "assertion_unsupported"),
        (13, "not_permitted"),
        (50, "not_permitted"),
        (53, "not_permitted"),
        (65, "not_permitted"),
    ],
)
def test_a_clear_no_that_is_not_about_the_password_is_our_trouble(
    through: LdapDirectory, proxy: Proxy, code: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    account = the_account(through, "reader")
    proxy.fate, proxy.code, binds_before = Fate.ANSWERED, code, proxy.binds
    with pytest.raises(DirectoryDown) as trouble:
        through.set_password(account, Secret(NEW))
    assert (trouble.value.reason, len(proxy.modifies), proxy.binds - binds_before) == (reason, 1, 0)
    assert f"result code {code}" in caplog.text
    assert "nobody should see" not in caplog.text


def test_an_entry_that_is_gone_when_the_change_arrives_is_gone(through: LdapDirectory, proxy: Proxy) -> None:
    account = the_account(through, "reader")
    proxy.fate, proxy.code = Fate.ANSWERED, 32
    with pytest.raises(AccountGone):
        through.set_password(account, Secret(NEW))


def test_another_server_is_never_asked_to_do_it_again(proxy: Proxy, endpoint: Endpoint, opened: Opener) -> None:
    with between(endpoint) as other:
        hosts = tuple(f"ldaps://127.0.0.1:{port}" for port in (proxy.port, other.port))
        directory = opened(hosts=hosts, connect_timeout=0.7, answer_timeout=0.7)
        account = the_account(directory, "silent")
        proxy.fate = Fate.FATAL
        assert directory.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
        assert (len(proxy.modifies), len(other.modifies), other.binds) == (1, 0, 0)


def test_a_server_that_dies_before_the_change_costs_nothing(proxy: Proxy, endpoint: Endpoint, opened: Opener) -> None:
    directory = opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}", endpoint.ldaps))
    account = the_account(directory, "reader")
    assert directory.reread(account.key) == account
    proxy.abort_all()
    assert directory.reread(account.key) == account


def test_the_server_itself_looks_again_when_the_change_arrives(
    through: LdapDirectory, proxy: Proxy, endpoint: Endpoint, admin: Connection
) -> None:
    """Between our last look and the change an administrator closes the account: R-05's gap, closed by RFC 4528."""
    account = the_account(through, "secret")
    proxy.before_modify = lambda: close_account(endpoint, "secret")
    assert through.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert len(proxy.modifies) == 1
    admin.modify(account.dn, {"pwdAccountLockedTime": [(MODIFY_REPLACE, [])]})
    assert binds(endpoint, "secret", OLD)


def test_an_entry_that_gets_another_number_on_the_way_is_left_alone(
    through: LdapDirectory, proxy: Proxy, endpoint: Endpoint, admin: Connection
) -> None:
    account = the_account(through, "answers-late")
    other = {"norEduPersonNIN": [(MODIFY_REPLACE, [cpr_of("gone").digits])]}
    proxy.before_modify = lambda: admin.modify(account.dn, other)
    assert through.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert binds(endpoint, "answers-late", OLD)


def test_a_late_change_cannot_overwrite_a_newer_password(
    through: LdapDirectory, proxy: Proxy, endpoint: Endpoint, opened: Opener
) -> None:
    """The first change is held up on the way; meanwhile the person sets another password elsewhere."""
    account = the_account(through, "overtaken")
    first = Secret("Den-Foerste-Kode-1")
    assert isinstance(through.set_password(account, first), PasswordSet)
    time.sleep(1.1)  # slapd notes changes by the second
    newer = Secret("Den-Nyeste-Kode-33")
    proxy.before_modify = lambda: check(opened().set_password(opened().reread(account.key), newer))
    stale = through.set_password(through.reread(account.key), Secret("Den-Gamle-Kode-22"))
    assert stale == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert binds(endpoint, "overtaken", newer.reveal())


def check(outcome: object) -> None:
    assert isinstance(outcome, PasswordSet)
