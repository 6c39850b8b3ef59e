"""A keyed seal for each row of the list of mappings: what it says is what this service wrote (docs/decisions/0027).

An index alone does not say to which account it belongs: who may write to the database, and stands in the list, could
copy their own into somebody else's row. The seal is an HMAC-SHA256 over everything that a login or an approver relies
on, under a key that is derived from the row's own mapping key for this one purpose (RFC 5869) and is never in the
database. Only what asks and what counts has a seal: what is over has none, so that it cannot be called back to life.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROW: Final = (
    *("id", "request_id", "directory", "entry_id", "username", "key_id", "cpr_index", "sealed"),
    *("state", "replaces_id", "requested_at", "active_from", "first_used_at"),
)
"""Columns of `mapping` that are sealed."""

REQUEST: Final = (
    *("id", "kind", "requested_by", "requester", "requester_directory", "requester_entry_id"),
    *("requested_at", "reason", "file_hash", "whole", "rows"),
    *("decided_by", "decider", "decided_at"),
)
"""Columns of `mapping_request` that are sealed; the last three from the decision on."""

_DECISION = frozenset({"decided_by", "decider", "decided_at"})

Facts = Mapping[str, object]
"""Column → value. One that is missing counts as empty."""


class RowSeals:
    """The keys of the seals, one for each mapping key. Thread-safe; lives in a `CprIndexes`, which shows no key."""

    def __init__(self, tenant: str, roots: Sequence[tuple[str, bytes]]) -> None:
        self._tenant = tenant
        self._keys = {kid: _derived(kid, root) for kid, root in roots}
        self._newest = roots[0][0]

    def knows(self, key_id: str) -> bool:
        """Has it the key with which such a row is sealed? Without it nothing can be told of the row."""
        return key_id in self._keys

    def of_row(self, facts: Facts) -> str:
        """64 hex digits. The row's own key must be one of ours."""
        return self._made(str(facts["key_id"]), "mapping", (facts.get(name) for name in ROW))

    def of_request(self, facts: Facts) -> str:
        """64 hex digits, under the newest key."""
        return self._of_request(self._newest, facts)

    def fits(self, row: object) -> bool:
        """Has nobody else written this row, an `AccountMapping` or one with its columns? In constant time."""
        facts = facts_of(row, (*ROW, "seal"))
        seal = facts["seal"]
        return isinstance(seal, str) and self.knows(str(facts["key_id"])) and _same(self.of_row(facts), seal)

    def fits_request(self, request: object) -> bool:
        """As `fits`, of a `MappingRequest`. Its key is not named in it: each is tried."""
        facts = facts_of(request, (*REQUEST, "seal"))
        seal = facts["seal"]
        return isinstance(seal, str) and any(_same(self._of_request(kid, facts), seal) for kid in self._keys)

    def _of_request(self, kid: str, facts: Facts) -> str:
        decided = facts.get("decided_at") is not None  # before that it says nothing who has it in their hands
        values = (facts.get(name) if decided or name not in _DECISION else None for name in REQUEST)
        return self._made(kid, "mapping_request", values)

    def _made(self, kid: str, table: str, values: Iterable[object]) -> str:
        octets = b"".join(map(_octets, (table, self._tenant, *values)))
        return hmac.digest(self._keys[kid], octets, "sha256").hex()


def facts_of(row: object, names: Sequence[str] = ROW) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _same(made: str, found: str) -> bool:
    """As octets: `compare_digest` takes no text beyond ASCII, and anything may stand in the database."""
    return hmac.compare_digest(made.encode(), found.encode(errors="replace"))


def _octets(value: object) -> bytes:
    """Each with its length before it: no two rows give the same octets (NIST SP 800-185 on such encodings)."""
    if value is None:
        return b"\x00"
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    octets = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    return b"\x01" + len(octets).to_bytes(4, "big") + octets


def _derived(kid: str, root: bytes) -> bytes:
    info = b"resetapp/mapping-seal/v1/kid=" + kid.encode()
    return HKDF(algorithm=hashes.SHA512(), length=32, salt=None, info=info).derive(root)
