"""Activation codes: for people without MitID or without a CPR number."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class CodeSettings:
    """Off until `enabled`: then nobody can ask for one, and none that exists opens anything."""

    enabled: bool = False
    life: timedelta = timedelta(minutes=60)  # from the moment it is shown
    tries: int = 5  # wrong ones, then it is over
    per_day: int = 20  # of one person of the staff; more raise the alarm and have to wait
