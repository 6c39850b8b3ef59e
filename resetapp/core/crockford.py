"""Crockford's base32, for what people read out on the telephone: no letter in it looks or sounds like a digit."""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})  # what is heard or read wrong is meant right
_BETWEEN = str.maketrans("", "", "- \t\u2010\u2011\u2012\u2013")


def drawn(length: int) -> str:
    """So many random letters, of five bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def read(typed: str) -> str:
    """As it was drawn: without hyphens and spaces, in capitals. What is no letter of ours stays as it is."""
    return typed.upper().translate(_BETWEEN).translate(_MISREAD)


def grouped(letters: str) -> str:
    """`7KQ4-M2XD`: by four, as one reads them out."""
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
