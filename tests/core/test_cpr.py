"""The CPR number: what is accepted, and that it cannot be shown by accident."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resetapp.core.cpr import CprNumber, InvalidCpr, may_hold_cpr


@pytest.mark.parametrize("text", ["6101901234", "610190-1234", "0101901234", "2902960000", "3112994567"])
def test_ten_digits_with_or_without_hyphen_are_accepted(text: str) -> None:
    assert CprNumber.parse(text).digits == text.replace("-", "")


@pytest.mark.parametrize(
    "text",
    ["", "610190123", "61019012345", "610190 1234", "610190--1234", " 6101901234", "6101901234\n", "610190123x",
     "٦١٠١٩٠١٢٣٤", "0000000000", "3213901234", "3002901234", "9999999999", "610190ABC4", "0199000001"],
)  # fmt: skip
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidCpr) as caught:
        CprNumber.parse(text)
    assert not text or text not in str(caught.value)


def test_modulus_eleven_is_not_asked_for() -> None:
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    numbers = [CprNumber.parse(f"610190123{last}") for last in range(10)]
    failing = [n for n in numbers if sum(w * int(d) for w, d in zip(weights, n.digits, strict=True)) % 11]
    assert len(failing) >= 9


@pytest.mark.parametrize(
    ("digits", "born"),
    [
        ("0101013456", date(1901, 1, 1)),
        ("0101364000", date(2036, 1, 1)),
        ("0101374000", date(1937, 1, 1)),
        ("0101575000", date(2057, 1, 1)),
        ("0101585000", date(1858, 1, 1)),
        ("0101369000", date(2036, 1, 1)),
        ("0101379000", date(1937, 1, 1)),
        ("6101901234", date(1990, 1, 1)),
    ],
)
def test_the_century_is_told_by_the_seventh_digit(digits: str, born: date) -> None:
    assert CprNumber.parse(digits).birth_date == born


def test_a_replacement_number_is_known_by_its_day() -> None:
    assert CprNumber.parse("6101901234").is_replacement
    assert not CprNumber.parse("0101901234").is_replacement


def test_no_way_of_showing_it_shows_it() -> None:
    number = CprNumber.parse("6101901234")
    assert "190" not in f"{number} {number!r} {[number]} {number!s:>20}"


def test_the_fingerprint_needs_the_key() -> None:
    number = CprNumber.parse("6101901234")
    assert number.fingerprint(b"a" * 32) == CprNumber.parse("610190-1234").fingerprint(b"a" * 32)
    assert number.fingerprint(b"a" * 32) != number.fingerprint(b"b" * 32)
    assert number.digits not in number.fingerprint(b"a" * 32)


@given(st.text(max_size=14))
def test_no_text_brings_anything_but_a_number_or_a_refusal(text: str) -> None:
    try:
        number = CprNumber.parse(text)
    except InvalidCpr:
        return
    assert len(number.digits) == 10
    assert number.digits.isascii()
    assert number.digits.isdigit()


@pytest.mark.parametrize(
    "text",
    [
        "0102901234",
        "set: 010290-1234!",
        "010290   1234",
        "01.02.90-1234",
        "01-02-90-1234",
        "01 02 90 1234",
        "61/02/90 1234",
        "\uff10\uff11\uff10\uff12\uff19\uff10\uff11\uff12\uff13\uff14",  # fullwidth digits
        "\u0660\u0661\u0660\u0662\u0669\u0660-\u0661\u0662\u0663\u0664",  # Arabic-Indic digits
    ],
)
def test_a_number_is_seen_however_it_is_typed(text: str) -> None:
    assert may_hold_cpr(text)


@pytest.mark.parametrize(
    "text", ["Sag 4711, pas set", "+45 12 34 56 78", "2026-11-26", "01.02.2026 kl. 14.30", "sag 2026-11-26 nr. 4711"]
)
def test_dates_telephones_and_case_numbers_are_no_number_of_a_person(text: str) -> None:
    assert not may_hold_cpr(text)
