"""What is written down when the operator stops the service, or ends logins (`core.events` says how)."""

from dataclasses import dataclass

from resetapp.core.event import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOperator(Event):
    """`by`: the operator's name in the system; `why`: as they wrote it."""

    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopBegun(_ByOperator):
    """The emergency stop (security.md A-11)."""

    name = "stop.begun"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEnded(_ByOperator):
    name = "stop.ended"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginsEnded(_ByOperator):
    """`about`: the username that was asked for, or "" for all there were. Each login has an event of its own, too."""

    name = "logins.ended"
    kind = Kind.CHANGE
    about: str
    ended: int


OPERATOR_EVENTS = (StopBegun, StopEnded, LoginsEnded)
