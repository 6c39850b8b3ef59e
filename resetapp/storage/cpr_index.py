"""How a CPR number is found in a table that must not hold it: by a keyed index, one for each key.

HMAC-SHA256, for all numbers there are can be hashed in minutes (`docs/decisions/0024`): without the key, which is never
in the database, a row tells nothing. Each key is derived from its root for this one purpose and under its own name, so
that a root used twice by mistake still gives two indexes (RFC 5869; NIST SP 800-108 on separation of keys).
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resetapp.core.cpr import CprNumber
from resetapp.storage.mapping_seals import RowSeals


class CprIndexes:
    """The institution's keys, the newest first. Thread-safe; shows none of them."""

    def __init__(self, tenant: str, roots: Sequence[tuple[str, bytes]]) -> None:
        """`roots`: the id of each key with its secret, at least one."""
        self._tenant = tenant.encode()
        self._keys = {kid: _derived(kid, root) for kid, root in roots}
        self.newest = roots[0][0]
        self.seals = RowSeals(tenant, roots)

    def __repr__(self) -> str:
        return f"CprIndexes({', '.join(self._keys)})"

    def __reduce__(self) -> NoReturn:
        """A worker's queue or cache would be one more place that holds them."""
        raise TypeError("keys are not pickled")

    def of(self, cpr: CprNumber) -> Mapping[str, str]:
        """Key id → index of 64 hex digits, under every key that we have."""
        return {kid: self._index(key, cpr) for kid, key in self._keys.items()}

    def newest_of(self, cpr: CprNumber) -> str:
        return self._index(self._keys[self.newest], cpr)

    def _index(self, key: bytes, cpr: CprNumber) -> str:
        """The institution's name is part of it: two institutions' tables cannot be joined by it, even with one key."""
        return hmac.digest(key, b"cpr\x00" + self._tenant + b"\x00" + cpr.digits.encode(), "sha256").hex()


def _derived(kid: str, root: bytes) -> bytes:
    info = b"resetapp/cpr-index/v1/kid=" + kid.encode()
    return HKDF(algorithm=hashes.SHA512(), length=32, salt=None, info=info).derive(root)
