"""What is written down when a limit is reached, or a search is refused (security.md L-02; `core.events` says how)."""

from dataclasses import dataclass

from resetapp.core.event import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached(Event):
    """`limit`: which, by our own word. `username`: of a member of the staff. Of an address nothing is told."""

    name = "limit.reached"
    kind = Kind.LOGIN
    limit: str  # the reason of a TooManyAttempts
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSearchRefused(Event):
    """A CPR number was typed where it is not searched for. Nothing of it is told. `person`, `username`: of who did."""

    name = "staff.search_refused"
    kind = Kind.LOOK
    username: str
    why: str  # "cpr_off", "cpr_not_alone"


LIMIT_EVENTS = (LimitReached, StaffSearchRefused)
