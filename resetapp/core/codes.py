"""Activation codes: the words for what they are, and what is kept instead of one.

A code is 60 random bits, good for one account, once, and for a short time. In the database there is only an HMAC of it:
who reads that can neither type it in nor find it by trying, for the key is not there.
"""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from resetapp.core import crockford
from resetapp.core.accounts import AccountKey

LETTERS: Final = 12
LINK: Final = "code:"  # what `DirectoryAccount.link` begins with for an account that a code opened


class CodeState(StrEnum):
    """REQUESTED → APPROVED | REJECTED | WITHDRAWN; APPROVED → SHOWN | WITHDRAWN; SHOWN → USED | BLOCKED | REPLACED.

    Time alone makes LAPSED of REQUESTED, APPROVED and SHOWN (`storage.codes.ActivationCode.standing`).
    """

    REQUESTED = "requested"
    APPROVED = "approved"  # there is no code yet: it is made when it is shown
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by who asked for it
    SHOWN = "shown"  # can be used
    USED = "used"
    BLOCKED = "blocked"  # too many wrong tries, or the account is gone
    REPLACED = "replaced"  # by a newer one for the same account
    LAPSED = "lapsed"


class IdCheck(StrEnum):
    """How support saw who it is. Never with the number of a document."""

    PASSPORT = "passport"
    ID_CARD = "id_card"
    RESIDENCE_PERMIT = "residence_permit"
    DRIVING_LICENCE = "driving_licence"
    KNOWN = "known"  # in person, by somebody whom the note names


class Problem(StrEnum):
    """Why a code cannot be asked for, approved or shown. Each has its text, `code.error_<value>`."""

    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_AMBIGUOUS = "account_ambiguous"  # in several directories
    ACCOUNT_PRIVILEGED = "account_privileged"
    ACCOUNT_CLOSED = "account_closed"
    ALREADY_REQUESTED = "already_requested"
    SELF = "self"  # the account is that of who asks or approves
    SAME_PERSON = "same_person"  # who asked cannot approve
    NOT_WAITING = "not_waiting"  # decided, shown or lapsed meanwhile
    ASKER_GONE = "asker_gone"  # who asked has lost the role for it, or their account is closed
    ASKER_UNKNOWN = "asker_unknown"  # a directory does not answer whether they have it
    CHANGED = "changed"  # the account is not where it was


class CodeRefused(Exception):
    """Nothing was changed. `values`: for the text."""

    def __init__(self, problem: Problem, values: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.values = dict(values or {})


def new_code() -> str:
    """Twelve letters; `crockford.grouped` writes them as people read them."""
    return crockford.drawn(LETTERS)


class CodeKeys:
    """Two keys, made from `person_key` by HKDF's expand (RFC 5869, 2.3), each for one use: what one makes never passes
    for what the other does, for a seal of the trail or for the fingerprint of a CPR number.
    """

    def __init__(self, person_key: bytes) -> None:
        self._codes = hmac.digest(person_key, b"resetapp activation code 1\x01", "sha256")
        self._owners = hmac.digest(person_key, b"resetapp account owner 1\x01", "sha256")

    def __repr__(self) -> str:
        return "CodeKeys()"

    def hash(self, ident: str, code: str) -> str:
        """64 hex digits. With the row's id, so that no hash can be copied into another row."""
        return hmac.digest(self._codes, f"{ident}\0{code}".encode(), "sha256").hex()

    def fits(self, ident: str, code: str, kept: str) -> bool:
        """In constant time, whatever is typed and whatever is kept."""
        return hmac.compare_digest(self.hash(ident, code), kept)

    def owner(self, key: AccountKey) -> str:
        """In the place of a person's fingerprint, where no CPR number is known: 64 hex digits, of the account."""
        return hmac.digest(self._owners, f"{key.directory}\0{key.entry_id}".encode(), "sha256").hex()
