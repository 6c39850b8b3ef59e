"""Points in time as SAML writes them, and how far from ours another clock may be."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from resetapp.saml.faults import Refused, need

MESSAGE_LIFETIME = timedelta(minutes=5)  # the hub's own assertions live four (wayf.md 5.1)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")


def read_instant(value: str | None, reason: str) -> datetime:
    """xs:dateTime in UTC, written with a `Z` (SAML core 1.3.3). Digits beyond microseconds are cut. Raises Refused."""
    if value is None or _INSTANT.fullmatch(value) is None:
        raise Refused(reason)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Refused(reason) from None


def write_instant(moment: datetime) -> str:
    """`moment` is aware and in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment a message is judged at, and the difference between two honest clocks (S-07)."""

    now: datetime
    skew: timedelta

    def need_begun(self, instant: datetime, reason: str) -> None:
        need(instant <= self.now + self.skew, reason)

    def need_not_over(self, instant: datetime, reason: str) -> None:
        """`instant` is a NotOnOrAfter: the first moment at which it is too late (SAML core 2.5.1.2)."""
        need(instant > self.now - self.skew, reason)

    def need_fresh(self, instant: datetime, reason: str, drift: timedelta = timedelta(0)) -> None:
        """Neither in the future nor older than a message may be; `drift` widens both sides."""
        oldest, newest = self.now - self.skew - MESSAGE_LIFETIME - drift, self.now + self.skew + drift
        need(oldest < instant <= newest, reason)

    def last_chance(self, *ends: datetime) -> datetime:
        """From this moment on a message is refused for its age, whatever else it says."""
        return min(ends) + self.skew
