"""A search and its answers as octets (RFC 4511, sections 4.1.1, 4.5.1 and 4.5.2).

ldap3 would build sixty objects for each request, and ten for each part of its filter, decode the request again, and
copy every answer: half of what finding an account costs us. What comes it would take apart three times as slowly.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from resetapp.directory.entries import Entry

_INTEGER, _OCTETS, _SEQUENCE, _SEARCH_REQUEST = 0x02, 0x04, 0x30, 0x63  # X.690, section 8.1.2; RFC 4511, appendix B
_ENTRY, _DONE, _REFERENCE, _INTERMEDIATE = 0x64, 0x65, 0x73, 0x79
_ONE_ENTRY, _SUBTREE = b"\x0a\x01\x00", b"\x0a\x01\x02"
_NEVER_DEREFERENCE = b"\x0a\x01\x00"  # an alias could lead out of the configured base
_WITH_VALUES = b"\x01\x01\x00"
_CONTROLS, _CRITICAL = 0xA0, b"\x01\x01\xff"  # RFC 4511, section 4.1.11
_PAGED_RESULTS = b"1.2.840.113556.1.4.319"  # RFC 2696
_EQUAL, _PRESENT = 0xA3, 0x87  # RFC 4511, section 4.5.1.7
_SETS: Mapping[str, int] = {"&": 0xA0, "|": 0xA1, "!": 0xA2}
_PART = re.compile(
    r"\((?:(?P<set>[&|!])|(?P<attribute>[A-Za-z0-9][A-Za-z0-9.-]*)=(?P<value>\*|(?:[^()*\\\0]|\\[0-9A-Fa-f]{2})*)\))"
    r"|(?P<end>\))"
)  # RFC 4515, as far as we ask: is equal to, is there, and, or, not
_ESCAPED = re.compile(rb"\\([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Page:
    """So many of the entries that a search finds (RFC 2696). `cookie`: what came with the page before."""

    size: int
    cookie: bytes = b""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked. `subtree`: else for the entry at `base` alone. `size_limit`: of entries; 0 is none.

    `seconds`: of the server's work; 0 is as long as we would wait. `page`: None is everything at once.
    """

    base: str
    filter_text: str
    attributes: tuple[str, ...]
    subtree: bool = True
    size_limit: int = 0
    seconds: int = 0
    page: Page | None = None


def of_one(dn: str, attributes: Iterable[str]) -> Search:
    """For the entry of this name, whatever it is."""
    return Search(dn, "(objectClass=*)", tuple(attributes), subtree=False)


def whether_readable(dn: str, attribute: str) -> Search:
    """Finds the entry if its attribute may be seen, also where it has no such value.

    A filter on what may not be seen is neither true nor false.
    """
    return Search(dn, f"(|({attribute}=*)(!({attribute}=*)))", ("1.1",), subtree=False)


def search_request(number: int, search: Search, patience: int) -> bytes:
    """The message with this number. `patience`: seconds that we wait. Raises ValueError for what is no filter."""
    parts = (
        _tagged(_OCTETS, search.base.encode()),
        _SUBTREE if search.subtree else _ONE_ENTRY,
        _NEVER_DEREFERENCE,
        _integer(search.size_limit),
        _integer(search.seconds or patience),
        _WITH_VALUES,
        search_filter(search.filter_text),
        _selection(search.attributes),
    )
    return _tagged(_SEQUENCE, _integer(number) + _tagged(_SEARCH_REQUEST, b"".join(parts)) + _paging(search.page))


def _paging(page: Page | None) -> bytes:
    """Critical: a server that knows no pages must say so, and not send a whole directory at once."""
    if page is None:
        return b""
    value = _tagged(_SEQUENCE, _integer(page.size) + _tagged(_OCTETS, page.cookie))
    parts = _tagged(_OCTETS, _PAGED_RESULTS) + _CRITICAL + _tagged(_OCTETS, value)
    return _tagged(_CONTROLS, _tagged(_SEQUENCE, parts))


def search_filter(text: str) -> bytes:
    """Raises ValueError for what is no filter, or one of a kind that we never ask with."""
    whole: list[bytes] = []
    waiting: list[tuple[str, list[bytes]]] = []  # sets that are not complete, and what they stand in
    parts, at = whole, 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or (found["end"] and not waiting):
            raise ValueError("no filter")
        at = found.end()
        if found["set"]:
            waiting.append((found["set"], parts))
            parts = []
        elif found["end"]:
            sign, around = waiting.pop()
            around.append(_set_of(sign, parts))
            parts = around
        else:
            parts.append(_compared(found["attribute"].encode(), found["value"]))
    if waiting or len(whole) != 1:
        raise ValueError("no filter")
    return whole[0]


