"""Rows of the list of mappings as a request leaves them, made without a directory."""

import hashlib
from collections.abc import Sequence
from typing import Any

from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingState, RequestKind
from resetapp.storage import mappings
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.escrow import Escrow
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.builders import FREJA, NOON

TENANT = "example.dk"


def root(kid: str) -> bytes:
    return hashlib.sha256(kid.encode()).digest()


def indexes(*kids: str, tenant: str = TENANT) -> CprIndexes:
    """The newest first."""
    return CprIndexes(tenant, [(kid, root(kid)) for kid in kids])


def number(n: int) -> CprNumber:
    """Nobody's: the day is above 60."""
    return CprNumber.parse(f"610190{n:04d}")


def a_request(ident: str = "r", **changes: Any) -> MappingRequest:
    kept = {"id": ident, "kind": RequestKind.SINGLE, "requested_by": "a" * 64, "requester": "astrid"}
    kept |= {"requester_directory": "people", "requester_entry_id": "e-astrid"}
    kept |= {"requested_at": NOON, "reason": "Sag 1", "whole": False, "rows": 1} | changes
    return MappingRequest(**({"seal": indexes("2026a").seals.of_request(kept)} | kept))


def a_row(
    ident: str, cpr: CprNumber = FREJA, keys: CprIndexes | None = None, escrow: Escrow | None = None, **changes: Any
) -> AccountMapping:
    """Of an account of its own, asked for by the request "r"; with the seal of one that asks or counts."""
    keys = keys or indexes("2026a")
    kept = {"id": ident, "request_id": "r", "directory": "people", "entry_id": f"e-{ident}", "username": ident}
    kept |= {"key_id": keys.newest, "cpr_index": keys.newest_of(cpr), "requested_at": NOON}
    kept |= {"sealed": escrow.seal(cpr, ident) if escrow else None, "state": MappingState.REQUESTED} | changes
    sealed = kept["state"] in (MappingState.REQUESTED, MappingState.APPROVED) and keys.seals.knows(str(kept["key_id"]))
    return AccountMapping(**({"seal": keys.seals.of_row(kept) if sealed else None} | kept))


def keep(database: Database, rows: Sequence[AccountMapping], asked: MappingRequest | None = None) -> bool:
    with database.transaction() as db:
        return mappings.add(db, asked or a_request(), rows)


def kept_row(database: Database, ident: str) -> AccountMapping:
    with database.reading() as db:
        found = mappings.find(db, ident)
        assert found is not None
        return found
