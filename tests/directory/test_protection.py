"""Accounts that are out of bounds: each rule by itself, each kind of group, and what cannot be read."""

from typing import Any

import pytest
from ldap3 import BASE, Connection

from resetapp.core.accounts import AccountState
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordRefused, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.directory import LdapDirectory
from resetapp.directory.entries import Entry
from resetapp.directory.flavours.openldap import OPENLDAP
from resetapp.directory.groups import Members
from resetapp.directory.protection import Protection, ReadGroups
from tests.directory.conftest import Opener, settings_for, the_account
from tests.directory.population import ELSEWHERE_CPR, HIDDEN, VIP, cpr_of, dn_of

PROTECTED, ACTIVE = AccountState.PROTECTED, AccountState.ACTIVE


def group(name: str) -> str:
    return f"cn={name},{seed.GROUPS}"


def check(directory: LdapDirectory, admin: Connection, cpr: CprNumber) -> None:
    """Shown as protected, refused when tried, and unchanged."""
    [account] = directory.find_by_cpr(cpr)
    assert account.state is PROTECTED
    assert not account.usable
    before = admin.search(account.dn, "(objectClass=*)", BASE, attributes=["*", "+"])[2][0]["raw_attributes"]
    outcome = directory.set_password(account, Secret("Rødgrød-med-Fløde-26"))
    assert outcome == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    after = admin.search(account.dn, "(objectClass=*)", BASE, attributes=["*", "+"])[2][0]["raw_attributes"]
    assert after == before


@pytest.mark.parametrize(
    ("username", "groups"),
    [
        ("in-group", ("administrators",)),
        ("in-quiet-group", ("quiet",)),
        ("in-nested", ("outer",)),
        ("in-unique", ("unique",)),
        ("in-uid-group", ("uids",)),
        ("in-primary-group", ("primary",)),
        ("in-quiet-group", ("administrators", "outer", "quiet")),
    ],
)
def test_members_of_a_protected_group_are_protected(
    opened: Opener, admin: Connection, username: str, groups: tuple[str, ...]
) -> None:
    directory = opened.protecting(groups=tuple(map(group, groups)))
    check(directory, admin, cpr_of(username))
    assert the_account(directory, "reader").state is ACTIVE
    assert the_account(opened(), username).state is ACTIVE


def test_a_groups_name_may_be_spelt_in_another_way(opened: Opener) -> None:
    directory = opened.protecting(groups=("CN=Quiet , OU=groups,dc=EXAMPLE, DC=dk",))
    assert the_account(directory, "in-quiet-group").state is PROTECTED
    assert the_account(directory, "reader").state is ACTIVE


def test_groups_in_a_circle_come_to_an_end(opened: Opener) -> None:
    assert the_account(opened.protecting(groups=(group("round"),)), "reader").state is ACTIVE


@pytest.mark.parametrize("groups", [(HIDDEN,), (group("holds-hidden"),), (group("never-was"),), ("cn=x,dc=elsewhere",)])
def test_a_group_that_cannot_be_read_protects_everybody(opened: Opener, admin: Connection, groups: tuple[str]) -> None:
    check(opened.protecting(groups=groups), admin, cpr_of("reader"))


def test_an_entry_that_is_no_group_protects_everybody(opened: Opener) -> None:
    assert the_account(opened.protecting(groups=(seed.GROUPS,)), "reader").state is PROTECTED


@pytest.mark.parametrize(
    "base", [VIP, f"OU=VIP, {seed.PEOPLE.upper()}", f"organizationalUnitName=v\\69p,{seed.PEOPLE}"]
)
def test_a_protected_part_of_the_tree(opened: Opener, admin: Connection, base: str) -> None:
    directory = opened.protecting(bases=(base,))
    check(directory, admin, ELSEWHERE_CPR["in-vip"])
    assert the_account(directory, "reader").state is ACTIVE


def test_what_is_not_below_the_base_is_never_found(opened: Opener) -> None:
    directory = opened(base=VIP)
    assert directory.find_by_cpr(cpr_of("reader")) == []
    assert [account.username for account in directory.find_by_cpr(ELSEWHERE_CPR["in-vip"])] == ["in-vip"]


