"""How one event holds the next: each hash is made of the one before it, and sealed with a key that is not in here.

Who can write to the database can change a row, but not make the rows after it fit (that takes every hash from there on)
nor seal them (that takes the key). `storage.verification` looks for what does not fit.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final

GENESIS: Final = "0" * 64  # what the first event follows
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def facts_hash(salt: str, facts: str) -> str:
    """Salted: when the facts have been erased, they cannot be found again by trying (a username, a short list)."""
    return hashlib.sha256(bytes.fromhex(salt) + facts.encode()).hexdigest()


def event_hash(previous: str, seq: int, at: datetime, name: str, facts: str) -> str:
    """`at` counts to the microsecond; `facts`: their hash."""
    since = at - _EPOCH
    moment = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    fixed = bytes.fromhex(previous) + seq.to_bytes(8) + moment.to_bytes(8, signed=True) + bytes.fromhex(facts)
    return hashlib.sha256(b"resetapp event 1\0" + fixed + name.encode()).hexdigest()


class Seals:
    """HMAC-SHA256 with a key of their own, so that no seal passes for a fingerprint of a person, nor the other way."""

    def __init__(self, person_key: bytes) -> None:
        """Raises nothing; `person_key` as in the settings. The key is made from it by HKDF's expand (RFC 5869, 2.3)."""
        self._key = hmac.digest(person_key, b"resetapp audit seal 1\x01", "sha256")

    def __repr__(self) -> str:
        return "Seals()"

    def event(self, hash_: str) -> str:
        return self._sealed("event", 0, hash_)

    def head(self, seq: int, hash_: str) -> str:
        """Of the newest event: without it the newest could be cut off."""
        return self._sealed("head", seq, hash_)

    def erasure(self, seq: int, hash_: str) -> str:
        """That it was us who erased this event's facts."""
        return self._sealed("erased", seq, hash_)

    def _sealed(self, what: str, seq: int, hash_: str) -> str:
        return hmac.digest(self._key, f"{what} {seq} {hash_}".encode(), "sha256").hex()
