"""The change was sent, and then? Never a false success, never a false failure, and never sent twice."""

import time

import pytest

from resetapp.core.outcomes import OutcomeUnknown, PasswordSet
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.trouble import DirectoryDown
from tests.contract.conftest import Open, the_account
from tests.contract.world import World
from tests.directory.proxy import Fate, Proxy, between

NEW = "Rødgrød-med-Fløde-26"


@pytest.mark.parametrize("fate", [Fate.SWALLOWED, Fate.CUT])
def test_a_lost_answer_is_made_good_by_a_login_that_works(
    world: World, through: LdapDirectory, proxy: Proxy, fate: Fate
) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.fate = fate
    assert through.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert len(proxy.modifies) == 1
    assert world.binds(person, NEW)


def test_a_change_that_never_arrived_is_not_known(world: World, through: LdapDirectory, proxy: Proxy) -> None:
    """From here it looks like a change that is still on its way, so it is not called a failure."""
    person = world.somebody()
    account = the_account(through, person)
    proxy.fate, start = Fate.HELD, time.monotonic()
    assert through.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    assert time.monotonic() - start < 10
    assert len(proxy.modifies) == 1
    assert world.binds(person, world.old_password)


def test_a_change_after_which_the_server_is_gone_is_not_known(
    world: World, through: LdapDirectory, proxy: Proxy
) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.fate = Fate.FATAL
    assert through.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    assert len(proxy.modifies) == 1
    assert world.binds(person, NEW)  # it was in fact done: a failure would have been a lie


def test_a_yes_that_no_login_proves_is_not_believed(world: World, through: LdapDirectory, proxy: Proxy) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.fate, proxy.code = Fate.ANSWERED, 0
    assert through.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    assert world.binds(person, world.old_password)


@pytest.mark.parametrize(("code", "reason"), [(8, "not_permitted"), (10, "read_only_server"), (50, "not_permitted")])
def test_a_clear_no_that_is_not_about_the_password_is_our_trouble(
    world: World, through: LdapDirectory, proxy: Proxy, code: int, reason: str
) -> None:
    person = world.somebody()
    account = the_account(through, person)
    proxy.fate, proxy.code = Fate.ANSWERED, code
    with pytest.raises(DirectoryDown) as trouble:
        through.set_password(account, Secret(NEW))
    assert (trouble.value.reason, len(proxy.modifies)) == (reason, 1)
    assert world.binds(person, world.old_password)


def test_another_server_is_never_asked_to_do_it_again(world: World, proxy: Proxy, opened: Open) -> None:
    with between(world.server) as other:
        hosts = tuple(f"ldaps://127.0.0.1:{each.port}" for each in (proxy, other))
        directory = opened(hosts=hosts, connect_timeout=1.0, answer_timeout=1.5)
        account = the_account(directory, world.somebody())
        proxy.fate = Fate.FATAL
        assert directory.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
        assert (len(proxy.modifies), len(other.modifies)) == (1, 0)


def test_a_server_that_is_gone_before_anything_is_sent_costs_nothing(world: World, proxy: Proxy, opened: Open) -> None:
    directory = opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}", world.server.ldaps))
    person = world.somebody()
    account = the_account(directory, person)
    proxy.abort_all()
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert world.binds(person, NEW)
