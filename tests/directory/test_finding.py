"""From a CPR number to accounts."""

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3 import MODIFY_REPLACE, Connection
from ldap3.operation.search import MATCH_EQUAL, parse_filter

from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.cpr import CprNumber
from resetapp.demo import ldap_seed as seed
from resetapp.demo.slapd import crowd_cpr
from resetapp.directory import LdapDirectory, filters
from resetapp.directory.filters import CprForms
from resetapp.trouble import AccountGone, DirectoryDown
from tests.directory.conftest import Opener, the_account
from tests.directory.population import HYPHEN, NOW, TWO, USERNAMES, cpr_of, dn_of

URN = ("{cpr}", seed.CPR_URN + "{cpr}")


def test_all_accounts_of_a_person_are_found(directory: LdapDirectory) -> None:
    found = directory.find_by_cpr(TWO)
    assert {account.username for account in found} == {"two-a", "two-b"}
    assert len({account.key for account in found}) == 2


def test_a_number_that_nobody_has_finds_nobody(directory: LdapDirectory) -> None:
    assert directory.find_by_cpr(CprNumber.parse(crowd_cpr(99))) == []


def test_an_account_is_described_as_the_directory_has_it(directory: LdapDirectory) -> None:
    account = the_account(directory, "reader")
    assert account.key.directory == "people"
    assert (account.dn, account.username, account.display_name) == (dn_of("reader"), "reader", "Reader Prøve")
    assert account.names == ("Reader Prøve", "Reader", "Prøve", "reader")
    assert account.cpr_numbers == {cpr_of("reader")}
    assert (account.state, account.password_changed_at, account.changes_at) == (AccountState.ACTIVE, None, None)


def test_the_time_of_the_last_change_is_read(directory: LdapDirectory) -> None:
    assert the_account(directory, "young").password_changed_at == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("attribute", "forms"), [("norEduPersonNIN", ("{cpr}",)), ("schacPersonalUniqueID", URN), ("norEduPersonNIN", URN)]
)
def test_the_number_is_found_in_every_configured_form(opened: Opener, attribute: str, forms: tuple[str, ...]) -> None:
    directory = opened(cpr_attribute=attribute, cpr_values=forms)
    account = the_account(directory, "reader")
    assert account.cpr_numbers == {cpr_of("reader")}


def test_a_number_with_a_hyphen_is_another_value(opened: Opener) -> None:
    assert opened().find_by_cpr(HYPHEN) == []
    [account] = opened(cpr_values=("{cpr}", "{cpr-}")).find_by_cpr(HYPHEN)
    assert account.username == "hyphen"
    assert account.cpr_numbers == {HYPHEN}


@pytest.mark.parametrize("hostile", ["*", "0*", "x)(uid=*", "\\2a", "x)(|(uid=*", " "])
def test_filter_characters_are_data(opened: Opener, hostile: str) -> None:
    """They cannot come from a CprNumber that was parsed: so one that was not."""
    assert opened(cpr_values=("{cpr}",)).find_by_cpr(CprNumber(hostile)) == []


def test_filter_characters_in_the_settings_are_data(opened: Opener) -> None:
    assert opened(person_class="*").find_by_cpr(TWO) == []
    assert opened(person_class="person)(uid=*").find_by_cpr(TWO) == []


def test_only_entries_of_the_configured_class_are_accounts(opened: Opener) -> None:
    assert opened(person_class="posixGroup").find_by_cpr(cpr_of("reader")) == []


@pytest.mark.parametrize(
    "value", ["*", "(", ")", "\\", "\0", " leading and trailing ", "(|(uid=*))", "æøå 中 \U0001f600"]
)
def test_a_value_cannot_become_syntax(value: str) -> None:
    _value_survives(value)


@given(st.text(min_size=1))
def test_no_value_can_become_syntax(value: str) -> None:
    _value_survives(value)


