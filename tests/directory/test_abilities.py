"""What a directory may allow besides a new password: to lift a lock, to open with the first one, to keep a duty."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from ldap3 import BASE

from resetapp.core.accounts import AccountState, DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import AccountUnlocked, PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.slapd import SlapdUnavailable, crowd_cpr, running_slapd
from resetapp.directory import LdapDirectory
from resetapp.settings.model import Activation
from resetapp.trouble import DirectoryDown
from tests.directory.active_directory import NEW
from tests.directory.active_directory import opens as opens_ad
from tests.directory.active_directory import the_account as the_account_in_ad
from tests.directory.binding import admin_connection, binds
from tests.directory.conftest import Opener
from tests.directory.opening import Open
from tests.directory.population import OLD
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

GRANTED = f"""
access to dn.subtree="{seed.PEOPLE}" attrs=pwdAccountLockedTime,pwdReset,employeeType
   by dn.exact="{seed.SERVICE_DN}" write
   by * none
"""
NEWCOMERS = Activation(attribute="employeeType", waiting=("Ny", "Ny-ansat"), active="Studerende")
NAMES = ("locked", "closed", "open", "newcomer", "closed-newcomer", "must-change", "poor", "two-roles")


def entries() -> list[seed.SeedEntry]:
    now = seed.generalized_time(datetime.now(UTC))
    more: dict[str, dict[str, tuple[str, ...]]] = {
        "locked": {"pwdAccountLockedTime": (now,)},
        "poor": {"pwdAccountLockedTime": (now,)},
        "closed": {"pwdAccountLockedTime": (seed.LOCKED_BY_ADMINISTRATOR,)},
        "newcomer": {"employeeType": ("ny",)},
        "closed-newcomer": {"employeeType": ("Ny",), "pwdAccountLockedTime": (seed.LOCKED_BY_ADMINISTRATOR,)},
        "two-roles": {"employeeType": ("Vejleder", "Ny-ansat")},
        "must-change": {"pwdReset": ("TRUE",)},
    }
    people = [seed.SeedAccount(name, "Test", "Prøve", cpr(name), OLD, more.get(name, {})) for name in NAMES]
    return seed.tree(people, [])


def cpr(name: str) -> str:
    return crowd_cpr(700 + NAMES.index(name))


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory, server_certificates: ServerCertificates) -> Iterator[Endpoint]:
    """A slapd that grants the service account what the abilities need."""
    folder = tmp_path_factory.mktemp("generous")
    try:
        with running_slapd(folder, entries(), first_rules=GRANTED, certificates=server_certificates) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture
def opener(generous: Endpoint) -> Iterator[Opener]:
    with contextlib.ExitStack() as stack:
        yield Opener(generous, stack)


def the_account(directory: LdapDirectory, name: str) -> DirectoryAccount:
    [account] = directory.find_by_cpr(CprNumber.parse(cpr(name)))
    return account


def values(endpoint: Endpoint, name: str, attribute: str) -> list[str]:
    admin = admin_connection(endpoint)
    _, _, [entry], _ = admin.search(f"uid={name},{seed.PEOPLE}", "(objectClass=*)", BASE, attributes=[attribute])
    admin.unbind()
    return [value.decode() for value in entry["raw_attributes"].get(attribute, [])]


# ---- OpenLDAP


@pytest.mark.slapd
def test_a_lock_is_lifted_and_the_password_stays(opener: Opener, generous: Endpoint) -> None:
    directory = opener()
    account = the_account(directory, "locked")
    assert account.state is AccountState.LOCKED
    assert not binds(generous, "locked", OLD)
    assert directory.unlock(account) == AccountUnlocked(account.key)
    assert binds(generous, "locked", OLD)
    assert directory.unlock(directory.reread(account.key)) == AccountUnlocked(account.key)  # twice does no harm


@pytest.mark.slapd
def test_an_account_that_is_open_is_not_touched(opener: Opener, generous: Endpoint) -> None:
    directory = opener()
    account = the_account(directory, "open")
    assert directory.unlock(account) == AccountUnlocked(account.key)
    assert not any("pwreset" in name for name in values(generous, "open", "modifiersName"))


@pytest.mark.slapd
def test_the_lock_of_an_administrator_is_not_lifted(opener: Opener, generous: Endpoint) -> None:
    directory = opener()
    account = the_account(directory, "closed")
    assert directory.unlock(account) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    assert values(generous, "closed", "pwdAccountLockedTime") == [seed.LOCKED_BY_ADMINISTRATOR]


@pytest.mark.slapd
def test_without_the_right_it_is_our_trouble(opener: Opener, generous: Endpoint) -> None:
    poor = opener(bind_dn=f"uid=open,{seed.PEOPLE}", bind_password=Secret(OLD))
    with pytest.raises(DirectoryDown):
        poor.unlock(the_account(opener(), "poor"))
    assert values(generous, "poor", "pwdAccountLockedTime") != []


@pytest.mark.slapd
@pytest.mark.parametrize(("name", "left"), [("newcomer", ["Studerende"]), ("two-roles", ["Vejleder", "Studerende"])])
def test_the_first_password_moves_a_newcomer_on(opener: Opener, generous: Endpoint, name: str, left: list[str]) -> None:
    directory = opener(activation=NEWCOMERS)
    account = the_account(directory, name)
    assert (account.state, account.usable) == (AccountState.WAITING, True)
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert binds(generous, name, NEW)
    assert values(generous, name, "employeeType") == left
    assert directory.reread(account.key).state is AccountState.ACTIVE


@pytest.mark.slapd
def test_a_closed_newcomer_is_opened_only_where_that_is_configured(opener: Opener, generous: Endpoint) -> None:
    assert the_account(opener(activation=NEWCOMERS), "closed-newcomer").state is AccountState.DISABLED
    directory = opener(activation=Activation("employeeType", ("Ny",), "", enable=True))
    account = the_account(directory, "closed-newcomer")
    assert account.state is AccountState.WAITING
    assert directory.set_password(account, Secret("kort")) == PasswordRefused((Refusal.TOO_SHORT,))
    assert values(generous, "closed-newcomer", "employeeType") == ["Ny"]
    assert values(generous, "closed-newcomer", "pwdAccountLockedTime") == [seed.LOCKED_BY_ADMINISTRATOR]
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert values(generous, "closed-newcomer", "employeeType") == []
    assert binds(generous, "closed-newcomer", NEW)


@pytest.mark.slapd
def test_an_account_that_must_change_still_must_where_that_is_configured(opener: Opener, generous: Endpoint) -> None:
    keeping = opener(keep_must_change=True)
    account = the_account(keeping, "must-change")
    assert isinstance(keeping.set_password(account, Secret(NEW)), PasswordSet)
    assert values(generous, "must-change", "pwdReset") == ["TRUE"]
    clearing = opener()
    again = clearing.set_password(clearing.reread(account.key), Secret("En-Helt-Anden-Kode-7"))
    assert again == PasswordSet(account.key)
    assert values(generous, "must-change", "pwdReset") == []


# ---- Active Directory


@pytest.mark.samba
def test_a_lock_is_lifted_in_active_directory(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    username = samba_somebody()
    for _ in range(domain.LOCKOUT_THRESHOLD):
        opens_ad(samba_server, username, "a wrong password")
    account = the_account_in_ad(ad, username)
    assert account.state is AccountState.LOCKED
    assert ad.unlock(account) == AccountUnlocked(account.key)
    assert opens_ad(samba_server, username, domain.OLD)


@pytest.mark.samba
def test_who_must_change_still_must_in_active_directory(
    ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    username = samba_somebody()
    directory = ad_opened(keep_must_change=True)
    account = the_account_in_ad(directory, username)
    samba_server.change(account.dn, pwdLastSet=["0"])
    outcome = directory.set_password(directory.reread(account.key), Secret(NEW))
    assert outcome == PasswordSet(account.key, must_change=True)
    assert "data 773" in str(samba_server.bind_result(f"{username}@{domain.REALM.lower()}", NEW)["message"])
    assert ad_opened().set_password(directory.reread(account.key), Secret(f"{NEW}-x")) == PasswordSet(account.key)


@pytest.mark.samba
def test_a_newcomer_is_enabled_in_active_directory(
    ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """By somebody who may: the delegation of the tests' service account does not go so far."""
    username = samba_somebody()
    admin = {"bind_dn": f"CN=Administrator,CN=Users,{domain.SUFFIX}", "bind_password": Secret(domain.ADMIN_PASSWORD)}
    newcomers = Activation("employeeType", ("Ny",), "Ansat", enable=True)
    directory = ad_opened(activation=newcomers, **admin)
    account = the_account_in_ad(directory, username)
    samba_server.change(account.dn, employeeType=["Ny"], userAccountControl=["514"])
    waiting = directory.reread(account.key)
    assert waiting.state is AccountState.WAITING
    assert directory.set_password(waiting, Secret(NEW)) == PasswordSet(account.key)
    assert opens_ad(samba_server, username, NEW)
    assert directory.reread(account.key).state is AccountState.ACTIVE


@pytest.mark.samba
def test_a_newcomer_stays_closed_when_the_right_is_missing(
    ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """One modify, all or nothing: no new password on an account that could not be opened."""
    username = samba_somebody()
    directory = ad_opened(activation=Activation("employeeType", ("Ny",), "Ansat", enable=True))
    account = the_account_in_ad(directory, username)
    samba_server.change(account.dn, employeeType=["Ny"], userAccountControl=["514"])
    with pytest.raises(DirectoryDown):
        directory.set_password(directory.reread(account.key), Secret(NEW))
    samba_server.change(account.dn, userAccountControl=["512"])
    assert opens_ad(samba_server, username, domain.OLD)
