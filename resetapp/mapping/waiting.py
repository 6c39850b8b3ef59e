"""A file that waits for a decision: is it still there to be decided, and is nothing in it the decider's own?"""

from datetime import datetime

from resetapp.core.accounts import AccountKey
from resetapp.core.mappings import MappingRefused, Problem, RequestKind, RequestState
from resetapp.register import Register
from resetapp.storage import imports, mappings
from resetapp.storage.database import Session
from resetapp.storage.mappings import MappingRequest
from resetapp.storage.tables import StaffLogin


def find_waiting(
    db: Session, register: Register, request_id: str, now: datetime, *, held: bool = False
) -> MappingRequest:
    """Raises MappingRefused."""
    asked = mappings.find_request(db, request_id, held=held)
    if asked is None or asked.kind is not RequestKind.IMPORT or asked.state is not RequestState.WAITING:
        raise MappingRefused(Problem.NOT_WAITING)
    if asked.requested_at < now - register.settings.request_life:
        raise MappingRefused(Problem.NOT_WAITING)
    return asked


def demand_nothing_of(db: Session, member: StaffLogin, asked: MappingRequest) -> None:
    """Nobody approves their own number or account, nor what cannot be compared with it (security.md A-05).

    `asked` waits: no row comes to it any more, and none gets another number, so that the answer stays right without
    a lock. Raises MappingRefused.
    """
    if not imports.keys_of(db, asked.id) <= member.indexes.keys():
        raise MappingRefused(Problem.KEY_CHANGED)
    if imports.names_somebody(db, asked.id, member.indexes, AccountKey(member.directory, member.entry_id)):
        raise MappingRefused(Problem.SELF)
