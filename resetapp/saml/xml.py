"""Strict XML: the one file that touches lxml. Everything from outside is parsed, measured and canonicalised here."""

import base64
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
_ID_SPELLINGS = frozenset({"ID", "Id", "iD", "id"})
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
    def items(self) -> list[tuple[str, str]]: ...
    def iter(self, *tags: str) -> Iterator["Element"]: ...
    def getparent(self) -> "Element | None": ...
    def getprevious(self) -> "Element | None": ...
    def remove(self, child: "Element") -> None: ...
    def __iter__(self) -> Iterator["Element"]: ...
    def __len__(self) -> int: ...


def parse(octets: bytes) -> Element:
    """A UTF-8 document without DTD, entities, comments, CDATA or processing instructions. Raises Refused.

    The octets are looked at before a parser sees them: parsers disagree about these constructs, and a comment or
    processing instruction inside a value cuts it short for a reader while canonicalisation passes over it.
    """
    need(len(octets) <= MESSAGE_LIMIT, "too-large")
    need(b"<!" not in octets, "markup-declaration")
    need(octets.count(b"<?") == (_DECLARATION.match(octets) is not None), "processing-instruction")
    return _tree(octets, _STRICT)


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
    """Every element and attribute is on the list, IDs are unique, nothing is too deep or too many. Raises Refused."""
    ids: set[str] = set()
    level, depth, seen = [root], 0, 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        need(depth <= _DEPTH_LIMIT, "too-deep")
        need(seen <= _ELEMENT_LIMIT, "too-many-elements")
        level = [child for node in level for child in _known(node, vocabulary, ids)]


def _known(node: Element, vocabulary: Vocabulary, ids: set[str]) -> list[Element]:
    """The children of an element that is in order."""
    attributes = vocabulary.get(node.tag)
    if attributes is None:
        raise Refused("unknown-element")
    for name, value in node.items():
        if name[-2:] in _ID_SPELLINGS:
            _note_id(name, value, ids)
        if name not in attributes:
            raise Refused("unknown-attribute")
    inside = list(node)
    if inside:
        _need_no_stray_text(node, inside)
    return inside


def _note_id(name: str, value: str, ids: set[str]) -> None:
    """One element per ID for every reader: signature wrapping begins with two answers to "which element is this?"."""
    if name.rpartition("}")[2].lower() != "id":
        return
    need(name == "ID", "id-spelling")
    need(bool(value) and value not in ids, "id-not-unique")
    ids.add(value)


def _need_no_stray_text(node: Element, inside: list[Element]) -> None:
    for text in (node.text, *[child.tail for child in inside]):
        if text and not text.isspace():
            raise Refused("stray-text")


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
    found = list(node)
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
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("base64") from None


def decode_posted(field: str) -> bytes:
    """The XML in a form field of the HTTP-POST binding. Never inflated: that is the Redirect binding's business."""
    need(len(field) <= MESSAGE_LIMIT, "too-large")
    octets = decode64(field)
    need(octets.startswith(b"<"), "not-xml")
    return octets
