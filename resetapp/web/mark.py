"""The official MitID mark that the institution has installed, for the button that starts the login (WAYF's terms, T19).

The program ships none.
"""

import hashlib
from dataclasses import dataclass
from typing import cast

from flask import current_app, url_for

from resetapp.settings import Terms
from resetapp.settings.marks import TYPES
from resetapp.web.house import login_open


@dataclass(frozen=True, slots=True)
class Mark:
    """The file as it was when the service started."""

    octets: bytes
    mimetype: str
    version: str

    @classmethod
    def of(cls, terms: Terms) -> "Mark | None":
        """None when none is installed. Raises OSError."""
        if terms.mark_file is None:
            return None
        octets = terms.mark_file.read_bytes()
        return cls(octets, TYPES[terms.mark_file.suffix.lower()], hashlib.sha256(octets).hexdigest()[:12])


def mark() -> Mark | None:
    """None, too, while the login is closed: then no mark is anywhere (T19)."""
    return cast(Mark | None, current_app.extensions["resetapp.mark"]) if login_open() else None


def mark_url() -> str:
    """Where the login's button finds its picture; "" = words alone."""
    shown = mark()
    return url_for("reset.mark", v=shown.version) if shown else ""
