"""A search and its answers as octets (RFC 4511, sections 4.1.1, 4.5.1 and 4.5.2).

ldap3 would build sixty objects for each request, most of them as before, decode the request again, and copy every
answer: half of what finding an account costs us. Its own parser makes the filter, its own decoder reads what comes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ldap3.operation.search import compile_filter, parse_filter
from ldap3.utils.asn1 import decode_message_fast
from pyasn1.codec.ber import encoder

from resetapp.directory.entries import Entry

_INTEGER, _OCTETS, _SEQUENCE, _SEARCH_REQUEST = 0x02, 0x04, 0x30, 0x63  # X.690, section 8.1.2; RFC 4511, appendix B
_ONE_ENTRY, _SUBTREE = b"\x0a\x01\x00", b"\x0a\x01\x02"
_NEVER_DEREFERENCE = b"\x0a\x01\x00"  # an alias could lead out of the configured base
_WITH_VALUES = b"\x01\x01\x00"
_ENTRY, _DONE, _REFERENCE, _INTERMEDIATE = 4, 5, 19, 25


def search_request(
    number: int, base: str, filter_text: str, attributes: tuple[str, ...], *, subtree: bool, limits: tuple[int, int]
) -> bytes:
    """The message with this number. `limits`: of entries, and of seconds; 0 is none. Raises as ldap3's parser."""
    parts = (
        _tagged(_OCTETS, base.encode()),
        _SUBTREE if subtree else _ONE_ENTRY,
        _NEVER_DEREFERENCE,
        *map(_integer, limits),
        _WITH_VALUES,
        search_filter(filter_text),
        _selection(attributes),
    )
    return _tagged(_SEQUENCE, _integer(number) + _tagged(_SEARCH_REQUEST, b"".join(parts)))


def search_filter(text: str) -> bytes:
    """Raises what ldap3's parser does."""
    return bytes(encoder.encode(compile_filter(parse_filter(text, None, False, False, None, False).elements[0])))


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


class SearchAnswer:
    """Filled message by message. `code`: the server's result code, None until its last message is here."""

    def __init__(self, number: int) -> None:
        self.code: int | None = None
        self.entries: list[Entry] = []
        self._number = number

    def take(self, received: Sequence[bytes]) -> None:
        """Raises ValueError for a closed connection and for what answers no search of this number, or what ldap3 does.

        References to other servers are left out.
        """
        if not received:
            raise ValueError("closed")
        for octets in received:
            self._read(decode_message_fast(octets))

    def _read(self, message: dict[str, Any]) -> None:
        kind, content = message["protocolOp"], message["payload"]
        if message["messageID"] != self._number or self.code is not None:  # 0: the server takes its leave
            raise ValueError("no answer to this search")
        if kind == _ENTRY:
            self.entries.append(_entry(content))
        elif kind == _DONE:
            self.code = int(content[0][3])
        elif kind not in (_REFERENCE, _INTERMEDIATE):
            raise ValueError("no answer to a search")


def _entry(content: Sequence[Any]) -> Entry:
    """Of each element ldap3 tells (class, constructed, tag, value)."""
    (*_, dn), (*_, attributes) = content
    read = {name.decode().lower(): tuple(each[3] for each in values) for name, values in map(_named, attributes)}
    return Entry(dn.decode(), read)


def _named(attribute: Any) -> tuple[bytes, Sequence[Any]]:  # noqa: ANN401 - ldap3 has no types
    (*_, name), (*_, values) = attribute[3]
    return name, values
