"""A file of mappings, as spreadsheets and student systems write it, read into rows; nothing in it is guessed.

The octets are only ever in memory, and neither a row nor a fault shows the number of a person (security.md A-08).
"""

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from resetapp.core.cpr import CprNumber, InvalidCpr, may_hold_cpr
from resetapp.mapping.faults import Findings, Flaw

MOST_OCTETS = 2 * 1024 * 1024
MOST_ROWS = 50_000
COLUMNS = ("cpr", "username", "directory")
NEEDED = COLUMNS[:2]
LONGEST_USERNAME = 256

_NAMES = {
    **dict.fromkeys(("cpr", "cprnr", "cprnummer", "cprnumber", "personnummer"), "cpr"),
    **dict.fromkeys(("username", "brugernavn", "bruger", "konto"), "username"),
    **dict.fromkeys(("directory", "katalog"), "directory"),
}
_DELIMITERS = (";", "\t", ",")
_DECLARED = re.compile(r'"?sep=(?P<delimiter>[;,\t])"?')
_AS_FORMULA = re.compile(r"=\"(?P<inside>[^\"]*)\"")  # how Excel is told to leave the digits alone
_BETWEEN = str.maketrans("", "", " -\u00a0\u2009\u2010\u2011\u2012\u2013\u202f\u2212")
_POWER = re.compile(r"[0-9](?:[.,][0-9]*)?[eE]\+?[0-9]{1,2}")
_PSEUDO = re.compile(r"(?=[0-9]*[A-Za-zÆØÅæøå])[0-9]{6}[0-9A-Za-zÆØÅæøå]{4}")
_FORMULA = ("=", "+", "-", "@")  # security.md A-09
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # Office Open XML and OpenDocument, in a zip; Excel's old form


class Row(NamedTuple):
    """`directory`: "" for whichever has the username."""

    line: int
    cpr: CprNumber
    username: str
    directory: str


class _Header(NamedTuple):
    line: int
    delimiter: str
    columns: tuple[str, ...]


def read(content: bytes, directories: Collection[str], findings: Findings, *, invented: bool = False) -> list[Row]:
    """The rows without a fault of their own; what is wrong with the others goes to `findings`. Never raises.

    `directories`: the names that may stand in the third column. `invented`: replacement numbers are taken, too, as in
    `Register`.
    """
    text = _decoded(content, findings)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []
    header = _header(lines, findings) if not findings.faults else None
    if header is None:
        return []
    whole = _cells(lines, header, findings)
    rows = [row for line, cells in whole if (row := _row(line, cells, directories, findings, invented))]
    if not findings.counts["rows"]:
        findings.add(0, Flaw.EMPTY)
    return [] if any(fault.line == 0 for fault in findings.faults) else _without_doubles(rows, findings)


def _decoded(content: bytes, findings: Findings) -> str:
    """What is no UTF-8 is read as Windows-1252, of which ISO-8859-1 is a part as far as letters go."""
    if len(content) > MOST_OCTETS:
        findings.add(0, Flaw.SIZE)
        return ""
    if content.startswith(_PACKED):
        findings.add(0, Flaw.WORKBOOK)
        return ""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "windows-1252", "iso-8859-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        findings.encoding = encoding.removesuffix("-sig")
        break
    else:
        text = "\0"
    if "\0" in text:
        findings.add(0, Flaw.TYPE)
    elif not text.strip():
        findings.add(0, Flaw.EMPTY)
    return text


def _header(lines: Sequence[str], findings: Findings) -> _Header | None:
    declared, start = "", 0
    if found := _DECLARED.fullmatch(lines[0].strip(" ")):
        declared, start = found["delimiter"], 1
    line, first = next(((n, each) for n, each in enumerate(lines[start:], start + 1) if each.strip()), (0, ""))
    delimiter = declared or next((each for each in _DELIMITERS if each in first), "")
    if not delimiter:
        findings.add(line, Flaw.DELIMITER)
        return None
    cells = _without_end(_split(first, delimiter) or [], 0)
    named = tuple(_NAMES.get(re.sub(r"[\s._-]", "", cell).lower(), "") for cell in cells)
    if "" in named or len(set(named)) < len(named) or not set(NEEDED) <= set(named):
        findings.add(line, Flaw.HEADER)
        return None
    return _Header(line, delimiter, named)


