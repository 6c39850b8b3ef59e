"""Whether a request that waits is what was asked for: else nobody may approve it, whatever its page shows."""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from resetapp.core.mapping_events import MappingRequestEnded, MappingSealBroken
from resetapp.core.mappings import MappingRefused, Problem, RequestKind, RequestState
from resetapp.mapping.requests import about, by
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import mappings
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.tables import StaffLogin

if TYPE_CHECKING:
    from resetapp.mapping.imports import File

log = logging.getLogger(__name__)


def are_unbroken(register: Register, asked: MappingRequest, rows: Iterable[AccountMapping]) -> bool:
    """Has nobody but this service written the request and its rows? Each row must be this request's."""
    seals = register.indexes.seals
    return seals.fits_request(asked) and all(seals.fits(row) and row.request_id == asked.id for row in rows)


def demand_unbroken(
    desk: Desk, register: Register, member: StaffLogin, asked: MappingRequest, rows: Collection[AccountMapping]
) -> None:
    """On record when it is not. Raises MappingRefused."""
    if are_unbroken(register, asked, rows):
        return
    log.error("mapping.seal_broken request=%s", asked.id)
    with desk.database.transaction() as db:
        for row in rows:
            told = MappingSealBroken(**by(member), **about(row), request=asked.id)
            desk.journal.write(db, told, desk.clock())
    raise MappingRefused(Problem.CHANGED)


def seal_of_file(
    register: Register, member: StaffLogin, request_id: str, file: "File", values: Mapping[str, object]
) -> str:
    """Of what was sent and by whom, not of what stands in the database meanwhile. `values`: rows, and when."""
    who = {"requested_by": member.person, "requester": member.username}
    who |= {"requester_directory": member.directory, "requester_entry_id": member.entry_id}
    what = {"id": request_id, "kind": RequestKind.IMPORT, "reason": file.reason, "file_hash": file.hash}
    return register.indexes.seals.of_request({**values, **who, **what, "whole": file.whole})


def stop(desk: Desk, asked: MappingRequest) -> RequestState:
    """An approved file whose request was forged: nothing more of it is carried out."""
    log.error("mapping.seal_broken request=%s", asked.id)
    with desk.database.transaction() as db:
        found = mappings.find_request(db, asked.id, held=True)
        if found is not None:
            mappings.end_request(db, found, RequestState.REJECTED, "", desk.clock())
            told = MappingRequestEnded(request=asked.id, form=asked.kind, outcome=RequestState.REJECTED, why="seal")
            desk.journal.write(db, told, desk.clock())
    return RequestState.REJECTED
