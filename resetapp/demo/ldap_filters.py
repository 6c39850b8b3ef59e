"""Search filters (RFC 4511, section 4.5.1.7) held against an entry, with three answers: yes, no, and undefined.

Undefined is what an asker gets who may not see the attribute. Its opposite is undefined too, so "not locked" is
never true for one who cannot see locks.
"""

import re
from collections.abc import Callable, Iterable

from resetapp.demo.ldap_ber import elements
from resetapp.demo.ldap_node import Node

AND, OR, NOT, EQUAL, SUBSTRINGS, PRESENT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0x87
_INITIAL, _ANY, _FINAL = 0x80, 0x81, 0x82

Filter = tuple[int, bytes]
Index = Callable[[str, bytes], set[str] | None]
Visible = Callable[[str], bool]
Meant = Callable[[str, bytes], bytes]


def as_written(_name: str, value: bytes) -> bytes:
    return value


def holds(wanted: Filter, node: Node, visible: Visible, meant: Meant = as_written) -> bool | None:
    """Does the filter match? `visible`: may the asker see this attribute of the entry?

    `meant`: what a value that is asked for stands for, given the attribute's name; a server may know short forms.
    """
    tag, content = wanted
    if tag == AND:
        found = [holds(part, node, visible, meant) for part in elements(content)]
        return False if False in found else None if None in found else True
    if tag == OR:
        return _one_of(elements(content), node, visible, meant)
    if tag == NOT:
        inner = holds(elements(content)[0], node, visible, meant)
        return None if inner is None else not inner
    return _compares(tag, content, node, visible, meant)


def _one_of(parts: Iterable[Filter], node: Node, visible: Visible, meant: Meant) -> bool | None:
    """Most of what is asked is one of many names: the first that fits ends it."""
    found: bool | None = False
    for part in parts:
        answer = holds(part, node, visible, meant)
        if answer:
            return True
        found = None if answer is None else found
    return found


def _compares(tag: int, content: bytes, node: Node, visible: Visible, meant: Meant) -> bool | None:
    if tag == PRESENT:
        name = content.decode()
        return bool(node.values(name)) if visible(name) else None
    if tag not in (EQUAL, SUBSTRINGS):
        return None
    (_, octets), (_, value) = elements(content)
    name = octets.decode()
    if not visible(name):
        return None
    if tag == EQUAL:
        return meant(name, value).lower() in [have.lower() for have in node.values(name)]
    pattern = _pattern(value)
    return any(pattern.fullmatch(have.decode(errors="replace")) for have in node.values(name))


def _pattern(substrings: bytes) -> re.Pattern[str]:
    text = ""
    for kind, part in elements(substrings):
        piece = re.escape(part.decode(errors="replace"))
        text += {_INITIAL: piece, _ANY: f".*{piece}", _FINAL: f".*{piece}\\Z"}[kind]
    return re.compile(text if text.endswith("\\Z") else text + ".*", re.IGNORECASE | re.DOTALL)


def candidates(wanted: Filter, indexed: Index) -> set[str] | None:
    """Keys of entries that can match, as far as the indexes tell; None: all of them."""
    tag, content = wanted
    if tag == EQUAL:
        (_, name), (_, value) = elements(content)
        return indexed(name.decode(), value)
    if tag not in (AND, OR):
        return None
    found = [candidates(part, indexed) for part in elements(content)]
    known = [keys for keys in found if keys is not None]
    if tag == AND:
        return min(known, key=len, default=None)
    return set().union(*known) if len(known) == len(found) else None
