"""The word that who approves types for a file that removes a great part of the list."""

from resetapp.register import Register
from resetapp.storage import imports
from resetapp.storage.database import Session
from resetapp.storage.mappings import MappingRequest

CONFIRMATIONS = ("FJERN", "REMOVE")


class NotConfirmed(Exception):
    """The file removes a great part of the list, and the word that says so on purpose was not typed."""


def removes_many(register: Register, removed: int, approved: int) -> bool:
    """`approved`: of all mappings on the list."""
    return removed * 100 > register.settings.largest_removal * approved


def demand_confirmed(db: Session, register: Register, asked: MappingRequest, confirmed: str) -> None:
    """Raises NotConfirmed."""
    removed = imports.count_to_remove(db, asked.id)
    if removes_many(register, removed, imports.count_approved(db)) and confirmed.upper() not in CONFIRMATIONS:
        raise NotConfirmed
