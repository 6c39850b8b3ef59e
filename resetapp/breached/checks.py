"""Whether a list is there, whole and young enough."""

import sys
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import compress, count, islice
from operator import gt
from pathlib import Path
from typing import IO

from resetapp.breached.form import BUCKETS, INDEX_ENTRY, TAIL, BreachedTrouble
from resetapp.breached.leaked import LeakedPasswords
from resetapp.core.checks import Check

_OLD = timedelta(days=365)
_STEP = 1 << 12  # buckets read at once
_WIDE = 8  # bytes of the number that a tail is compared as


def check_breached(folder: Path | None, now: datetime) -> Iterator[Check]:
    """The lines of `resetapp check-config`."""
    subject, name = "passwords", "breached list"
    if folder is None:
        yield Check(subject, name, True, "none: only passwords that our own rules know are refused")
        return
    try:
        leaked = LeakedPasswords(folder)
    except BreachedTrouble as trouble:
        yield Check(subject, name, False, trouble.problem, trouble.remedy)
        return
    leaked.close()
    old = "; older than a year: build it from fresh files" if now - leaked.about.built > _OLD else ""
    found = f"{folder}: {leaked.about.entries} passwords, built on {leaked.about.built:%Y-%m-%d}{old}"
    yield Check(subject, name, True, found)


def verify(folder: Path, progress: Callable[[int], object]) -> None:
    """Read the whole list: every index entry and the order of all records. `progress` is told the buckets read.

    Raises BreachedTrouble.
    """
    leaked = LeakedPasswords(folder)
    leaked.close()
    index, tails = folder / leaked.about.index, folder / leaked.about.tails
    with index.open("rb") as index_file, tails.open("rb") as tails_file:
        last = _numbers(index_file, 1)[0]
        for done in range(0, BUCKETS, _STEP):
            bounds = [last, *_numbers(index_file, min(_STEP, BUCKETS - done))]
            if bounds[-1] > len(leaked) or bounds != sorted(bounds):
                raise BreachedTrouble(f"{index} is not in order")
            if not _in_order(tails_file.read((bounds[-1] - last) * TAIL), bounds):
                raise BreachedTrouble(f"{tails} is not in order")
            last = bounds[-1]
            progress(len(bounds) - 1)


def _numbers(file: IO[bytes], count: int) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(file.read(count * INDEX_ENTRY))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _in_order(records: bytes, bounds: list[int]) -> bool:
    """Whether each bucket's tails ascend; two different hashes may share their first 64 bits.

    A tail may be smaller than the one before it only where a bucket begins. There is no loop of Python's own: a whole
    list has a thousand million records.
    """
    tails = _tails(records)
    descents = set(compress(count(bounds[0] + 1), map(gt, tails, islice(tails, 1, None))))
    return not descents or descents.issubset(bounds)


def _tails(records: bytes) -> "array[int]":
    """As numbers, which compare like the bytes."""
    widened = bytearray(len(records) // TAIL * _WIDE)
    for place in range(TAIL):
        widened[_WIDE - TAIL + place :: _WIDE] = records[place::TAIL]
    tails = array("Q")
    tails.frombytes(widened)
    if sys.byteorder == "little":
        tails.byteswap()
    return tails
