"""What was done to an account, told to another system of the institution, which can tell that it was us.

One event, one POST of JSON. It holds no password, no CPR number, no fingerprint and no address. The signature covers
the time as well, so that a recorded request is worth nothing later; docs/operator.md tells how to verify it.
"""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from resetapp.core.notices import Delivery, Facts
from resetapp.logs import scrubbed
from resetapp.sending.https import Address
from resetapp.settings import Webhook

SIGNATURE: Final = "X-Resetapp-Signature"


class Events:
    """Thread-safe."""

    def __init__(self, settings: Webhook) -> None:
        self._settings = settings
        self._address = Address(settings.url, settings.ca_file, settings.timeout)

    def prepare(self, facts: Facts, now: datetime) -> Callable[[], Delivery]:
        """What sends it, signed for this moment: each try is signed anew, with the same id."""
        body = written(facts)
        secret = self._settings.secret.reveal() if self._settings.secret else ""
        if not secret:
            raise ValueError("no secret")
        headers = {"Content-Type": "application/json", SIGNATURE: signature(secret, body, now)}
        return lambda: self._address.post(body, headers)


def written(facts: Facts) -> bytes:
    """ASCII, on one line."""
    told = {
        "id": facts.ident,
        "event": facts.key,
        "at": facts.at.astimezone(UTC).isoformat(timespec="seconds"),
        "reference": facts.reference,
        "directory": facts.directory,
        "username": scrubbed(facts.username),  # an institution may use CPR numbers as usernames
    }
    return json.dumps(told).encode()


def signature(secret: str, body: bytes, now: datetime) -> str:
    """`t=1763812800,v1=…`: seconds since 1970, and the HMAC-SHA256 of "t.body" as hexadecimal digits."""
    at = str(int(now.timestamp()))
    return f"t={at},v1={hmac.digest(secret.encode(), at.encode() + b'.' + body, 'sha256').hex()}"
