"""Distinguished names, parsed and normalised (RFC 4514, RFC 4518), so that they are compared as names, never as text.

`UID=Freja,OU=People,…`, `uid=freja, ou=people,…` and `uid=fre\\6aa,…` are one entry. Comparing the texts would let
an account slip past the list of protected ones by its spelling.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+")  # RFC 4512, section 1.4
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_ESCAPABLE = ' "#+,;<=>\\'
_SPECIAL = re.compile(r'["+,;<>]')
_ALIASES = {  # RFC 4519: one attribute, several names
    "commonname": "cn",
    "2.5.4.3": "cn",
    "surname": "sn",
    "2.5.4.4": "sn",
    "countryname": "c",
    "2.5.4.6": "c",
    "localityname": "l",
    "2.5.4.7": "l",
    "stateorprovincename": "st",
    "2.5.4.8": "st",
    "organizationname": "o",
    "2.5.4.10": "o",
    "organizationalunitname": "ou",
    "2.5.4.11": "ou",
    "userid": "uid",
    "0.9.2342.19200300.100.1.1": "uid",
    "domaincomponent": "dc",
    "0.9.2342.19200300.100.1.25": "dc",
}

Rdn = frozenset[tuple[str, str]]


class InvalidName(ValueError):
    """The text is no distinguished name, or one in a form that we do not read (hexadecimal or quoted values)."""


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """Relative names from the leaf to the root. Equal names are equal values."""

    rdns: tuple[Rdn, ...]

    @classmethod
    def parse(cls, text: str) -> "DistinguishedName":
        """Raises InvalidName. The empty text is the root."""
        return _parsed(text)

    def is_at_or_below(self, other: "DistinguishedName") -> bool:
        depth = len(self.rdns) - len(other.rdns)
        return depth >= 0 and self.rdns[depth:] == other.rdns

    def leaf_value(self, attribute: str) -> str | None:
        """The normalised value by which the entry is named, if it is named by this attribute."""
        leaf = dict(self.rdns[0]) if self.rdns else {}
        return leaf.get(_canonical(attribute))


def normalised(value: str) -> str:
    """Case, width and runs of spaces do not tell values apart (caseIgnoreMatch, RFC 4518)."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


@lru_cache(64)  # one name is asked about several times
def _parsed(text: str) -> DistinguishedName:
    if not text.strip():
        return DistinguishedName(())
    return DistinguishedName(tuple(frozenset(map(_pair, _split(rdn, "+"))) for rdn in _split(text, ",")))


def _canonical(attribute: str) -> str:
    lowered = attribute.lower()
    return _ALIASES.get(lowered, lowered)


def _split(text: str, separator: str) -> list[str]:
    """At separators that are not escaped."""
    if "\\" not in text:
        return text.split(separator)
    parts, start, i = [], 0, 0
    while i < len(text):
        if text[i] == "\\":
            i += 1
        elif text[i] == separator:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    return [*parts, text[start:]]


@lru_cache(1024)  # everybody's name ends with the same parts
def _pair(text: str) -> tuple[str, str]:
    attribute, equals, value = text.partition("=")
    attribute = attribute.strip()
    if not equals or not _TYPE.fullmatch(attribute):
        raise InvalidName("a part of the name has no attribute type")
    return _canonical(attribute), normalised(_unescaped(value.lstrip(" ")))


def _unescaped(value: str) -> str:
    if value.startswith("#"):
        raise InvalidName("a value in hexadecimal form")
    octets, i = bytearray(), 0
    while i < len(value):
        escape = value.find("\\", i)
        plain = value[i:] if escape < 0 else value[i:escape]
        if _SPECIAL.search(plain):
            raise InvalidName("a special character is not escaped")
        octets += plain.encode("utf-8", "replace")
        octet, i = (b"", len(value)) if escape < 0 else _escape(value, escape + 1)
        octets += octet
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise InvalidName("a value is not UTF-8") from None


def _escape(value: str, at: int) -> tuple[bytes, int]:
    if value[at : at + 1] and value[at] in _ESCAPABLE:
        return value[at].encode(), at + 1
    if _HEX.fullmatch(value[at : at + 2]):
        return bytes.fromhex(value[at : at + 2]), at + 2
    raise InvalidName("a backslash that escapes nothing")
