"""Readers of single values: text, numbers, durations, files, colours, secrets. Each raises Wrong with a remedy."""

import base64
import binascii
import os
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from resetapp.core.mailbox import is_mailbox
from resetapp.core.secret import Secret
from resetapp.settings.faults import Wrong
from resetapp.settings.sections import PLACEHOLDER, Reader, Reading

_KEY_BYTES = 32
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{1,30}")


def plain(value: object, limit: int = 300) -> str:
    """One line of text. The fault does not repeat it."""
    if not isinstance(value, str):
        raise Wrong("is not a text", "Write it in quotes")
    if PLACEHOLDER in value:
        raise Wrong(f"still holds the example's {PLACEHOLDER}", "Fill it in; the comment above it says with what")
    if not value.isprintable():
        raise Wrong("holds a line break or another control character", "Write it on one line")
    if len(value) > limit:
        raise Wrong(f"is longer than {limit} characters", "Shorten it")
    return value


def text(value: object, at: Reading) -> str:
    found = plain(value).strip()
    if not found:
        raise Wrong("is empty", "Fill it in; config.example.toml explains it")
    return found


def optional(reader: Reader) -> Reader:
    """An empty text stays empty; any other must satisfy `reader`."""

    def read(value: object, at: Reading) -> object:
        return "" if value == "" else reader(value, at)

    return read


def matching(pattern: re.Pattern[str], problem: str, remedy: str) -> Reader:
    def read(value: object, at: Reading) -> str:
        found = text(value, at)
        if not pattern.fullmatch(found):
            raise Wrong(problem, remedy)
        return found

    return read


colour = matching(_COLOUR, "is not a colour", 'Write # and six hexadecimal digits, for example "#1a3d6d"')
email = matching(_EMAIL, "is not an e-mail address", 'Write one address, for example "support@example.dk"')
phone = matching(_PHONE, "is not a telephone number", 'Write digits and spaces, for example "+45 12 34 56 78"')


def mailbox(value: object, at: Reading) -> str:
    """An address that mails can be written to and from."""
    found = text(value, at)
    if not is_mailbox(found):
        raise Wrong("is not a plain e-mail address", 'Write one address, for example "noreply@example.dk"')
    return found


_CVR = re.compile(r"[0-9]{8}")
_CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)


def cvr_number(value: object, at: Reading) -> str:
    """Eight digits whose weighted sum is divisible by 11, as the CVR register gives them out."""
    found = text(value, at).replace(" ", "")
    digits = [int(digit) for digit in found] if _CVR.fullmatch(found) else []
    if not any(digits) or sum(digit * weight for digit, weight in zip(digits, _CVR_WEIGHTS, strict=True)) % 11:
        raise Wrong("is not a CVR number", "Write its eight digits, as datacvr.virk.dk shows them")
    return found


def optional_day(value: object, at: Reading) -> date | None:
    """`"2026-11-22"` in quotes or without; None when it is empty."""
    if value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(text(value, at))
    except ValueError as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong("is not a date", 'Write year, month and day: "2026-11-22"') from None


def flag(value: object, at: Reading) -> bool:
    if not isinstance(value, bool):
        raise Wrong("is not true or false", "Write true or false, without quotes")
    return value


def whole(least: int, most: int, why: str = "") -> Callable[[object, Reading], int]:
    """A whole number from `least` to `most`; `why` names the rule behind the limit."""

    def read(value: object, at: Reading) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong("is not a whole number", f"Write a number from {least} to {most}, without quotes")
        if not least <= value <= most:
            raise Wrong(f"is {value}, outside {least} to {most}", why or f"Choose a number from {least} to {most}")
        return value

    return read


def seconds(least: float, most: float) -> Reader:
    """A number of seconds, fractions allowed."""

    def read(value: object, at: Reading) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Wrong("is not a number of seconds", f"Write a number from {least:g} to {most:g}, without quotes")
        if not least <= value <= most:  # nan fails this too
            raise Wrong(f"is {value:g}, outside {least:g} to {most:g} seconds", "Choose a number in this range")
        return float(value)

    return read


def duration(unit: timedelta, least: int, most: int, why: str = "") -> Reader:
    """A whole number of `unit`; the unit stands in the key's name."""
    number = whole(least, most, why)

    def read(value: object, at: Reading) -> timedelta:
        return unit * number(value, at)

    return read