def _value_survives(value: str) -> None:
    nodes = parse_filter(filters.equals("uid", value), None, False, False, None, False).elements
    assert [(node.tag, node.elements) for node in nodes] == [(MATCH_EQUAL, [])]
    text = filters.equals("uid", value).removeprefix("(uid=").removesuffix(")")
    assert all(c.isalnum() or c == "\\" for c in text)
    assert text.isascii()


@pytest.mark.parametrize("attribute", ["uid=*)(cn", "", "uid)", "1uid", "cn;lang-da"])
def test_an_attribute_name_that_is_none_is_refused(attribute: str) -> None:
    with pytest.raises(ValueError, match="name of an attribute"):
        filters.equals(attribute, "x")


def test_numbers_are_read_back_by_the_same_forms() -> None:
    forms = CprForms(("{cpr}", "{cpr-}", "urn:x:{cpr}"))
    number = CprNumber.parse("6101901234")
    assert forms.values(number) == ("6101901234", "610190-1234", "urn:x:6101901234")
    for value in (*forms.values(number), "URN:X:6101901234"):
        assert forms.numbers([value]) == {number}
    for other in ("61019012345", "x6101901234", "6101901234 ", "610190 1234", "9999991234", "", "urn:y:6101901234"):
        assert forms.numbers([other]) == frozenset()


@pytest.mark.parametrize("templates", [(), ("cpr",), ("{cpr}{cpr}",), ("{cpr}{cpr-}",)])
def test_a_form_without_exactly_one_number_is_refused(templates: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        CprForms(templates)


def test_an_account_whose_number_we_cannot_read_is_no_match(opened: Opener, admin: Connection) -> None:
    """The server says that it matches; what we see is no number."""
    admin.modify(dn_of("reader"), {"description": [(MODIFY_REPLACE, ["0000000000"])]})
    with pytest.raises(DirectoryDown, match="cpr_unreadable"):
        opened(cpr_attribute="description").find_by_cpr(CprNumber("0000000000"))


def test_more_accounts_than_one_person_can_have_are_no_answer(opened: Opener, admin: Connection) -> None:
    directory = opened(cpr_attribute="description")
    shared = CprNumber.parse(crowd_cpr(90))
    for username in list(USERNAMES)[:20]:
        admin.modify(dn_of(username), {"description": [(MODIFY_REPLACE, [shared.digits])]})
    assert len(directory.find_by_cpr(shared)) == 20
    admin.modify(dn_of("two-a"), {"description": [(MODIFY_REPLACE, [shared.digits])]})
    with pytest.raises(DirectoryDown, match="too_many"):
        directory.find_by_cpr(shared)


def test_a_base_that_is_not_there_is_no_answer(opened: Opener) -> None:
    with pytest.raises(DirectoryDown) as refused:
        opened(base=f"ou=nowhere,{seed.SUFFIX}").find_by_cpr(TWO)
    assert (refused.value.directory, refused.value.reason) == ("people", "search_refused")


def test_reading_again_gives_the_same_account(directory: LdapDirectory) -> None:
    account = the_account(directory, "reader")
    assert directory.reread(account.key) == account


@pytest.mark.parametrize("entry_id", ["", "*", "x)(uid=*", "00000000-0000-0000-0000-000000000000", "reader"])
def test_an_id_that_names_nobody_is_gone(directory: LdapDirectory, entry_id: str) -> None:
    with pytest.raises(AccountGone):
        directory.reread(AccountKey("people", entry_id))


def test_an_id_of_another_directory_is_gone(directory: LdapDirectory) -> None:
    account = the_account(directory, "reader")
    with pytest.raises(AccountGone):
        directory.reread(dataclasses.replace(account.key, directory="elsewhere"))


def test_an_account_that_was_deleted_is_gone(directory: LdapDirectory, admin: Connection) -> None:
    account = the_account(directory, "gone")
    assert admin.delete(account.dn)[1]["result"] == 0
    with pytest.raises(AccountGone):
        directory.reread(account.key)
    assert directory.find_by_cpr(cpr_of("gone")) == []
