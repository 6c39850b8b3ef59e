"""The Danish civil registration (CPR) number, held so that it cannot be shown by accident."""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

_SHAPE = re.compile(r"([0-9]{6})-?([0-9]{4})")
_INSIDE = re.compile(r"[0-9]{6}[^0-9A-Za-z]{0,2}[0-9]{4}")
_IN_PARTS = re.compile(  # 01.02.03-1234; only what begins with a date, or every list of short numbers would be one
    r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])[^0-9A-Za-z]{0,2}(?:0[1-9]|1[0-2])[^0-9A-Za-z]{0,2}[0-9]{2}"
    r"[^0-9A-Za-z]{0,3}[0-9]{4}"
)
_REPLACEMENT_DAYS = 60  # "erstatningspersonnummer": the day of birth plus 60 (cpr.dk)


class InvalidCpr(ValueError):
    """The text is no CPR number. The message never repeats the text."""


@dataclass(frozen=True, slots=True)
class CprNumber:
    """Ten digits whose first six are a date. Modulus 11 is not asked for: not promised since 2007 (cpr.dk)."""

    digits: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "CprNumber":
        """`DDMMYYSSSS` or `DDMMYY-SSSS`, ASCII digits only. Raises InvalidCpr."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise InvalidCpr("not ten digits")
        number = cls(found[1] + found[2])
        try:
            number.birth_date  # noqa: B018 - reading it is the check
        except ValueError:
            raise InvalidCpr("the first six digits are not a date") from None
        return number

    @property
    def is_replacement(self) -> bool:
        """A number given by an institution to someone without a CPR number; nobody can log in with it."""
        return int(self.digits[:2]) > _REPLACEMENT_DAYS

    @property
    def birth_date(self) -> date:
        """The date in the number, its century told by the seventh digit (cpr.dk, "Personnummeret i CPR")."""
        day, month, year = (int(self.digits[i : i + 2]) for i in (0, 2, 4))
        return date(_century(int(self.digits[6]), year) + year, month, day % _REPLACEMENT_DAYS if day > 60 else day)

    def fingerprint(self, key: bytes) -> str:
        """HMAC-SHA256 as 64 hex digits. A bare hash would be worthless: all numbers can be tried in minutes."""
        return hmac.new(key, b"resetapp cpr 1\x00" + self.digits.encode(), hashlib.sha256).hexdigest()

    def __str__(self) -> str:
        return "xxxxxx-xxxx"


def may_hold_cpr(text: str) -> bool:
    """Is there anything in a typed text that could be a number? Rather too often yes: then it is not written down.

    Digits of every script count: a telephone's keyboard may type ０１ or ٠١ where 01 was meant.
    """
    plain = text if text.isascii() else "".join(str(unicodedata.digit(each, each)) for each in text)
    return bool(_INSIDE.search(plain) or _IN_PARTS.search(plain))


def _century(seventh: int, year: int) -> int:
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800
