"""The demo's mailbox: the last mails that the service has sent to the owners of accounts, in memory alone."""

import email
import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email.message import MIMEPart
from email.policy import default

from resetapp.demo.hub_texts import LANGUAGES

MOST_MAILS = 100
_LONGEST_SUBJECT, _LONGEST_TEXT = 500, 20_000  # characters
_ADDRESS = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)])")


@dataclass(frozen=True, slots=True)
class KeptMail:
    """`to`: whom the envelope named, whatever the mail itself says. `language`: "" when it does not name one alone."""

    at: datetime
    to: tuple[str, ...]
    subject: str
    text: str
    language: str

    def pieces(self, service_url: str) -> list[tuple[str, bool]]:
        """The text, cut up, and of each piece whether it is an address at the service itself.

        `service_url`: without a slash at its end. No other address becomes a link: a mail that somebody else has put
        here must not lead anywhere.
        """
        parts = _ADDRESS.split(self.text)
        return [(part, part.startswith(f"{service_url}/")) for part in parts if part]


class Mailbox:
    """Thread-safe. The oldest mail makes room for the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: deque[KeptMail] = deque(maxlen=MOST_MAILS)

    def keep(self, octets: bytes, to: tuple[str, ...], at: datetime) -> None:
        """`octets`: a mail as it went over the wire. One that cannot be read is kept as it is."""
        subject, text, language = _read(octets)
        mail = KeptMail(at, to, subject[:_LONGEST_SUBJECT], text[:_LONGEST_TEXT], language)
        with self._lock:
            self._mails.appendleft(mail)

    def newest_first(self) -> list[KeptMail]:
        with self._lock:
            return list(self._mails)


def _read(octets: bytes) -> tuple[str, str, str]:
    """Subject, text and language."""
    try:
        message = email.message_from_bytes(octets, policy=default)
        body = message.get_body(("plain",))
        language = str(message["Content-Language"])
        text = "" if body is None else _content(body)  # one without headers counts as false
        return str(message["Subject"] or ""), text, language if language in LANGUAGES else ""
    except Exception:  # the library stumbles over junk in many ways; whoever sends it must not end the server
        return "", octets.decode("utf-8", "replace"), ""


def _content(body: MIMEPart) -> str:
    """Raises KeyError for what is no text, LookupError for a charset that nobody knows."""
    return str(body.get_content()).replace("\r\n", "\n").strip()
