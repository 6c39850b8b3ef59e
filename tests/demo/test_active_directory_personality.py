"""resetapp on the embedded Active Directory: the tests of the real domain controller are held against it."""

from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.settings.model import Protected
from tests.directory import test_abilities, test_active_directory, test_active_directory_privileges
from tests.directory.active_directory import NEW, the_account
from tests.directory.opening import Open
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody

NOT_HERE = {
    # Samba before 4.24 has no policy hints
    "test_the_domains_policy_is_shown_before_anything_is_typed",
    "test_check_config_on_a_domain_that_is_set_up_well",
}
ABILITIES = (
    "test_a_lock_is_lifted_in_active_directory",
    "test_who_must_change_still_must_in_active_directory",
    "test_a_newcomer_is_enabled_in_active_directory",
    "test_a_newcomer_stays_closed_when_the_right_is_missing",
)
for module in (test_active_directory, test_active_directory_privileges):
    for name, test in vars(module).items():
        if name.startswith("test_") and name not in NOT_HERE:
            globals()[name] = test
for name in ABILITIES:
    globals()[name] = getattr(test_abilities, name)


def test_every_check_holds(ad_opened: Open) -> None:
    administrator = f"CN=Administrator,CN=Users,{domain.SUFFIX}"
    protected = Protected(groups=(f"CN=Protected Accounts,{domain.GROUPS}",), canary=administrator)
    found = ad_opened(protected=protected).check()
    assert [check for check in found if not check.ok] == []
    assert {"policy hints control", "protected canary", "CPR attribute", "right to set passwords"} <= {
        check.name for check in found
    }


def test_the_policy_is_told_with_its_history(ad: LdapDirectory, samba_somebody: Somebody) -> None:
    policy = the_account(ad, samba_somebody()).policy
    expected = DirectoryPolicy(minimum_length=domain.MINIMUM_LENGTH, history=domain.HISTORY, complexity=True)
    assert policy == expected


def test_a_reset_obeys_the_history(ad: LdapDirectory, samba_somebody: Somebody) -> None:
    account = the_account(ad, samba_somebody())
    assert ad.set_password(account, Secret(domain.OLD)) == PasswordRefused((Refusal.USED_BEFORE,))
    assert isinstance(ad.set_password(account, Secret(NEW)), PasswordSet)
    assert ad.set_password(account, Secret(domain.OLD)) == PasswordRefused((Refusal.USED_BEFORE,))
