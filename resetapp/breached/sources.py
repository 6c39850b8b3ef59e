"""The published files of leaked passwords, read in order and piece by piece. Everything malformed is told by line.

Known are the range files (one for each five hexadecimal digits, "0A1B2" or "0A1B2.txt", with lines of the other 35
digits, a colon and a count), a folder of them, and the single ordered file (lines of 40 digits, a colon and a count);
each of them as it is or compressed with gzip.
"""

import gzip
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import lt
from pathlib import Path
from typing import IO

from resetapp.breached.form import BreachedTrouble

DIGITS = 40  # of a SHA-1
RANGES = 1 << 20
RANGE_BYTES = 40_000  # about what one holds: only for the progress bar
_PREFIX = 5
_PIECE = 1 << 20  # bytes
_LONGEST_LINE = 200
_GZIP = b"\x1f\x8b"
_RANGE_NAME = re.compile(r"([0-9A-F]{5}|[0-9a-f]{5})(?:\.txt)?(?:\.gz)?")
_ENDS = ("", ".txt", ".gz", ".txt.gz")
_ORDERED = "Give the files in the order of their hashes, each once"
_PUBLISHED = "Give the files as they are published; fetch a damaged one again"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some hashes in ascending order (40 upper-case digits each), and how many bytes on the disk they took."""

    hashes: list[bytes]
    read: int


def total(files: Iterable[Path]) -> int:
    """Bytes, as `Piece.read` counts them. Raises BreachedTrouble for a file that is not there."""
    return sum(RANGES * RANGE_BYTES if file.is_dir() else _size(file) for file in files)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise _unreadable(file, error) from None


def pieces(files: Iterable[Path], minimum_count: int) -> Iterator[Piece]:
    """All hashes seen at least so often. Raises BreachedTrouble naming file and line."""
    last = b""
    for file, prefix, counts_as in _each(files):
        for line, hashes, counts, read in _parsed(file, prefix):
            _demand_order(file, line, last, hashes)
            last = hashes[-1]
            kept = [one for one, count in zip(hashes, counts, strict=True) if count >= minimum_count]
            yield Piece(kept, 0 if counts_as else read)
        yield Piece([], counts_as)


def _each(files: Iterable[Path]) -> Iterator[tuple[Path, bytes, int]]:
    """(file, the digits its lines lack, what it counts for the progress when that is not its size)."""
    for file in files:
        if file.is_dir():
            yield from _ranges(file)
        else:
            name = _RANGE_NAME.fullmatch(file.name)
            yield file, name[1].upper().encode() if name else b"", 0


def _ranges(folder: Path) -> Iterator[tuple[Path, bytes, int]]:
    """In the order of their digits. What else lies in the folder is passed over."""
    found, passed = _found_in(folder), 0
    for number, name in enumerate(found):
        passed += RANGE_BYTES
        if name:
            prefix = f"{number:05X}"
            written = prefix if name <= len(_ENDS) else prefix.lower()
            yield folder / f"{written}{_ENDS[(name - 1) % len(_ENDS)]}", prefix.encode(), passed
            passed = 0
    if not any(found):
        raise BreachedTrouble(f"{folder} holds no range file such as 00000 or 00000.txt", _PUBLISHED)


def _found_in(folder: Path) -> bytearray:
    """For each range how its file's name is written: a list of a million names would take a hundred megabytes."""
    found = bytearray(RANGES)
    with os.scandir(folder) as entries:
        for entry in entries:
            if name := _RANGE_NAME.fullmatch(entry.name):
                number = int(name[1], 16)
                if found[number]:
                    raise BreachedTrouble(f"{folder} holds the range {name[1].upper()} twice", "Remove one of them")
                small = len(_ENDS) if name[1] != name[1].upper() else 0
                found[number] = 1 + small + _ENDS.index(entry.name[_PREFIX:])
    return found


def _parsed(file: Path, prefix: bytes) -> Iterator[tuple[int, list[bytes], list[int], int]]:
    """(number of the first line, hashes, counts, bytes read) of one piece after another; never an empty one."""
    first, before = 1, 0
    for text, position in _whole_lines(file):
        lines = text.upper().split(b"\n")[:-1]
        if not lines:
            continue
        yield first, *_split(file, first, prefix, lines), position - before
        first, before = first + len(lines), position


def _split(file: Path, first: int, prefix: bytes, lines: list[bytes]) -> tuple[list[bytes], list[int]]:
    """Everything at once, as Python does quickly; only when that fails is the line looked for."""
    try:
        halves = [line.split(b":") for line in lines]
        hashes = [prefix + half for half, _ in halves]
        counts = [int(count) for _, count in halves]
        whole = len(bytes.fromhex(b"".join(hashes).decode("ascii"))) == DIGITS // 2 * len(hashes)
        if whole and set(map(len, hashes)) == {DIGITS} and min(counts) >= 0:
            return hashes, counts
    except ValueError:
        pass
    form = re.compile(rb"[0-9A-F]{%d}:[0-9]+\r?" % (DIGITS - len(prefix)))
    wrong = next((number for number, line in enumerate(lines, first) if not form.fullmatch(line)), first)
    wanted = f"{DIGITS - len(prefix)} hexadecimal digits, a colon and a number"
    raise BreachedTrouble(f"{file}, line {wrong}: is not {wanted}", _PUBLISHED)


def _demand_order(file: Path, first: int, last: bytes, hashes: list[bytes]) -> None:
    if last < hashes[0] and all(map(lt, hashes, islice(hashes, 1, None))):
        return
    before = [last, *hashes]
    wrong = next(n for n, (one, two) in enumerate(zip(before, hashes, strict=False)) if one >= two)
    raise BreachedTrouble(f"{file}, line {first + wrong}: does not come after the line before it", _ORDERED)


def _whole_lines(file: Path) -> Iterator[tuple[bytes, int]]:
    """(lines, each with its end, and how far into the file on the disk they reach)."""
    rest, number = b"", 0
    try:
        with file.open("rb") as raw:
            stream = _unpacked(raw)
            more = stream.read(_PIECE).removeprefix(b"\xef\xbb\xbf")  # the mark that some editors put first
            while more:
                rest += more
                cut = rest.rfind(b"\n") + 1
                yield rest[:cut], raw.tell()
                number, rest = number + rest.count(b"\n"), rest[cut:]
                if len(rest) > _LONGEST_LINE:
                    raise BreachedTrouble(f"{file}, line {number + 1}: is longer than any line should be", _PUBLISHED)
                more = stream.read(_PIECE)
            if rest:
                yield rest + b"\n", raw.tell()
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise BreachedTrouble(f"{file}, after line {number}: the compressed file is damaged", _PUBLISHED) from None
    except OSError as error:
        raise _unreadable(file, error) from None


def _unpacked(raw: IO[bytes]) -> IO[bytes]:
    start = raw.read(len(_GZIP))
    raw.seek(0)
    return gzip.open(raw) if start == _GZIP else raw  # type: ignore[return-value]


def _unreadable(file: Path, error: OSError) -> BreachedTrouble:
    return BreachedTrouble(f"{file} cannot be read ({os.strerror(error.errno or 0)})", "Check the path and its mode")
