"""An entry as the server sent it, and how its values are read. Nothing here guesses: what cannot be read says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_GENERALIZED_TIME = re.compile(
    r"(?P<minute>[0-9]{12})(?P<second>[0-9]{2})?(?:[.,][0-9]+)?(?P<zone>Z|[+-][0-9]{2}(?:[0-9]{2})?)"
)  # RFC 4517, section 3.3.13, without the form that stops at the hour

_FILETIME_ZERO = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = 0x7FFFFFFFFFFFFFFF


class Unreadable(ValueError):
    """A value that should tell something cannot be understood. The message never repeats the value."""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """Attribute names in lower case. Not shown by repr: an entry holds personal numbers."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]

    def __repr__(self) -> str:
        return "Entry()"

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value; raises Unreadable for one that is not UTF-8."""
        values = self.attributes.get(name.lower())
        if not values:
            return ()
        try:
            return tuple([value.decode() for value in values])
        except UnicodeDecodeError:
            raise Unreadable(f"{name} is not text") from None

    def text(self, name: str) -> str:
        """The first value, or "" when the server shows none."""
        return next(iter(self.texts(name)), "")

    def all_shown(self, name: str) -> tuple[str, ...]:
        """For what is only shown or compared: values that cannot be read are as good as none."""
        try:
            return self.texts(name)
        except Unreadable:
            return ()

    def shown(self, name: str) -> str:
        return next(iter(self.all_shown(name)), "")

    def number(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,19}", text):
            raise Unreadable(f"{name} is not a number")
        return int(text)

    def octets(self, name: str) -> tuple[bytes, ...]:
        return self.attributes.get(name.lower(), ())

    def filetime(self, name: str) -> datetime | None:
        """UTC, from Windows' FILETIME: steps of 100 ns since 1601. None for 0 and for "never" (MS-DTYP 2.3.3)."""
        steps = self.number(name)
        if steps is None or steps in (0, _NEVER):
            return None
        try:
            return _FILETIME_ZERO + timedelta(microseconds=steps // 10)
        except OverflowError:
            raise Unreadable(f"{name} is not a time") from None

    def moment(self, name: str) -> datetime | None:
        """A time in UTC from generalizedTime."""
        text = self.text(name)
        return generalized_time(text, name) if text else None


def generalized_time(text: str, name: str) -> datetime:
    """Aware and in UTC, fractions of seconds cut off. Raises Unreadable."""
    found = _GENERALIZED_TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        moment = datetime.strptime(found["minute"] + (found["second"] or "00"), "%Y%m%d%H%M%S")
        return moment.replace(tzinfo=UTC) - _offset(found["zone"])
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} is not a time") from None


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
    return -offset if zone[0] == "-" else offset