def each(reader: Reader, least: int = 0) -> Reader:
    """A list of values that all satisfy `reader`; every faulty one is told."""

    def read(value: object, at: Reading) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise Wrong("is not a list", 'Write it in brackets: ["first", "second"]')
        if len(value) < least:
            problem = f"has fewer than {least} entries" if value else "is empty"
            raise Wrong(problem, f"Name at least {'one' if least == 1 else least}")
        return tuple(_item(reader, item, number, at) for number, item in enumerate(value, 1))

    return read


def _item(reader: Reader, item: object, number: int, at: Reading) -> object:
    try:
        return reader(item, at)
    except Wrong as wrong:
        at.fault(Wrong(f"{wrong.problem} (entry {number})", wrong.remedy))
        return None


def choice(options: type[StrEnum]) -> Reader:
    def read(value: object, at: Reading) -> StrEnum:
        found = text(value, at)
        try:
            return options(found)
        except ValueError:
            known = ", ".join(f'"{option}"' for option in options)
            raise Wrong("is not one of the known words", f"Write one of: {known}") from None

    return read


def path(value: object, at: Reading) -> Path:
    return at.folder / text(value, at)


def existing_file(what: str) -> Callable[[object, Reading], Path]:
    """A readable file; `what` says where it comes from."""

    def read(value: object, at: Reading) -> Path:
        found = path(value, at)
        if not found.is_file():
            raise Wrong(f"names no file: {found}", what)
        if not os.access(found, os.R_OK):
            raise Wrong(f"names a file that this user may not read: {found}", "Set its owner or mode")
        return found

    return read


def optional_path(reader: Callable[[object, Reading], Path]) -> Callable[[object, Reading], Path | None]:
    """An empty text names nothing; any other must satisfy `reader`."""

    def read(value: object, at: Reading) -> Path | None:
        return None if value == "" else reader(value, at)

    return read


def existing_folder(what: str) -> Callable[[object, Reading], Path]:
    """A folder that can be entered; `what` says where it comes from."""

    def read(value: object, at: Reading) -> Path:
        found = path(value, at)
        if not found.is_dir():
            raise Wrong(f"names no folder: {found}", what)
        if not os.access(found, os.R_OK | os.X_OK):
            raise Wrong(f"names a folder that this user may not read: {found}", "Set its owner or mode")
        return found

    return read


def log_file(value: object, at: Reading) -> str:
    found = path(value, at)
    if not found.parent.is_dir():
        raise Wrong(f"lies in a folder that does not exist: {found.parent}", "Make the folder, owned by the service")
    return str(found)


def secret(least: int = 1) -> Reader:
    """A text of at least `least` characters that is never shown."""

    def read(value: object, at: Reading) -> Secret:
        found = plain(value, limit=4096)
        if len(found) < least:
            raise Wrong(
                "is empty" if not found else f"is shorter than {least} characters",
                _FRESH if least > 1 else "Fill it in",
            )
        return Secret(found)

    return read


def optional_secret(least: int) -> Reader:
    """An empty text is no secret; any other must be long enough."""

    def read(value: object, at: Reading) -> object:
        return None if value == "" else secret(least)(value, at)

    return read


_FRESH = "Make a fresh one: python3 -c 'import secrets; print(secrets.token_hex(32))'"


def optional_public_key(value: object, at: Reading) -> bytes | None:
    """The 64 hexadecimal digits of an X25519 public key; None when it is empty."""
    found = plain(value).strip()
    if not found:
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{64}", found):
        raise Wrong("is not 64 hexadecimal digits", "`resetapp mapping escrow-key` makes a pair; write its public half")
    key = bytes.fromhex(found)
    if len(set(key)) < _KEY_BYTES // 2:  # all zeros and its like are points to which nothing can be sealed (RFC 7748)
        raise Wrong("is no key: it repeats a few bytes", "`resetapp mapping escrow-key` makes a pair")
    return key


def key_bytes(value: object, at: Reading) -> bytes:
    """At least 32 bytes, written as hexadecimal digits or as base64. All hexadecimal digits are read as such."""
    found = plain(value, limit=4096).strip()
    try:
        key = bytes.fromhex(found)
    except ValueError:
        try:
            key = base64.b64decode(found, validate=True)
        except (binascii.Error, ValueError):
            raise Wrong("is neither hexadecimal nor base64", _FRESH) from None
    if len(key) < _KEY_BYTES:
        raise Wrong(f"holds fewer than {_KEY_BYTES} bytes", _FRESH)
    if len(set(key)) < _KEY_BYTES // 2:  # 32 random bytes have fewer than 16 different ones once in 10^16 times
        raise Wrong("is not random: it repeats a few bytes", _FRESH)
    return key
