"""Is a person's CPR number or birthday in the password? Nothing of it is kept: the number is there for this call."""

import re
import unicodedata

from resetapp.core.cpr import CprNumber

_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\W_]{1,3}(?=[0-9])")
_PARTED = re.compile(r"[0-9]+(?:[\W_]{1,3}[0-9]+)+")
_WHOLE_DATES = ("%d%m%y", "%d%m%Y", "%y%m%d", "%Y%m%d")
_PART_DATES = ("%d%m", "%Y")  # too common alone, telling beside the last four digits


def contains_cpr(text: str, cpr: CprNumber) -> bool:
    """The number, the birthday in any order, the last four digits beside a part of it; with or without separators."""
    plain = _plain_digits(text)
    digits = _BETWEEN_DIGITS.sub("", plain)
    born, last = cpr.birth_date, cpr.digits[6:]
    forms = {cpr.digits[:6], *(born.strftime(form) for form in _WHOLE_DATES)}
    for part in (born.strftime(form) for form in _PART_DATES):
        forms |= {part + last, last + part}
    return any(form in digits for form in forms) or any(
        _is_date(found, born.day, born.month, born.year) for found in _PARTED.findall(plain)
    )


def _plain_digits(text: str) -> str:
    """Every script's digits as 0 to 9: ٠١ reads as 01."""
    return "".join(str(unicodedata.decimal(c, c)) for c in text)


def _is_date(parted: str, day: int, month: int, year: int) -> bool:
    """Written without leading zeros: 1.2.1990, 1990-2-1, 1/2-90."""
    numbers = [int(found[:9]) for found in re.findall("[0-9]+", parted)]
    years = (year, year % 100)
    return any(
        three in {(day, month, each) for each in years} | {(each, month, day) for each in years}
        for three in zip(numbers, numbers[1:], numbers[2:], strict=False)
    )
