"""One notice about an account, on its way by mail, by SMS or to another system; and what became of the sending."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_ODD = re.compile(r"[^\w.@+ '-]|www\.", re.IGNORECASE)  # what could be a link, or break the line
_LONGEST_USERNAME = 64


@dataclass(frozen=True, slots=True)
class Facts:
    """What one notice tells. `key`: one of the outbox's kinds. `ident`: lasting, so that one that comes twice is known
    to be the same. `language`: "" = both. `mapping`: the id of what the link stops; `starts_at`: from when that holds.
    `by_code`: no login, but an activation code opened the page: MitID has no part in it and is not named.
    """

    ident: str
    key: str
    address: str
    language: str
    username: str
    reference: str
    at: datetime
    mapping: str = ""
    starts_at: datetime | None = None
    directory: str = ""
    by_code: bool = False

    @property
    def plain_username(self) -> str:
        """For a text: neither a link nor a line of its own."""
        return _ODD.sub("?", self.username)[:_LONGEST_USERNAME]


class Fate(StrEnum):
    SENT = "sent"
    REFUSED = "refused"  # for good: this recipient, or this notice
    LATER = "later"  # this notice, for now
    DOWN = "down"  # the server takes nothing at all from us, for now


@dataclass(frozen=True, slots=True)
class Delivery:
    """`reason`: one word of ours and perhaps the server's code, for the log."""

    fate: Fate
    reason: str = ""
