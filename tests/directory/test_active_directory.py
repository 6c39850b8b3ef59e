"""Setting a password in Active Directory, on a real domain controller (Samba)."""

import uuid

import pytest

from resetapp.core.accounts import AccountKey, AccountState, DirectoryPolicy
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.trouble import AccountGone, DirectoryDown
from tests.directory.active_directory import NEW, opens, refused_login, the_account
from tests.directory.opening import Open
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

pytestmark = pytest.mark.samba


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_password_is_set_over_both_kinds_of_tls(
    ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody, scheme: str
) -> None:
    username = samba_somebody()
    ad = ad_opened(hosts=(getattr(samba_server, scheme),))
    account = the_account(ad, username)
    assert ad.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(samba_server, username, NEW)
    assert not opens(samba_server, username, domain.OLD)


@pytest.mark.parametrize(
    "password", ['with "quotes" and 1 more', "ÆØÅæøå-12-ÆØÅæøå", "日本語のパスワード-12-Aa", "x y  z 12 Abc"]
)
def test_every_letter_arrives_as_it_was_typed(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody, password: str
) -> None:
    username = samba_somebody()
    assert isinstance(ad.set_password(the_account(ad, username), Secret(password)), PasswordSet)
    assert opens(samba_server, username, password)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Kort-48", Refusal.TOO_SHORT),
        ("kunsmåbogstaverher", Refusal.BY_POLICY),
    ],
)
def test_a_refusal_has_its_reason_and_changes_nothing(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody, password: str, reason: Refusal
) -> None:
    username = samba_somebody()
    account = the_account(ad, username)
    assert ad.set_password(account, Secret(password)) == PasswordRefused((reason,))
    assert ad.reread(account.key) == account
    assert opens(samba_server, username, domain.OLD)


def test_a_fine_grained_policy_is_shown_and_obeyed(ad: LdapDirectory, samba_server: RunningServer) -> None:
    account = the_account(ad, "long-password")
    assert account.policy.minimum_length == domain.LONG_MINIMUM
    assert ad.set_password(account, Secret("Sytten-tegn-langt")) == PasswordRefused((Refusal.TOO_SHORT,))
    assert isinstance(ad.set_password(account, Secret("Seksogtyve-tegn-langt-nok-1")), PasswordSet)


def test_the_domains_policy_is_shown_before_anything_is_typed(ad: LdapDirectory, samba_somebody: Somebody) -> None:
    policy = the_account(ad, samba_somebody()).policy
    assert policy == DirectoryPolicy(minimum_length=domain.MINIMUM_LENGTH, complexity=True)


def test_a_locked_account_is_opened_with_the_same_change(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    username = samba_somebody()
    for _ in range(domain.LOCKOUT_THRESHOLD):
        assert not opens(samba_server, username, "a wrong password")
    assert "data 775" in refused_login(samba_server, username, domain.OLD)
    account = the_account(ad, username)
    assert (account.state, account.usable) == (AccountState.LOCKED, True)
    assert ad.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(samba_server, username, NEW)
    assert the_account(ad, username).state is AccountState.ACTIVE


def test_a_password_that_had_to_be_changed_need_not_any_more(ad: LdapDirectory, samba_server: RunningServer) -> None:
    assert "data 773" in refused_login(samba_server, "must-change", domain.OLD)
    account = the_account(ad, "must-change")
    assert (account.usable, account.password_changed_at, account.mark) == (True, None, "0")
    assert ad.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(samba_server, "must-change", NEW)


def test_the_mark_moves_with_every_change_and_with_nothing_else(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    account = the_account(ad, samba_somebody())
    samba_server.change(account.dn, title=["Rektor"])
    assert ad.reread(account.key).mark == account.mark
    ad.set_password(account, Secret(NEW))
    assert ad.reread(account.key).mark not in ("", account.mark)


def test_the_password_follows_the_entry_and_not_its_name(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """Renamed since the match: the GUID names it, whatever the DN."""
    username = samba_somebody()
    account = the_account(ad, username)
    assert str(uuid.UUID(account.key.entry_id)) == account.key.entry_id
    admin = samba_server.admin()
    assert admin.modify_dn(account.dn, "CN=Helt nyt navn")[1]["result"] == 0
    admin.unbind()
    assert ad.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(samba_server, username, NEW)


def test_an_account_that_has_left_the_base_is_gone(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    account = the_account(ad, samba_somebody())
    admin = samba_server.admin()
    leaf = account.dn.partition(",")[0]
    assert admin.modify_dn(account.dn, leaf, new_superior=domain.FORMER)[1]["result"] == 0
    admin.unbind()
    with pytest.raises(AccountGone):
        ad.set_password(account, Secret(NEW))


@pytest.mark.parametrize("entry_id", ["", "x", "../", "*", "00000000-0000-0000-0000-00000000000)", "{}", "\0" * 16])
def test_what_is_no_guid_names_nobody(ad: LdapDirectory, entry_id: str) -> None:
    with pytest.raises(AccountGone):
        ad.reread(AccountKey("staff", entry_id))


def test_a_service_account_without_the_right_is_our_trouble_and_not_the_persons(
    ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """Somebody else's account in the service's place: it may look, and nothing more."""
    ordinary, other = (the_account(ad_opened(), samba_somebody()) for _ in range(2))
    poor = ad_opened(bind_dn=other.dn, bind_password=Secret(domain.OLD), cpr_attribute="title")
    with pytest.raises(DirectoryDown) as trouble:
        poor.set_password(poor.reread(ordinary.key), Secret(NEW))
    assert trouble.value.reason == "not_permitted"