def _cells(lines: Sequence[str], header: _Header, findings: Findings) -> Iterator[tuple[int, dict[str, str]]]:
    """Line by line: a quotation mark that is never closed spoils its own line and not the rest of the file."""
    blank = str.maketrans("", "", header.delimiter + '"')
    for line, text in enumerate(lines[header.line :], header.line + 1):
        if not text.translate(blank).strip():
            findings.counts["empty"] += line < len(lines)  # what follows the last line's end is no line
            continue
        findings.counts["rows"] += 1
        if findings.counts["rows"] > MOST_ROWS:
            findings.add(0, Flaw.ROWS)
            return
        cells = _split(text, header.delimiter)
        if cells is None:
            findings.add(line, Flaw.QUOTES)
            continue
        cells = _without_end(cells, len(header.columns))
        if len(cells) != len(header.columns):
            findings.add(line, Flaw.COLUMNS, other=len(cells))
        else:
            yield line, dict(zip(header.columns, cells, strict=True))


def _without_end(cells: list[str], at_least: int) -> list[str]:
    """Excel ends each line with a delimiter for every column in which something stood once: that holds nothing."""
    end = len(cells)
    while end > at_least and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _split(text: str, delimiter: str) -> list[str] | None:
    """None: the quotation marks make no sense."""
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except csv.Error:
        return None


def _row(
    line: int, cells: dict[str, str], directories: Collection[str], findings: Findings, invented: bool
) -> Row | None:
    username, directory = cells["username"], cells.get("directory", "")
    before = len(findings.faults)
    if flaw := _flaw_of_username(username):
        findings.add(line, flaw, username)
    if directory and directory not in directories:
        findings.add(line, Flaw.DIRECTORY, username)
    cpr = _cpr(cells["cpr"], invented)
    if isinstance(cpr, Flaw):
        findings.add(line, cpr, username)
        return None
    findings.warnings["modulus"] += not _passes_modulus_11(cpr)
    return Row(line, cpr, username, directory) if len(findings.faults) == before else None


def _flaw_of_username(username: str) -> Flaw | None:
    if not username:
        return Flaw.USERNAME_MISSING
    if username.startswith(_FORMULA):
        return Flaw.FORMULA
    whole = len(username) <= LONGEST_USERNAME and username.isprintable() and not may_hold_cpr(username)
    return None if whole else Flaw.USERNAME


def _cpr(typed: str, invented: bool) -> CprNumber | Flaw:
    if found := _AS_FORMULA.fullmatch(typed):
        typed = found["inside"]
    typed = typed.removeprefix("'").translate(_BETWEEN)  # Excel's own mark of a text
    if not typed:
        return Flaw.CPR_MISSING
    try:
        cpr = CprNumber.parse(typed)
    except InvalidCpr:
        return _flaw_of_cpr(typed)
    return Flaw.CPR_REPLACEMENT if cpr.is_replacement and not invented else cpr


def _flaw_of_cpr(typed: str) -> Flaw:
    if re.fullmatch(r"[0-9]{9}", typed):
        return Flaw.EXCEL_CPR
    if _POWER.fullmatch(typed):
        return Flaw.EXCEL_POWER
    return Flaw.CPR_PSEUDO if _PSEUDO.fullmatch(typed) else Flaw.CPR


def _passes_modulus_11(cpr: CprNumber) -> bool:
    """A hint only: numbers given since 2007 need not pass (cpr.dk)."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, cpr.digits, strict=True)) % 11 == 0


def _without_doubles(rows: Sequence[Row], findings: Findings) -> list[Row]:
    """The same line twice is one row and a warning; the same account with two numbers is a fault on both lines."""
    first: dict[tuple[str, str], Row] = {}
    at_fault: set[int] = set()
    for row in rows:
        earlier = first.setdefault((row.username.casefold(), row.directory), row)
        if earlier is row:
            continue
        if earlier.cpr == row.cpr:
            findings.warnings["twice"] += 1
            continue
        note_double(findings, at_fault, (earlier.line, earlier.username), (row.line, row.username))
    return [row for row in first.values() if row.line not in at_fault]


def note_double(findings: Findings, at_fault: set[int], earlier: tuple[int, str], later: tuple[int, str]) -> None:
    """Line and username of each. `at_fault`: the lines that have a fault of this kind already; grows."""
    for (line, username), (other, _) in ((earlier, later), (later, earlier)):
        if line not in at_fault:
            at_fault.add(line)
            findings.add(line, Flaw.DUPLICATE, username, other)
