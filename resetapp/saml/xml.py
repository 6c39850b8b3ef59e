"""Strict XML: the one file that touches lxml. Everything from outside is parsed, measured and canonicalised here."""

import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from lxml import etree

from resetapp.saml.faults import Refused, need
from resetapp.saml.names import Vocabulary

MESSAGE_LIMIT = 128 * 1024  # octets of a posted field and of any document (S-12)
METADATA_LIMIT = 48 * 1024 * 1024  # octets of a feed: the largest federations have some 30 MB for themselves
_DEPTH_LIMIT = 30
_ELEMENT_LIMIT = 2000
_DECLARATION = re.compile(
    rb"""<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'](?i:utf-8)["'])?(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>"""
)


class Element(Protocol):
    """What we use of lxml's element, typed so that mypy sees what may be missing."""

    tag: str
    text: str | None
    tail: str | None

    @property
    def attrib(self) -> Mapping[str, str]: ...
    @property
    def nsmap(self) -> Mapping[str | None, str]: ...
    def get(self, key: str) -> str | None: ...
    def keys(self) -> list[str]: ...
    def iter(self, *tags: str) -> Iterator["Element"]: ...
    def getparent(self) -> "Element | None": ...
    def getprevious(self) -> "Element | None": ...
    def remove(self, child: "Element") -> None: ...
    def __getitem__(self, children: slice) -> list["Element"]: ...
    def __iter__(self) -> Iterator["Element"]: ...
    def __len__(self) -> int: ...


def parse(octets: bytes) -> Element:
    """A UTF-8 document without DTD, entities, comments, CDATA or processing instructions. Raises Refused.

    The octets are looked at before a parser sees them: parsers disagree about these constructs, and a comment or
    processing instruction inside a value cuts it short for a reader while canonicalisation passes over it.
    """
    need(len(octets) <= MESSAGE_LIMIT, "too-large")
    need(not _holds(octets, b"<!"), "markup-declaration")
    declaration = _DECLARATION.match(octets)
    need(not _holds(octets[declaration.end() :] if declaration else octets, b"<?"), "processing-instruction")
    return _tree(octets, _STRICT)


def _holds(octets: bytes, mark: bytes) -> bool:
    """Asks for the second octet alone first: it is rare, and one octet is found many times as fast as two."""
    return mark[1:] in octets and mark in octets


def parse_metadata(octets: bytes) -> Element:
    """The hub's metadata, alone or in a feed of thousands. Comments are dropped; a DTD is refused. Raises Refused."""
    need(len(octets) <= METADATA_LIMIT, "too-large")
    need(b"<!DOCTYPE" not in octets, "markup-declaration")  # and without one there are no entities
    return _tree(octets, {**_STRICT, "remove_comments": True, "remove_pis": True})


_STRICT = {
    "encoding": "utf-8",  # whatever the declaration says: no second reading of the same octets
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": False,  # kept, so that `inspect` would see one
    "remove_pis": False,
}


def _tree(octets: bytes, options: Mapping[str, object]) -> Element:
    try:  # a parser for each document: lxml's parsers are not made to be shared between threads
        root: Element = etree.fromstring(octets, etree.XMLParser(**options))
    except etree.XMLSyntaxError:
        raise Refused("not-xml") from None
    return root


def inspect(root: Element, vocabulary: Vocabulary) -> None:
    """Every element and attribute is on the list, IDs are unique, nothing is too deep or too many. Raises Refused.

    One walk, level by level, without a call for each element: this is done to everything that anybody sends.
    """
    ids: set[str] = set()
    level, depth, seen = [root], 0, 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        need(depth <= _DEPTH_LIMIT, "too-deep")
        need(seen <= _ELEMENT_LIMIT, "too-many-elements")
        below: list[Element] = []
        for node in level:
            allowed, names, inside = vocabulary.get(node.tag), node.keys(), node[:]
            if allowed is None:
                raise Refused("unknown-element")
            if names and not allowed.issuperset(names):
                raise Refused(_fault_of_attributes(names, allowed))
            if "ID" in names:
                _note_id(node.get("ID"), ids)
            if (node.tail and node.tail.strip()) or (inside and node.text and node.text.strip()):
                raise Refused("stray-text")
            below += inside
        level = below


def _fault_of_attributes(names: list[str], allowed: frozenset[str]) -> str:
    """For the log: another spelling of ID is an attack on readers that take `Id` or `xml:id` for one."""
    unknown = next(name for name in names if name not in allowed)
    respelt = unknown != "ID" and unknown.rpartition("}")[2].lower() == "id"
    return "id-spelling" if respelt else "unknown-attribute"


def _note_id(value: str | None, ids: set[str]) -> None:
    """One element per ID for every reader: signature wrapping begins with two answers to "which element is this?"."""
    if not value or value in ids:
        raise Refused("id-not-unique")
    ids.add(value)


def canonical(node: Element, prefixes: list[str] | None = None) -> bytes:
    """Exclusive C14N 1.0 without comments; `prefixes` are those of an InclusiveNamespaces PrefixList. Raises Refused.

    A relative namespace name has no canonical form. Libraries that give an empty one then digest nothing at all.
    """
    try:
        octets: bytes = etree.tostring(
            node, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
        )
    except etree.C14NError:
        raise Refused("canonical-form") from None
    return octets


def children(node: Element, *tags: str, reason: str = "shape") -> list[Element]:
    """Exactly these children in this order, as a list. Raises Refused."""
    found = node[:]
    need([child.tag for child in found] == list(tags), reason)
    return found


def text(node: Element, reason: str = "empty-value") -> str:
    """The text of an element that has text and nothing else. Raises Refused."""
    value = node.text or ""
    need(bool(value.strip()) and not len(node), reason)
    return value


def decode64(value: str) -> bytes:
    """Base64 with line breaks allowed and nothing else besides. Raises Refused."""
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:  # binascii.Error is one
        pass  # most senders break no lines, so they are not looked for until it fails
    try:
        return binascii.a2b_base64("".join(value.split()), strict_mode=True)
    except ValueError:
        raise Refused("base64") from None


def decode_posted(field: str) -> bytes:
    """The XML in a form field of the HTTP-POST binding. Never inflated: that is the Redirect binding's business."""
    need(len(field) <= MESSAGE_LIMIT, "too-large")
    octets = decode64(field)
    need(octets.startswith(b"<"), "not-xml")
    return octets
