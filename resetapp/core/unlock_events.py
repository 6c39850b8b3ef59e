"""What is written down when support lifts a lock for somebody (`core.events` says how)."""

from dataclasses import dataclass

from resetapp.core.event import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnlockByStaff(Event):
    """`person` and `username`: of who did it. `reference`: of this one unlocking. `account`: its username."""

    username: str
    directory: str
    entry_id: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffUnlockSending(_UnlockByStaff):
    """Written before the directory is asked, as any change."""

    name = "staff.unlock_sending"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffUnlockAnswered(_UnlockByStaff):
    name = "staff.unlock_answered"
    kind = Kind.CHANGE
    state: str  # "unlocked", "refused", "unknown"
    reasons: tuple[str, ...]  # values of unlock_for.No


UNLOCK_EVENTS = (StaffUnlockSending, StaffUnlockAnswered)
