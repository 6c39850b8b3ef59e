"""A person's CPR number and birthday, in every way that people write them."""

import pytest

from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import Refusal
from resetapp.core.passwords import PasswordRules, PersonWords, check_password
from resetapp.core.secret import Secret

BORN = PersonWords((), frozenset({CprNumber.parse("0203851234")}))  # 2 March 1985
LATE = PersonWords((), frozenset({CprNumber.parse("6101901234")}))  # 1 January 1990: 60 is added to the day
RULES = PasswordRules(minimum=12, maximum=128)


def is_found(text: str, person: PersonWords = BORN) -> bool:
    return Refusal.CONTAINS_CPR in check_password(Secret(text), RULES, person)


@pytest.mark.parametrize(
    "number",
    ["0203851234", "020385-1234", "020385 1234", "02 03 85 12 34", "02.03.85-1234", "020385 - 1234", "02_03_85",
     "020385", "02031985", "850302", "19850302", "02/03/1985", "1985-03-02", "2.3.1985", "2/3-85", "1985-3-2", "85 3 2",
     "0203-1234", "12340203", "1985 1234", "1234-1985", "٠٢٠٣٨٥"],
)  # fmt: skip
def test_every_way_to_write_it_is_found(number: str) -> None:
    assert is_found(f"grøn {number} cykel")


@pytest.mark.parametrize(
    "number", ["1985", "1234", "0203", "2.3.1986", "020386", "3.2.1985", "02 hest 03 ko 85", "2 3", "1985 3 hest 2"]
)
def test_other_numbers_are_not(number: str) -> None:
    assert not is_found(f"grøn {number} cykel under")


def test_the_birthday_of_a_number_with_sixty_added_is_found_too() -> None:
    assert is_found("grøn 010190 cykel", LATE)
    assert is_found("grøn 610190 cykel", LATE)


def test_digits_that_are_no_decimals_are_no_fault() -> None:
    assert not is_found("grøn ²³½ cykel under ⑦")
