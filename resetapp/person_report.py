"""What `resetapp person` prints to be read: the export in Danish or English, and what an erasure comes to."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from resetapp import texts
from resetapp.storage.persons import Erased

_INDENT = "  "
WORDS: Final = frozenset({"outcome", "state", "change", "channel"})  # whose values are words of ours, with a text each
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def report(kept: dict[str, object], language: str) -> str:
    """An export (`person.export`) as lines: what each thing is, and its value. Times are those of Danish clocks."""
    return "\n".join([texts.text(language, "export.title"), "", *_lines(kept, language, "")])


def _lines(found: dict[str, Any], language: str, indent: str) -> Iterator[str]:
    for key, value in found.items():
        label = f"{indent}{texts.text(language, f'export.{key}')}"
        match value:
            case dict():
                yield f"{label}:"
                yield from _lines(value, language, indent + _INDENT)
            case [dict(), *_]:
                for number, each in enumerate(value, start=1):
                    yield f"{label} {number}:"
                    yield from _lines(each, language, indent + _INDENT)
            case _:
                yield f"{label}: {_value(key, value, language)}"


def _value(key: str, value: object, language: str) -> str:
    match value:
        case None | "" | []:
            return "–"
        case bool():
            return texts.text(language, "export.yes" if value else "export.no")
        case list():
            return ", ".join(_value("", each, language) for each in value)
        case str() if key.endswith("_at"):
            return texts.date_time(language, datetime.fromisoformat(value))
        case str() if key in WORDS:
            return texts.text(language, f"export.is_{value}")
    return _CONTROL.sub("\ufffd", str(value))  # terminal escapes: a name in a directory may hold anything


def erasure(erased: Erased, verb: str) -> str:
    """`verb`: "would be" or "were"."""
    lines = [
        f"{erased.ended} logins {verb} ended.",
        f"{erased.logins} logins {verb} erased, with all that belongs to them, and {erased.counts} counts.",
        f"{erased.kept} logins {verb} emptied and kept: {erased.changes} requests in them were sent to a directory.",
    ]
    if erased.kept:
        lines.append("They prove what was changed, and go when their time is over (docs/data.md).")
    if erased.unsettled:
        lines.append(f"What became of {erased.unsettled} of them is not known yet; `resetapp settle` finds out.")
    if erased.mails:
        lines.append(f"{erased.mails} mails about them wait to be sent; their addresses go with the sending.")
    if erased.mappings:
        lines.append(f"{erased.mappings} mappings of the number to an account {verb} ended.")
    return "\n".join(lines)
