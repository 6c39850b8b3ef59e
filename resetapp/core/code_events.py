"""What is written down about activation codes (`core.events` says how). No fact is a code, or what somebody typed."""

from dataclasses import dataclass

from resetapp.core.event import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfCode(Event):
    """`account`: its username. `person` and `username`: of the member of the staff, where there is one."""

    kind = Kind.CHANGE
    username: str = ""
    request: str
    directory: str
    entry_id: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequested(_OfCode):
    name = "code.requested"
    id_check: str  # core.codes.IdCheck
    why: str  # the note on how it was checked


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeApproved(_OfCode):
    name = "code.approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRejected(_OfCode):
    name = "code.rejected"
    outcome: str  # "rejected" by a second person, "withdrawn" by who asked
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeShown(_OfCode):
    """The code was made and shown to who asked for it, this once."""

    name = "code.shown"
    until: str  # ISO 8601
    notices: int  # how many addresses of the owner were told


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTryRefused(_OfCode):
    """A wrong one was typed. Empty where the username belongs to no code that can be used."""

    name = "code.refused"
    request: str = ""
    directory: str = ""
    entry_id: str = ""
    account: str = ""
    blocked: bool = False  # this try was one too many: the code is over


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeUsed(_OfCode):
    """`person`: the owner of the account, as far as a code can tell (`core.codes.CodeKeys.owner`)."""

    name = "code.used"
    outcome: str  # core.outcomes.Outcome: whether the account can get a password


CODE_EVENTS = (CodeRequested, CodeApproved, CodeRejected, CodeShown, CodeTryRefused, CodeUsed)
