"""Where notices go besides mail: an SMS gateway, and another system of the institution."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resetapp.core.secret import Secret


class SmsBody(StrEnum):
    JSON = "json"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Sms:
    """Off until `enabled`: then no number is kept and nothing is sent."""

    enabled: bool = False
    url: str = ""  # https
    ca_file: Path | None = None  # None = the system's certificate authorities
    scheme: str = "Bearer"  # in front of the token in the Authorization header
    token: Secret | None = None
    body: SmsBody = SmsBody.JSON
    number_field: str = "to"
    text_field: str = "message"
    sender_field: str = "from"  # "" = the gateway knows
    sender: str = ""
    plus: bool = True  # +4512345678; False: 4512345678
    timeout: float = 10.0  # seconds, for each step


@dataclass(frozen=True, slots=True)
class Webhook:
    """Off until `enabled`."""

    enabled: bool = False
    url: str = ""  # https
    ca_file: Path | None = None  # None = the system's certificate authorities
    secret: Secret | None = None  # shared with the receiver; keys the signature
    timeout: float = 10.0  # seconds, for each step
