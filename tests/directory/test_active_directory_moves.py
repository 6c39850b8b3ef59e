"""An account of Active Directory that is moved while its new password is on the way, on a real domain controller.

The change follows it by its GUID, also out of the base where the service's rights reach so far. So must the eyes that
find out what became of it, and the one login that proves it.
"""

import time
from collections.abc import Iterator

import pytest

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.outcomes import OutcomeUnknown, PasswordSet
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.trouble import AccountGone, DirectoryDown
from tests.directory.active_directory import NEW, opens, the_account
from tests.directory.opening import Open
from tests.directory.proxy import Fate, Proxy, between
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

pytestmark = pytest.mark.samba

WIDE = f"CN={domain.WIDE_SERVICE},{domain.SERVICES}"  # may set passwords in the whole domain


@pytest.fixture
def proxy(samba_server: RunningServer) -> Iterator[Proxy]:
    with between(samba_server) as proxy:
        yield proxy


@pytest.fixture
def wide(ad_opened: Open, proxy: Proxy) -> LdapDirectory:
    return through(ad_opened, proxy, bind_dn=WIDE)


def through(ad_opened: Open, proxy: Proxy, **changes: str) -> LdapDirectory:
    return ad_opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}",), connect_timeout=1.0, answer_timeout=1.5, **changes)


def leaves_the_base(server: RunningServer, account: DirectoryAccount) -> str:
    """Returns the new DN."""
    leaf = account.dn.partition(",")[0]
    with server.as_admin() as admin:
        assert admin.modify_dn(account.dn, leaf, new_superior=domain.FORMER)[1]["result"] == 0
    return f"{leaf},{domain.FORMER}"


@pytest.mark.parametrize("fate", [Fate.PASSED, Fate.SWALLOWED])
def test_a_password_is_proven_where_the_account_has_gone(
    wide: LdapDirectory, proxy: Proxy, samba_server: RunningServer, samba_somebody: Somebody, fate: Fate
) -> None:
    username = samba_somebody()
    account = the_account(wide, username)
    gone_to: list[str] = []
    proxy.before_modify, proxy.fate = lambda: gone_to.append(leaves_the_base(samba_server, account)), fate
    assert wide.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert [name for name in proxy.bound_as if name != WIDE] == gone_to
    assert opens(samba_server, username, NEW)
    with pytest.raises(AccountGone):
        wide.reread(account.key)


def test_a_change_that_nobody_could_prove_is_seen_later_where_the_account_has_gone(
    wide: LdapDirectory, proxy: Proxy, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """ "The entry is gone, so nothing was set" would be a lie."""
    username = samba_somebody()
    account = the_account(wide, username)
    proxy.fate, proxy.delay = Fate.LATE, 4.0
    assert wide.set_password(account, Secret(NEW)) == OutcomeUnknown(account.key)
    [unmoved], complete = wide.look_everywhere(account.key)
    assert (unmoved.mark, complete) == (account.mark, True)
    moved_to = leaves_the_base(samba_server, account)
    end = time.monotonic() + 20
    while (seen := wide.look_everywhere(account.key)[0][0]).mark == account.mark and time.monotonic() < end:
        time.sleep(0.2)
    assert (seen.dn, seen.usable, seen.mark != account.mark) == (moved_to, False, True)
    assert opens(samba_server, username, NEW)


def test_without_rights_out_there_nothing_is_changed(
    ad_opened: Open, proxy: Proxy, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    username = samba_somebody()
    narrow = through(ad_opened, proxy)
    account = the_account(narrow, username)
    proxy.before_modify = lambda: leaves_the_base(samba_server, account) and None
    with pytest.raises(DirectoryDown) as trouble:
        narrow.set_password(account, Secret(NEW))
    assert trouble.value.reason == "not_permitted"
    assert opens(samba_server, username, domain.OLD)


def test_a_deleted_account_is_nowhere(
    wide: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    account = the_account(wide, samba_somebody())
    with samba_server.as_admin() as admin:
        assert admin.delete(account.dn)[1]["result"] == 0
    with pytest.raises(AccountGone):
        wide.look_everywhere(account.key)
