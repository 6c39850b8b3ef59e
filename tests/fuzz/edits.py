"""What may happen to an XML document at random: to its octets, to its tree, and to what parsers disagree about."""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy

from lxml import etree

from tests.saml.scene import DS, SAML, SAMLP, XENC

Edit = Callable[[etree._Element, random.Random], None]

_TAGS = (
    *(SAML + name for name in ("Assertion", "Subject", "Advice", "Attribute", "AttributeValue", "EncryptedAssertion")),
    *(SAMLP + name for name in ("Response", "Extensions", "Status", "LogoutRequest")),
    *(DS + name for name in ("Signature", "Object", "SignedInfo", "Reference", "KeyInfo", "Transforms")),
    *(XENC + name for name in ("EncryptedData", "EncryptedKey", "CipherReference")),
    *("x", "{urn:x}Assertion", "{http://www.w3.org/2001/XInclude}include"),
)
_ATTRIBUTES = (
    *("ID", "Id", "id", "iD", "{http://www.w3.org/XML/1998/namespace}id", "Version", "IssueInstant", "Destination"),
    *("Recipient", "InResponseTo", "NotOnOrAfter", "NotBefore", "URI", "Algorithm", "Type", "Name", "Format", "Method"),
    *("{http://www.w3.org/2001/XMLSchema-instance}type", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"),
)
_WORDS = (
    *("", " ", "\n", "0", "-1", "#", "true", "Substantial", "High", "2999-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    *("urn:mace:terena.org:schac:personalUniqueID:dk:CPR:6102901234", "https://other.example", "æ" * 40, "A" * 9000),
    *("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "\u200d", "%00"),
    *("http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/2001/04/xmlenc#rsa-1_5", "../../etc/passwd"),
)


def changed_octets(octets: bytes, dice: random.Random) -> bytes:
    """Some octets somewhere replaced, added, taken away, said twice, or everything after them cut off."""
    start, length = dice.randrange(len(octets)), dice.choice((1, 1, 2, 5, 40, 400))
    before, part, after = octets[:start], octets[start : start + length], octets[start + length :]
    match dice.randrange(6):
        case 0:
            return before + bytes(each ^ 1 << dice.randrange(8) for each in part) + after
        case 1:
            return before + dice.randbytes(length) + part + after
        case 2:
            return before + after
        case 3:
            return before + part + part + after
        case 4:
            return before or b"<"
        case _:
            return (
                before + dice.choice((b"\0", b"<", b">", b"&", b'"', b"]]>", b"\xff\xfe", b"\xc0\xaf")) + part + after
            )


def _somewhere(root: etree._Element, dice: random.Random) -> etree._Element:
    return dice.choice(list(root.iter("*")))


def _remove(root: etree._Element, dice: random.Random) -> None:
    node = _somewhere(root, dice)
    if (parent := node.getparent()) is not None:
        parent.remove(node)


def _double(root: etree._Element, dice: random.Random) -> None:
    node = _somewhere(root, dice)
    if (parent := node.getparent()) is not None:
        parent.insert(dice.randint(0, len(parent)), deepcopy(node))


def _move(root: etree._Element, dice: random.Random) -> None:
    """With all that is in it, to a place that is not in it."""
    node, home = _somewhere(root, dice), _somewhere(root, dice)
    if node.getparent() is not None and node is not home and node not in home.iterancestors():
        home.insert(dice.randint(0, len(home)), node)


def _rename(root: etree._Element, dice: random.Random) -> None:
    _somewhere(root, dice).tag = dice.choice(_TAGS)


def _wrap(root: etree._Element, dice: random.Random) -> None:
    node = _somewhere(root, dice)
    if (parent := node.getparent()) is not None:
        around, place = etree.Element(dice.choice(_TAGS)), parent.index(node)
        around.append(node)
        parent.insert(place, around)


def _set(root: etree._Element, dice: random.Random) -> None:
    node = _somewhere(root, dice)
    node.set(dice.choice((*_ATTRIBUTES, *node.attrib)), dice.choice(_WORDS).replace("\0", ""))


def _unset(root: etree._Element, dice: random.Random) -> None:
    node = _somewhere(root, dice)
    if names := sorted(node.attrib):
        del node.attrib[dice.choice(names)]


def _say(root: etree._Element, dice: random.Random) -> None:
    _somewhere(root, dice).text = dice.choice(_WORDS)


def _exchange(root: etree._Element, dice: random.Random) -> None:
    """Texts of two elements."""
    one, other = _somewhere(root, dice), _somewhere(root, dice)
    one.text, other.text = other.text, one.text


_EDITS: Sequence[Edit] = (_remove, _double, _move, _rename, _wrap, _set, _unset, _say, _exchange)


def edited(root: etree._Element, dice: random.Random) -> etree._Element:
    """A copy of the document after one to three edits."""
    copy = deepcopy(root)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        dice.choice(_EDITS)(copy, dice)
    return copy


def with_foreign_syntax(octets: bytes, dice: random.Random, listener: str) -> bytes:
    """With what no SAML message needs and some parser acts upon. `listener`: an address that nobody may ask."""
    head = dice.choice(
        (
            f'<!DOCTYPE r SYSTEM "{listener}dtd">',
            f'<!DOCTYPE r [<!ENTITY e SYSTEM "{listener}entity">]>',
            f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{listener}parameter">%p;]>',
            '<!DOCTYPE r [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;">]>',
            "<!DOCTYPE r [<!ATTLIST Assertion ID ID #IMPLIED>]>",
            f'<?xml-stylesheet type="text/xsl" href="{listener}style"?>',
            '<?xml version="1.1"?>',
            '<?xml version="1.0" encoding="UTF-7"?>',
            "",
        )
    )
    inside = dice.choice(
        (
            *("&e;", "<!-- c -->", "<?pi x?>", "<![CDATA[x]]>", "&#0;", "&#x10FFFF;", "&lt;", "<x/>", "\x0b", "&amp"),
            f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{listener}include"/>',
        )
    )
    places = [place for place, each in enumerate(octets) if each == 0x3E][:-1] or [0]
    place = dice.choice(places) + 1
    return head.encode() + octets[:place] + inside.encode() + octets[place:]
