"""Our own rules for a new password, asked before the directory's, and passphrases that keep them (security.md 4)."""

from resetapp.core.passwords.characters import KINDS_DEMANDED, bad_characters
from resetapp.core.passwords.check import check_password
from resetapp.core.passwords.rules import (
    LONGEST_EVER,
    SHORTEST_AS_ONLY_FACTOR,
    SHORTEST_EVER,
    PasswordRules,
    PersonWords,
    tightened,
)
from resetapp.core.passwords.spelling import name_parts, words_of

__all__ = [
    "KINDS_DEMANDED",
    "LONGEST_EVER",
    "SHORTEST_AS_ONLY_FACTOR",
    "SHORTEST_EVER",
    "PasswordRules",
    "PersonWords",
    "bad_characters",
    "check_password",
    "name_parts",
    "tightened",
    "words_of",
]
