"""What is written down about mappings (`core.events` says how): who asked, who decided, and what the owner stopped.

No fact says whose number it is: the list itself knows that by its index, for who has the key.
"""

from dataclasses import dataclass

from resetapp.core.event import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMapping(Event):
    """`account`: its username. `person` and `username`: of the member of the staff; empty where it was nobody."""

    kind = Kind.CHANGE
    username: str = ""
    mapping: str
    directory: str
    entry_id: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRequested(_OfMapping):
    name = "mapping.requested"
    request: str
    why: str
    notices: int  # how many addresses of the owner were told


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingApproved(_OfMapping):
    name = "mapping.approved"
    request: str
    active_from: str  # ISO 8601
    notices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingNumberChanged(_OfMapping):
    """A person's old number counts no more for this account; `mapping.approved` beside it tells of the new one."""

    name = "mapping.number_changed"
    request: str
    replaced: str  # id of the mapping that is over


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRemoved(_OfMapping):
    name = "mapping.removed"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFrozen(_OfMapping):
    """By who held the link in the owner's mail."""

    name = "mapping.frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFirstUsed(_OfMapping):
    """A password was set by it for the first time. `person`: who did so."""

    name = "mapping.first_used"
    notices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingConflict(_OfMapping):
    """The directory, or another mapping, says that the account is somebody else's: it was given to nobody."""

    name = "mapping.conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSealBroken(_OfMapping):
    """Somebody has written it past this service: it was given to nobody, or not approved by `username`."""

    name = "mapping.seal_broken"
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRequest(Event):
    kind = Kind.CHANGE
    username: str = ""
    request: str
    form: str  # core.mappings.RequestKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRequestEnded(_OfRequest):
    """Without effect: rejected, withdrawn, lapsed or stopped by the owner."""

    name = "mapping.request_ended"
    outcome: str  # core.mappings.RequestState
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFileRequested(_OfRequest):
    name = "mapping.file_requested"
    file: str  # SHA-256
    rows: int
    changed: int
    removed: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFileApproved(_OfRequest):
    name = "mapping.file_approved"
    file: str
    rows: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingListExported(Event):
    name = "mapping.exported"
    kind = Kind.LOOK
    username: str
    rows: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSearched(Event):
    """The list was searched for a username, and so many rows were shown."""

    name = "mapping.searched"
    kind = Kind.LOOK
    username: str
    about: str
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingsRekeyed(Event):
    name = "mapping.rekeyed"
    kind = Kind.CHANGE
    by: str  # who ran the command: the system's number of the user
    key: str  # id of the new key
    rows: int
    left: int  # rows that have no sealed number, or one that this key does not open


MAPPING_EVENTS = (
    *(MappingRequested, MappingApproved, MappingNumberChanged, MappingRemoved, MappingFrozen, MappingFirstUsed),
    *(MappingConflict, MappingSealBroken, MappingRequestEnded, MappingFileRequested, MappingFileApproved),
    *(MappingListExported, MappingSearched, MappingsRekeyed),
)
