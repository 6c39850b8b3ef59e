"""Which characters a password may have, and of which kinds they are."""

import stringprep
import unicodedata

_BAD_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SIGNS = frozenset("~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/")  # MS-SAMR 3.1.1.7.2; neither a space nor € is among them
KINDS_DEMANDED = 3


def acceptable(text: str, ascii_only: bool) -> bool:
    """Only what comes back the same from SASLprep (RFC 4013): clients apply it before a bind, slapd stores raw bytes.

    A password that SASLprep changes would be set and could then never be used.
    """
    if ascii_only and not text.isascii():
        return False
    if unicodedata.normalize("NFKC", text) != text:
        return False
    if any(unicodedata.category(c) in _BAD_CATEGORIES or (c.isspace() and c != " ") for c in text):
        return False
    return not any(stringprep.in_table_b1(c) or stringprep.in_table_c12(c) for c in text) and _bidi_stable(text)


def bad_characters(text: str, ascii_only: bool) -> list[str]:
    """The characters that our rules do not accept, in their order, for the error's text."""
    return [c for c in dict.fromkeys(text) if not acceptable(c, ascii_only)]


def _bidi_stable(text: str) -> bool:
    """RFC 3454 section 6: right-to-left text must begin and end so, and hold no left-to-right letters."""
    if not any(stringprep.in_table_d1(c) for c in text):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(stringprep.in_table_d2(c) for c in text)


def kinds(text: str) -> int:
    """How many of Active Directory's five kinds the text has (MS-SAMR 3.1.1.7.2).

    Capitals, small letters, the digits 0 to 9, the signs listed there, and letters that have no case.
    """
    return len({kind for c in text if (kind := _kind(c))})


def _kind(c: str) -> str:
    if c in "0123456789":
        return "digit"
    if c in _SIGNS:
        return "sign"
    match unicodedata.category(c):
        case "Lu":
            return "capital"
        case "Ll":
            return "small"
        case "Lt" | "Lm" | "Lo":
            return "caseless"
        case _:
            return ""
