"""Who is never touched in Active Directory, and what check-config says of the rights there: on Samba."""

import pytest
from ldap3 import BASE

from resetapp.core.accounts import AccountState
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.settings.model import Protected
from tests.directory.active_directory import NEW, opens, the_account
from tests.directory.opening import Open
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

pytestmark = pytest.mark.samba

ADMINISTRATOR = f"CN=Administrator,CN=Users,{domain.SUFFIX}"


PROTECTED_PEOPLE = (
    "domain-admin",
    "nested-admin",
    "primary-admin",
    "account-operator",
    "admin-count",
    "with-spn",
    "not-delegated",
    "smartcard",
    "trusted",
)


@pytest.mark.parametrize("username", PROTECTED_PEOPLE)
def test_a_privileged_account_is_protected_without_any_setting(
    ad: LdapDirectory, samba_server: RunningServer, username: str
) -> None:
    account = the_account(ad, username)
    assert account.state is AccountState.PROTECTED
    assert ad.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    if username != "smartcard":
        assert opens(samba_server, username, domain.OLD)


@pytest.mark.parametrize("username", ["in-protected", "nested-protected"])
def test_a_configured_group_protects_at_any_depth(ad_opened: Open, username: str) -> None:
    assert the_account(ad_opened(), username).state is AccountState.ACTIVE
    protected = Protected(groups=(f"cn=protected accounts, {domain.GROUPS.lower()}",))
    assert the_account(ad_opened(protected=protected), username).state is AccountState.PROTECTED
    assert the_account(ad_opened(protected=protected), "in-staff").state is AccountState.ACTIVE


@pytest.mark.parametrize("group", [f"CN=Nobody Knows,{domain.GROUPS}", f"OU=Groups,{domain.SUFFIX}"])
def test_a_configured_group_that_cannot_be_read_protects_everybody(
    ad_opened: Open, samba_somebody: Somebody, group: str
) -> None:
    ad = ad_opened(protected=Protected(groups=(group,)))
    assert the_account(ad, samba_somebody()).state is AccountState.PROTECTED


@pytest.mark.parametrize("username", ["krbtgt", "Administrator", domain.SERVICE, domain.COMPUTER])
def test_what_is_no_person_is_never_found_or_never_touched(ad_opened: Open, username: str) -> None:
    """The whole domain as base, an error that administrators make."""
    ad = ad_opened(base=domain.SUFFIX)
    found = ad.find_by_cpr(domain.cpr_of(username))
    assert all(account.state is AccountState.PROTECTED for account in found)
    for account in found:
        assert ad.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))


def test_who_becomes_an_administrator_after_the_match_is_left_alone(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    username = samba_somebody()
    account = the_account(ad, username)
    admin = samba_server.admin()
    admin.extend.microsoft.add_members_to_groups([account.dn], [f"CN=Inner Admins,{domain.GROUPS}"])
    admin.unbind()
    assert ad.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    assert opens(samba_server, username, domain.OLD)


def test_a_disabled_account_stays_closed(ad: LdapDirectory, samba_server: RunningServer) -> None:
    account = the_account(ad, "disabled")
    assert account.state is AccountState.DISABLED
    assert ad.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_CHANGED,))


def test_the_ends_of_accounts(ad: LdapDirectory) -> None:
    states = {name: the_account(ad, name) for name in ("expired", "ending", "never-ending", "disabled-expired")}
    assert [account.state.value for account in states.values()] == ["expired", "active", "active", "disabled"]
    assert states["ending"].changes_at is not None
    assert states["ending"].changes_at.year == 2105
    assert states["never-ending"].changes_at is None


def test_an_odd_name_is_as_good_as_any(ad: LdapDirectory, samba_server: RunningServer) -> None:
    for username in ("odd-name", "hash-name"):
        account = the_account(ad, username)
        assert ad.set_password(account, Secret(NEW)) == PasswordSet(account.key), username


def test_check_config_on_a_domain_that_is_set_up_well(ad_opened: Open) -> None:
    protected = Protected(groups=(f"CN=Protected Accounts,{domain.GROUPS}",), canary=ADMINISTRATOR)
    found = {check.name: check for check in ad_opened(protected=protected).check()}
    wrong = [check for check in found.values() if not check.ok]
    assert [check.name for check in wrong] == ["policy hints control"]  # Samba has it from 4.24 on
    assert "confidential" in found["CPR attribute"].detail
    assert found["protected canary"].ok
    assert "unicodePwd" in found["right to set passwords"].detail
    assert found["mail addresses"].ok


@pytest.mark.parametrize(
    ("attribute", "words"), [("msDS-cloudExtensionAttribute1", "write their own"), ("employeeID", "not confidential")]
)
def test_an_attribute_that_people_could_choose_or_read_is_told(ad_opened: Open, attribute: str, words: str) -> None:
    found = {check.name: check for check in ad_opened(cpr_attribute=attribute).check()}
    assert not found["CPR attribute"].ok
    assert words in found["CPR attribute"].detail


@pytest.mark.parametrize("attribute", ["mailAdress", "unicodePwd", "sn"])
def test_an_attribute_without_addresses_is_told(ad_opened: Open, attribute: str) -> None:
    """An empty one and one that may not be read look alike here."""
    found = {check.name: check for check in ad_opened(mail_attribute=attribute).check()}
    assert not found["mail addresses"].ok
    assert attribute in found["mail addresses"].detail
    assert "mail_attribute" in found["mail addresses"].remedy


def test_a_canary_that_could_be_set_is_told(
    ad_opened: Open, samba_somebody: Somebody, samba_server: RunningServer
) -> None:
    username = samba_somebody()
    account = the_account(ad_opened(), username)
    found = {check.name: check for check in ad_opened(protected=Protected(canary=account.dn)).check()}
    assert not found["protected canary"].ok
    assert opens(samba_server, username, domain.OLD)


def test_checking_changes_nothing(ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody) -> None:
    account = the_account(ad_opened(), samba_somebody())
    admin = samba_server.admin()
    before = admin.search(account.dn, "(objectClass=*)", BASE, attributes=["*"])[2][0]["raw_attributes"]
    ad_opened(protected=Protected(canary=account.dn)).check()
    assert admin.search(account.dn, "(objectClass=*)", BASE, attributes=["*"])[2][0]["raw_attributes"] == before
    admin.unbind()