@pytest.mark.parametrize(
    ("username", "pattern"),
    [
        ("admin-somebody", "admin-*"),
        ("admin-somebody", "ADMIN*"),
        ("admin-somebody", "?dmin-some*"),
        ("Root", "root"),
        ("two-names", "admin-*"),
    ],
)
def test_a_protected_username(opened: Opener, admin: Connection, username: str, pattern: str) -> None:
    directory = opened.protecting(usernames=("other", pattern))
    check(directory, admin, cpr_of(username))
    assert the_account(directory, "reader").state is ACTIVE


def test_a_bracket_in_a_pattern_means_itself(opened: Opener) -> None:
    assert the_account(opened.protecting(usernames=("[r]eader",)), "reader").state is ACTIVE


@pytest.mark.parametrize(
    ("username", "state"), [("system", PROTECTED), ("superuser", PROTECTED), ("posix", ACTIVE), ("reader", ACTIVE)]
)
def test_low_user_numbers_belong_to_the_system(directory: LdapDirectory, username: str, state: AccountState) -> None:
    assert the_account(directory, username).state is state


def test_user_numbers_can_be_left_out_of_account(opened: Opener) -> None:
    assert the_account(opened.protecting(minimum_uid_number=0), "superuser").state is ACTIVE


def test_programs_are_protected(directory: LdapDirectory, admin: Connection) -> None:
    check(directory, admin, cpr_of("program"))


def test_the_service_account_is_protected(opened: Opener) -> None:
    """Even when it is itself among the people: here somebody has been made the service account."""
    name = dn_of("reader").upper().replace(",", ", ")
    protection = Protection(settings_for(opened.endpoint, bind_dn=name), OPENLDAP.privileges)
    groups = ReadGroups(Members())
    classes = {"objectclass": (b"person",), "uid": (b"reader",)}
    with opened()._pool.after(lambda session: None) as (session, _):
        assert protection.covers(Entry(dn_of("reader"), classes), groups, session)
        assert not protection.covers(Entry(dn_of("setter"), classes), groups, session)


@pytest.mark.parametrize(
    "entry",
    [
        Entry(dn_of("reader"), {"uid": (b"reader",)}),
        Entry(dn_of("reader"), {"objectclass": (b"person",)}),
        Entry(dn_of("reader"), {"objectclass": (b"person",), "uid": (b"\xff",)}),
        Entry(dn_of("reader"), {"objectclass": (b"person",), "uid": (b"reader",), "uidnumber": (b"many",)}),
        Entry(dn_of("reader"), {"objectclass": (b"person",), "uid": (b"reader",), "memberof": (b"no name",)}),
        Entry("no name", {"objectclass": (b"person",), "uid": (b"reader",)}),
        Entry(seed.SERVICE_DN, {"objectclass": (b"person",), "uid": (b"reader",)}),
        Entry(f"uid=reader,{seed.SUFFIX}", {"objectclass": (b"person",), "uid": (b"reader",)}),
    ],
)
def test_an_entry_that_does_not_tell_is_protected(opened: Opener, entry: Entry) -> None:
    protection = Protection(settings_for(opened.endpoint), OPENLDAP.privileges)
    with opened()._pool.after(lambda session: None) as (session, _):
        assert protection.covers(entry, ReadGroups(Members()), session)


def test_an_account_without_a_readable_username_is_protected(opened: Opener, admin: Connection) -> None:
    check(opened(username_attribute="roomNumber"), admin, cpr_of("reader"))


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("base", {"base": "people"}),
        ("bind_dn", {"bind_dn": "admin@example.dk"}),
        ("protected.bases", {"bases": ("ou=x,=y",)}),
        ("protected.groups", {"groups": ('cn="quoted",dc=dk',)}),
    ],
)
def test_a_name_that_is_none_is_told_at_once(opened: Opener, key: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{key}: "):
        opened(**changes) if key in ("base", "bind_dn") else opened.protecting(**changes)
