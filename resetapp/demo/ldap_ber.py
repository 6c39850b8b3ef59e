"""The little of ASN.1's basic encoding rules (X.690) that LDAP needs (RFC 4511, section 5.1)."""

Element = tuple[int, bytes]


class BadEncoding(ValueError):
    """The octets are no such element."""


def encoded(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int, tag: int = 0x02) -> bytes:
    return encoded(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes | str, tag: int = 0x04) -> bytes:
    return encoded(tag, value.encode() if isinstance(value, str) else value)


def sequence(*parts: bytes, tag: int = 0x30) -> bytes:
    return encoded(tag, b"".join(parts))


def element(data: bytes, start: int = 0) -> tuple[int, bytes, int]:
    """Tag, content, and the place behind it. Raises BadEncoding."""
    try:
        tag, size, start = data[start], data[start + 1], start + 2
    except IndexError:
        raise BadEncoding("no element") from None
    if size & 0x80:
        long = size & 0x7F
        size = int.from_bytes(data[start : start + long], "big")
        start += long
    if start + size > len(data):
        raise BadEncoding("too short")
    return tag, data[start : start + size], start + size


def elements(data: bytes) -> tuple[Element, ...]:
    """All elements, one behind the other. Raises BadEncoding."""
    found, place = [], 0
    while place < len(data):
        tag, content, place = element(data, place)
        found.append((tag, content))
    return tuple(found)
