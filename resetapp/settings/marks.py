"""The reader of the file with the official MitID mark, which the institution gets by agreement (WAYF's terms, T19)."""

import re
from pathlib import Path

from resetapp.settings.faults import Wrong
from resetapp.settings.sections import Reading
from resetapp.settings.values import existing_file

LARGEST = 64 * 1024  # octets; a mark is a few kilobytes, and everybody fetches it
TYPES = {".svg": "image/svg+xml", ".png": "image/png"}

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<svg[\s>]", re.DOTALL)
_ACTIVE = re.compile(
    r"<!(?:DOCTYPE|ENTITY)|<\?xml-stylesheet|<(?:[\w.-]+:)?(?:script|foreignObject|iframe|object|embed|handler)\b"
    r"|[\s\"']on[a-z]+\s*=|javascript:|href\s*=\s*[\"']?\s*(?!#|data:image/)[^\s\"'#]|@import|url\(\s*[\"']?\s*(?!#)[^\s\"'#)]",
    re.IGNORECASE,
)
_EXISTING = existing_file("Put the official mark there: a PNG or SVG file from the guidelines for MitID's marks")


def mark_file(value: object, at: Reading) -> Path:
    """A small PNG, or an SVG without script or anything fetched from elsewhere.

    A browser runs nothing in a picture of a page (`<img>`), and the mark is sent under a policy that forbids it: so
    this is the second lock, against a mark that was got from the wrong place.
    """
    found = _EXISTING(value, at)
    kind = TYPES.get(found.suffix.lower())
    if kind is None:
        raise Wrong("is neither a .svg nor a .png file", "Name an SVG or PNG file of the mark")
    octets = _octets(found)
    if kind == TYPES[".png"]:
        if not octets.startswith(_PNG):
            raise Wrong("is not a PNG file, whatever its name says", "Name an SVG or PNG file of the mark")
        return found
    _demand_quiet(octets)
    return found


def _octets(file: Path) -> bytes:
    with file.open("rb") as opened:
        octets = opened.read(LARGEST + 1)
    if len(octets) > LARGEST:
        raise Wrong(f"is larger than {LARGEST // 1024} KiB", "Name a smaller file of the mark")
    return octets


def _demand_quiet(octets: bytes) -> None:
    try:
        source = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong("is not an SVG file in UTF-8", "Save it as UTF-8, or name a PNG file of the mark") from None
    if not _SVG.match(source):
        raise Wrong("is not an SVG file, whatever its name says", "Name an SVG or PNG file of the mark")
    if _ACTIVE.search(source):
        problem = "holds a script, a DOCTYPE or something fetched from elsewhere"
        raise Wrong(problem, "Get the mark from its official place, or name a PNG file of it")
