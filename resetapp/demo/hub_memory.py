"""What the simulated hub remembers, in memory only. The real one keeps the same in the browser's cookies."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from resetapp.demo.hub_requests import LoginAsked
from resetapp.demo.messages import LoginResponse

T = TypeVar("T")
_MOST = 500  # logins and browsers at once; the oldest are forgotten


@dataclass(frozen=True, slots=True)
class WaitingLogin:
    """An accepted AuthnRequest for which nobody has been chosen yet."""

    asked: LoginAsked
    since: datetime


@dataclass(frozen=True, slots=True)
class Participation:
    """What the hub must say to the service provider to end a login there."""

    name_id: str
    name_id_format: str
    session_index: str


@dataclass(slots=True)
class Browser:
    """One browser's logins: at most one participation for each (identity provider, service provider)."""

    person: str | None = None  # the identity provider's own session: a persona's key …
    authenticated_at: datetime | None = None  # … and since when
    participations: dict[tuple[str, str], Participation] = field(default_factory=dict)
    logout_id: str | None = None  # our LogoutRequest that waits for its answer
    answered: tuple[bytes, LoginResponse] | None = field(default=None, repr=False)  # the last honest answer, to repeat
    logged_out: str | None = None  # the address of the last honest LogoutRequest, to repeat
    at_logout: str = ""  # key of the switch that waits for a LogoutRequest …
    at_message: str = ""  # … and the ID of the one that has met it
    withheld: str | None = None  # the address of the last LogoutResponse that was not sent

    def join(self, source: str, service: str, participation: Participation) -> None:
        """A newer login replaces the older one of the same pair."""
        self.participations.pop((source, service), None)
        self.participations[source, service] = participation

    def newest(self, service: str) -> Participation | None:
        found = [participation for (_, sp), participation in self.participations.items() if sp == service]
        return found[-1] if found else None

    def leave(self, service: str) -> None:
        """The identity provider's own session ends too."""
        self.person = self.authenticated_at = None
        self.participations = {pair: kept for pair, kept in self.participations.items() if pair[1] != service}


class Shelf(Generic[T]):
    """A bounded dictionary under random handles, safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def put(self, thing: T) -> str:
        """The new handle."""
        handle = secrets.token_urlsafe(18)
        with self._lock:
            self._kept[handle] = thing
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return handle

    def get(self, handle: str | None) -> T | None:
        return self._kept.get(handle or "")

    def take(self, handle: str | None) -> T | None:
        with self._lock:
            return self._kept.pop(handle or "", None)
