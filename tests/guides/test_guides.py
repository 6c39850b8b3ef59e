"""Whoever follows a guide of docs/directories/ from its first line to its last has what it promises."""

from resetapp.core.accounts import AccountState
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from tests.guides.institution import ANNAS_NUMBER, NEW, NEWER, NEWEST, OLD
from tests.guides.prepared import Prepared

DENIED = 50  # insufficientAccessRights


def test_check_config_accepts_what_the_guide_made(prepared: Prepared) -> None:
    with prepared.directory() as directory:
        assert {check.name for check in directory.check() if not check.ok} == prepared.excused


def test_the_guide_explains_every_line_of_check_config(prepared: Prepared) -> None:
    with prepared.directory() as directory:
        lines = [check.name for check in directory.check()]
    [host] = prepared.settings.hosts
    assert prepared.guide.explained_lines() == [line.replace(f"{host} ", "… ") for line in lines]


def test_a_new_password_is_set_and_opens_the_account(prepared: Prepared) -> None:
    account = prepared.account(ANNAS_NUMBER)
    with prepared.directory() as directory:
        assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert prepared.opens(prepared.kind.anna, NEW)
    assert not prepared.opens(prepared.kind.anna, OLD)
    assert prepared.account(ANNAS_NUMBER).password_changed_at is not None


def test_no_password_is_stored_as_it_is(prepared: Prepared) -> None:
    with prepared.directory() as directory:
        directory.set_password(prepared.account(ANNAS_NUMBER), Secret(NEWER))
    assert prepared.opens(prepared.kind.anna, NEWER)
    stored = prepared.administrator.sees(prepared.kind.anna, "userPassword")
    assert all(value.startswith(b"{") for value in stored)
    assert bool(stored) != prepared.is_active_directory  # which shows nobody anything


def test_people_are_told_the_rules_before_they_type(prepared: Prepared) -> None:
    policy = prepared.account(ANNAS_NUMBER).policy
    assert policy.minimum_length == 12
    assert policy.history >= 5


def test_people_with_a_policy_of_their_own_are_told_that_one(prepared: Prepared) -> None:
    number = CprNumber.parse("6101901235")
    prepared.kind.demand_twenty(prepared.administrator, prepared.add("vera", number))
    assert prepared.account(number).policy.minimum_length == 20


def test_a_password_against_the_rules_is_refused_with_the_reason(prepared: Prepared) -> None:
    account = prepared.account(ANNAS_NUMBER)
    with prepared.directory() as directory:
        assert directory.set_password(account, Secret("Kort-48")) == PasswordRefused((Refusal.TOO_SHORT,))


def test_a_new_password_unlocks_an_account(prepared: Prepared) -> None:
    for _ in range(11):
        prepared.opens(prepared.kind.anna, "a wrong password")
    account = prepared.account(ANNAS_NUMBER)
    assert account.state is AccountState.LOCKED
    with prepared.directory() as directory:
        assert directory.set_password(account, Secret(NEWEST)) == PasswordSet(account.key)
    assert prepared.account(ANNAS_NUMBER).state is AccountState.ACTIVE


def test_the_service_account_cannot_write_a_cpr_number(prepared: Prepared) -> None:
    attribute = prepared.settings.cpr_attribute
    assert prepared.change_as_service(prepared.kind.anna, attribute, "6101901236") == DENIED


def test_the_service_account_cannot_write_anything_else(prepared: Prepared) -> None:
    for attribute in ("description", "telephoneNumber", "mail"):
        assert prepared.change_as_service(prepared.kind.anna, attribute, "x") == DENIED


def test_the_service_account_cannot_set_its_own_password(prepared: Prepared) -> None:
    assert prepared.new_password_as_service(prepared.settings.bind_dn, NEW) == DENIED


def test_the_service_account_cannot_set_an_administrators_password(prepared: Prepared) -> None:
    assert prepared.settings.protected.canary
    assert prepared.new_password_as_service(prepared.settings.protected.canary, NEW) == DENIED


def test_members_of_a_group_in_the_protected_group_are_out_of_bounds(prepared: Prepared) -> None:
    number = CprNumber.parse("6101901237")
    dn = prepared.add("bo", number)
    prepared.protect_by_a_group_in_the_group(dn)
    assert prepared.account(number).state is AccountState.PROTECTED
    if not prepared.is_active_directory:  # there the place alone keeps the service account away
        assert prepared.new_password_as_service(dn, NEW) == DENIED


def test_nobody_can_lock_the_service_account(prepared: Prepared) -> None:
    for _ in range(12):
        assert not prepared.opens(prepared.settings.bind_dn, "a wrong password")
    assert prepared.opens(prepared.settings.bind_dn, prepared.settings.bind_password.reveal())


def test_nobody_else_sees_a_cpr_number(prepared: Prepared) -> None:
    anna = prepared.kind.anna
    service = prepared.settings.bind_dn, prepared.settings.bind_password.reveal()
    assert ANNAS_NUMBER.digits.encode() in prepared.numbers_seen_by(*service)
    assert prepared.numbers_seen_by(anna, prepared.current_password(anna)) == []
    assert prepared.numbers_seen_by("", "") == []


def test_people_cannot_choose_their_own_cpr_number(prepared: Prepared) -> None:
    anna, attribute = prepared.kind.anna, prepared.settings.cpr_attribute
    assert prepared.change_as(anna, prepared.current_password(anna), anna, attribute, "6101901236") == DENIED
