"""Where each event stands in the report: the one table that says so, complete by test."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from resetapp.core.events import StaffLookedUp
from resetapp.core.mapping_events import MappingRequestEnded
from resetapp.core.mappings import RequestState
from resetapp.core.unlock_events import StaffUnlockAnswered


class Section(StrEnum):
    """Each has its lines, one for what happened at one moment."""

    MAPPINGS = "mappings"
    CODES = "codes"
    UNLOCKS = "unlocks"


class Deed(StrEnum):
    """What is counted for each of the staff, in the order that is shown. The text is `report.did_<value>`."""

    LOGGED_IN = "logged_in"
    BY_REFERENCE = "by_reference"
    BY_USERNAME = "by_username"
    BY_CPR = "by_cpr"
    SEARCHED = "searched"  # the list of mappings
    READ = "read"
    EXPORTED = "exported"
    DENIED = "denied"
    ENDED_LOGINS = "ended_logins"
    UNLOCKED = "unlocked"
    ASKED = "asked"
    WITHDREW = "withdrew"
    APPROVED = "approved"
    REJECTED = "rejected"
    REMOVED = "removed"
    SHOWN = "shown"  # an activation code


@dataclass(frozen=True, slots=True)
class Place:
    """`deed`: None where no member of the staff did it, or where it is counted by another event."""

    section: Section | None = None
    deed: Deed | None = None


def _mapping(deed: Deed | None = None) -> Place:
    return Place(Section.MAPPINGS, deed)


NOWHERE: Final = Place()
"""What people do with their own accounts, what is sent, and what the operator does on the server."""

PLACES: Final[Mapping[str, Place]] = MappingProxyType(
    {
        **dict.fromkeys(("login.completed", "login.refused", "login.ended", "accounts.chosen"), NOWHERE),
        **dict.fromkeys(("password.refused", "password.sending", "password.answered", "password.settled"), NOWHERE),
        **dict.fromkeys(("unlock.sending", "unlock.answered", "code.refused"), NOWHERE),
        **dict.fromkeys(("mail.sent", "mail.given_up", "sms.sent", "sms.given_up"), NOWHERE),
        **dict.fromkeys(("person.exported", "person.erased", "notice.set", "notice.cleared"), NOWHERE),
        **dict.fromkeys(("person.seen", "mapping.rekeyed"), NOWHERE),  # the look-up beside it is counted
        "staff.logged_in": Place(deed=Deed.LOGGED_IN),
        "staff.denied": Place(deed=Deed.DENIED),
        "staff.looked_up": Place(deed=Deed.BY_REFERENCE),  # or by something else: `deed_of`
        "staff.ended_logins": Place(deed=Deed.ENDED_LOGINS),
        "staff.read_events": Place(deed=Deed.READ),
        "staff.exported_events": Place(deed=Deed.EXPORTED),
        "staff.unlock_sending": NOWHERE,  # the answer is told
        "staff.unlock_answered": Place(Section.UNLOCKS, Deed.UNLOCKED),
        "mapping.requested": _mapping(Deed.ASKED),
        "mapping.approved": _mapping(Deed.APPROVED),
        "mapping.number_changed": _mapping(),  # `mapping.approved` beside it is counted
        "mapping.removed": _mapping(Deed.REMOVED),
        "mapping.frozen": _mapping(),
        "mapping.first_used": _mapping(),
        "mapping.conflict": _mapping(),
        "mapping.seal_broken": _mapping(),
        "mapping.request_ended": _mapping(Deed.REJECTED),  # or withdrawn: `deed_of`
        "mapping.file_requested": _mapping(Deed.ASKED),
        "mapping.file_approved": _mapping(Deed.APPROVED),
        "mapping.exported": Place(deed=Deed.EXPORTED),
        "mapping.searched": Place(deed=Deed.SEARCHED),
        "code.requested": Place(deed=Deed.ASKED),
        "code.approved": Place(deed=Deed.APPROVED),
        "code.rejected": Place(deed=Deed.REJECTED),
        "code.shown": Place(Section.CODES, Deed.SHOWN),
        "code.used": Place(Section.CODES),
    }
)
"""Every event that is declared (`core.events`)."""

TOLD: Final = tuple(name for name, place in PLACES.items() if place != NOWHERE)
LOOK_UPS: Final = ("staff.looked_up", "mapping.searched")
"""What the sample is taken from."""

_BY: Final = {"reference": Deed.BY_REFERENCE, "username": Deed.BY_USERNAME, "cpr": Deed.BY_CPR}
_ENDS: Final = (
    *(RequestState.REJECTED, RequestState.WITHDRAWN, RequestState.LAPSED, RequestState.FROZEN, RequestState.FAULTY),
)
_ANSWERS: Final = ("unlocked", "refused", "unknown")


def deed_of(name: str, facts: Mapping[str, Any]) -> Deed | None:
    """What the member who is named in these facts has done by it."""
    if name == StaffLookedUp.name:
        return _BY.get(str(facts.get("by")))
    if facts.get("outcome") == RequestState.WITHDRAWN:
        return Deed.WITHDREW
    if facts.get("outcome") == RequestState.FAULTY:  # nobody decided: the file could not be used
        return None
    return PLACES[name].deed


def word_of(name: str, facts: Mapping[str, Any]) -> str:
    """What a line tells, as the end of its text's key, `report.is_<word>`. Only words that have a text."""
    word = name.replace(".", "_")
    if name == MappingRequestEnded.name:
        return f"{word}_{facts['outcome']}" if facts.get("outcome") in _ENDS else word
    if name == StaffUnlockAnswered.name:
        return f"{word}_{facts['state']}" if facts.get("state") in _ANSWERS else f"{word}_unknown"
    return word


def words() -> set[str]:
    """All that `word_of` can say."""
    said = {word_of(name, {}) for name, place in PLACES.items() if place.section}
    said |= {word_of(MappingRequestEnded.name, {"outcome": each}) for each in _ENDS}
    return said | {word_of(StaffUnlockAnswered.name, {"state": each}) for each in _ANSWERS}
