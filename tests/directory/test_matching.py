"""A person's accounts in several directories: all are found, and one that is silent is named and costs no other."""

import contextlib
import time

from resetapp.core.accounts import AccountKey
from resetapp.core.outcomes import Outcome
from resetapp.directory import LdapDirectory
from resetapp.matching import match
from tests.directory.conftest import Opener, the_account
from tests.directory.population import cpr_of
from tests.directory.test_connections import closed_port, silent_server


def test_accounts_are_found_in_all_directories(opened: Opener) -> None:
    directories = {name: opened(name=name) for name in ("students", "staff")}
    result = match(cpr_of("reader"), directories)
    entry_id = the_account(opened(), "reader").key.entry_id
    assert [account.key for account in result.accounts] == [
        AccountKey(name, entry_id) for name in ("staff", "students")
    ]
    assert (result.not_asked, result.outcome) == ((), Outcome.OPEN)


def test_silent_directories_are_named_and_waited_for_together(opened: Opener) -> None:
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(silent_server()) for _ in range(3)]
        directories: dict[str, LdapDirectory] = {f"silent-{port}": silent(opened, port) for port in ports}
        directories |= {"people": opened(), "closed": silent(opened, closed_port())}
        begun = time.monotonic()
        result = match(cpr_of("reader"), directories)
        taken = time.monotonic() - begun
    assert [account.username for account in result.accounts] == ["reader"]
    assert result.not_asked == (*(f"silent-{port}" for port in ports), "closed")
    assert result.outcome is Outcome.OPEN
    assert taken < 2.5  # one after the other they would take three seconds and more


def test_nobody_is_not_claimed_while_a_directory_is_silent(opened: Opener) -> None:
    result = match(cpr_of("reader"), {"people": opened(username_attribute="roomNumber"), "closed": silent(opened, 1)})
    assert (result.not_asked, result.outcome) == (("closed",), Outcome.DIRECTORY_DOWN)


def silent(opened: Opener, port: int) -> LdapDirectory:
    return opened(name="silent", hosts=(f"ldaps://127.0.0.1:{port}",), connect_timeout=1.0, answer_timeout=1.0)
