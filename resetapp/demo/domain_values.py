"""Values as Active Directory keeps them: identifiers, times, flags and passwords (MS-DTYP 2.3.3, 2.4.2; MS-ADTS)."""

import struct
import uuid
from datetime import UTC, datetime, timedelta

# userAccountControl and msDS-User-Account-Control-Computed (MS-ADTS 2.2.16)
DISABLED, LOCKED, NORMAL, NEVER_EXPIRES, SMARTCARD, PASSWORD_EXPIRED = 0x2, 0x10, 0x200, 0x10000, 0x40000, 0x800000
NEVER = 0x7FFFFFFFFFFFFFFF  # as a time
_ZERO = datetime(1601, 1, 1, tzinfo=UTC)


def filetime(moment: datetime) -> str:
    """Steps of 100 ns since 1601. `moment` aware."""
    return str((moment - _ZERO) // timedelta(microseconds=1) * 10)


def moment(steps: int) -> datetime | None:
    """None for 0 and for "never"."""
    return _ZERO + timedelta(microseconds=steps // 10) if 0 < steps < NEVER else None


def interval(steps: int) -> timedelta | None:
    """Intervals are kept as negative numbers. None for 0 and for "for ever", the least number there is."""
    return timedelta(microseconds=-steps // 10) if -NEVER < steps < 0 else None


def steps(length: timedelta) -> str:
    return str(length // timedelta(microseconds=-1) * 10)


def sid_octets(text: str) -> bytes:
    """From S-1-5-…"""
    _, revision, authority, *parts = text.split("-")
    return struct.pack(f"<BB6s{len(parts)}I", int(revision), len(parts), int(authority).to_bytes(6, "big"),
                       *map(int, parts))  # fmt: skip


def guid_octets(text: str) -> bytes:
    """Raises ValueError for what is no GUID."""
    return uuid.UUID(text).bytes_le


def typed_password(value: bytes) -> str | None:
    """What was typed, from a value for unicodePwd (MS-ADTS 3.1.1.3.1.5.1); None: it is not in that form."""
    try:
        text = value.decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else None


def length(password: str) -> int:
    """In UTF-16 units, as Windows counts."""
    return len(password.encode("utf-16-le")) // 2


def is_complex(password: str) -> bool:
    """Three of five kinds: upper case, lower case, digits, signs, other letters (MS-SAMR 3.1.1.7.2)."""
    kinds = {_kind(character) for character in password}
    return len(kinds) >= 3


def _kind(character: str) -> str:
    if character.isupper():
        return "upper"
    if character.islower():
        return "lower"
    if character.isdigit():
        return "digit"
    return "letter" if character.isalpha() else "sign"
