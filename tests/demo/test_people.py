"""The demo's people are nobody, and the directory can be seeded from them."""

from itertools import chain

import pytest

from resetapp.core.accounts import AccountState
from resetapp.core.cpr import CprNumber, InvalidCpr
from resetapp.demo.people import PERSONAS, Behaviour, Persona, Source, person
from resetapp.demo.persona import Home

EVERYBODY = pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.key)


def passes_modulus_11(digits: str) -> bool:
    return (
        sum(int(digit) * weight for digit, weight in zip(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 == 0
    )


@EVERYBODY
def test_cpr_numbers_are_nobodys(persona: Persona) -> None:
    for value in persona.cpr_values:
        assert int(value[:2]) > 60, "a day below 61 could be somebody's"
    if persona.cpr is not None:
        assert CprNumber.parse(persona.cpr).is_replacement


@EVERYBODY
def test_story_and_expectation_are_told_in_two_languages(persona: Persona) -> None:
    for danish, english in (persona.story, persona.expect):
        assert danish
        assert english
        assert danish != english


@EVERYBODY
def test_who_has_an_account_has_a_cpr_number(persona: Persona) -> None:
    assert persona.cpr is not None or not persona.accounts


@EVERYBODY
def test_a_persona_does_not_show_a_cpr_number_by_accident(persona: Persona) -> None:
    assert not any(value in repr(persona) for value in persona.cpr_values)


def test_keys_usernames_and_the_cpr_numbers_of_account_holders_are_unique() -> None:
    accounts = list(chain.from_iterable(persona.accounts for persona in PERSONAS))
    for values in (
        [persona.key for persona in PERSONAS],
        [account.username for account in accounts],
        [persona.cpr_in_directory for persona in PERSONAS if persona.accounts and persona.in_directory],
    ):
        assert len(values) == len(set(values))


def test_nobody_without_an_account_shares_the_number_of_an_account_holder_but_the_impostor() -> None:
    holders = {persona.cpr_in_directory for persona in PERSONAS if persona.accounts}
    sharing = {persona.key for persona in PERSONAS if not persona.accounts and holders & set(persona.cpr_values)}
    assert sharing == {"falsk"}
    assert person("falsk").source is Source.UNIVERSITY


def test_modulus_11_is_passed_by_most_and_failed_by_one_on_purpose() -> None:
    failing = {persona.key for persona in PERSONAS if persona.cpr and not passes_modulus_11(persona.cpr)}
    assert failing == {"erik"}


def test_three_centuries_are_born() -> None:
    years = {CprNumber.parse(persona.cpr).birth_date.year // 100 for persona in PERSONAS if persona.cpr}
    assert years == {18, 19, 20}


def test_every_state_of_an_account_and_every_behaviour_is_shown() -> None:
    accounts = list(chain.from_iterable(persona.accounts for persona in PERSONAS))
    assert {account.state for account in accounts} == set(AccountState)
    assert {persona.behaviour for persona in PERSONAS} == set(Behaviour)
    assert any(account.too_young for account in accounts)


def test_both_directories_have_people_and_somebody_is_in_both() -> None:
    homes = {persona.key: {account.home for account in persona.accounts} for persona in PERSONAS}
    assert {key for key, found in homes.items() if found == set(Home)} == {"anders"}
    alone = [account for persona in PERSONAS for account in persona.accounts if account.home is Home.STAFF]
    assert {account.state for account in alone} >= {AccountState.LOCKED, AccountState.DISABLED, AccountState.PROTECTED}


def test_the_pseudo_cpr_number_is_none() -> None:
    with pytest.raises(InvalidCpr):
        CprNumber.parse(person("yusuf").cpr_values[0])


def test_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        person("nobody")
