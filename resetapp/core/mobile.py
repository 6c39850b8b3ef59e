"""Telephone numbers to which an SMS may be sent, judged strictly, in the form of ITU-T E.164."""

import re

_SPACED = re.compile(r"(?:\+|00)?[0-9][0-9 ().-]{6,28}", re.ASCII)
_BETWEEN = str.maketrans("", "", " ().-")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)  # E.164, section 6: 15 digits at most
_DENMARK, _DANISH = "+45", re.compile(r"[2-9][0-9]{7}", re.ASCII)
_SHOWN = 2


def e164(text: str) -> str | None:
    """`+4512345678` for `12 34 56 78`, `+45 12345678` and `0045…`; None for what is not one number.

    Eight digits alone are Danish; any other number has its country in front. So no CPR number passes for one.
    """
    if not _SPACED.fullmatch(text):
        return None
    digits = text.translate(_BETWEEN)
    if not digits.startswith(("+", "00")):
        digits = _DENMARK + digits
    number = "+" + digits.removeprefix("+").removeprefix("00")
    if number.startswith(_DENMARK) and not _DANISH.fullmatch(number.removeprefix(_DENMARK)):
        return None
    return number if _E164.fullmatch(number) else None


def masked_number(number: str) -> str:
    """`+45…78`: enough for support to say where an SMS went, not enough to write to."""
    return f"{number[: len(_DENMARK)]}…{number[-_SHOWN:]}"