def _set_of(sign: str, parts: list[bytes]) -> bytes:
    if not parts or (sign == "!" and len(parts) > 1):
        raise ValueError("no filter")
    return _tagged(_SETS[sign], b"".join(parts))


def _compared(attribute: bytes, value: str) -> bytes:
    if value == "*":
        return _tagged(_PRESENT, attribute)
    octets = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), value.encode())
    return _tagged(_EQUAL, _tagged(_OCTETS, attribute) + _tagged(_OCTETS, octets))


@lru_cache(64)  # who asks for accounts always asks for the same
def _selection(attributes: tuple[str, ...]) -> bytes:
    return _tagged(_SEQUENCE, b"".join(_tagged(_OCTETS, name.encode()) for name in attributes))


def _integer(value: int) -> bytes:
    return _tagged(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, content: bytes) -> bytes:
    """X.690, section 8.1.3: a length below 128 is one octet, a longer one says first in how many octets it stands."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


class SearchAnswers:
    """Those to the searches of these numbers, filled message by message, in whichever order these come."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._entries: dict[int, list[Entry]] = {number: [] for number in numbers}
        self._codes: dict[int, int] = {}
        self.cookie: bytes | None = None  # of the page that came last; empty with the last of all; None: it was no page

    @property
    def complete(self) -> bool:
        return len(self._codes) == len(self._entries)

    def in_order(self) -> list[tuple[int, list[Entry]]]:
        """Of each number its result code and the entries. Raises KeyError while they are not complete."""
        return [(self._codes[number], entries) for number, entries in self._entries.items()]

    def take(self, received: Sequence[bytes]) -> None:
        """Raises ValueError for a closed connection, for what answers none of the searches and for what is no message.

        References to other servers are left out.
        """
        if not received:
            raise ValueError("closed")
        for octets in received:
            self._read(octets)

    def _read(self, octets: bytes) -> None:
        [(whole, message)] = _elements(octets)
        (kind_of_number, digits), (kind, content), *more = _elements(message)  # controls may follow
        number = int.from_bytes(digits, "big")
        if (whole, kind_of_number) != (_SEQUENCE, _INTEGER):
            raise ValueError("no message")
        if number not in self._entries or number in self._codes:  # 0: the server takes its leave
            raise ValueError("no answer to this search")
        if kind == _ENTRY:
            self._entries[number].append(_entry(content))
        elif kind == _DONE:
            self._codes[number] = int.from_bytes(_elements(content)[0][1], "big")
            self.cookie = _cookie(more)
        elif kind not in (_REFERENCE, _INTERMEDIATE):
            raise ValueError("no answer to a search")


def _cookie(parts: Sequence[tuple[int, bytes]]) -> bytes | None:
    """A control is its OID, perhaps whether it is critical, and its value: of this one, an estimate and the cookie."""
    for control in (each for tag, controls in parts if tag == _CONTROLS for _, each in _elements(controls)):
        (_, name), *_, (_, value) = _elements(control)
        if name == _PAGED_RESULTS:
            [(_, inside)] = _elements(value)
            _, (_, cookie) = _elements(inside)
            return cookie
    return None


def _entry(content: bytes) -> Entry:
    (_, dn), (_, attributes) = _elements(content)
    read = {}
    for _, attribute in _elements(attributes):
        (_, name), (_, values) = _elements(attribute)
        read[_name(name)] = tuple([value for _, value in _elements(values)])
    return Entry(dn.decode(), read)


@lru_cache(256)  # all entries have the same
def _name(octets: bytes) -> str:
    return octets.decode().lower()


def _elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each; LDAP knows only lengths that are told beforehand (RFC 4511, section 5.1).

    Raises ValueError for one that is cut off or whose length is not told, and IndexError where it stops before that.
    """
    found, at, end = [], 0, len(octets)
    while at < end:
        tag, length, start = octets[at], octets[at + 1], at + 2
        if length >= 0x80:
            start += length & 0x7F
            length = int.from_bytes(octets[at + 2 : start], "big") if length > 0x80 else end
        at = start + length
        if at > end:
            raise ValueError("cut off")
        found.append((tag, octets[start:at]))
    return found
