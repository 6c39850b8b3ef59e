"""Builds a list from the published files: one pass, a few megabytes of memory however long they are."""

import fcntl
import os
import secrets
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from resetapp.breached.form import (
    BUCKETS,
    DATA_FILE,
    MOST_ENTRIES,
    About,
    BreachedTrouble,
    sync_folder,
    write_about,
)
from resetapp.breached.sources import pieces

_INDEX_DIGITS = 6  # hexadecimal: the three bytes that choose the bucket
_TAIL_END = 16  # where the 64 bits end
_FLUSH = 1 << 14  # index entries


class _Index:
    """Writes entry b when the first record of a bucket above it has come."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._entries = array("I")
        self._next = 0
        self.total = 0

    def add(self, bucket: int, records: int) -> None:
        self._fill(bucket + 1)
        self.total += records

    def _fill(self, end: int) -> None:
        """All entries below `end` that are not written yet: as many records as there are now lie before them."""
        while self._next < end:
            step = min(end - self._next, _FLUSH)
            self._entries.extend([self.total] * step)
            self._next += step
            if len(self._entries) >= _FLUSH:
                self._flush()

    def _flush(self) -> None:
        if sys.byteorder == "big":
            self._entries.byteswap()
        self._file.write(self._entries.tobytes())
        self._entries = array("I")

    def finish(self) -> None:
        self._fill(BUCKETS + 1)
        self._flush()


def build(files: Sequence[Path], folder: Path, minimum_count: int, progress: Callable[[int], object]) -> About:
    """The list of the passwords seen at least `minimum_count` times. `progress` is told the bytes read, bit by bit.

    A list that is there stays in use until the new one is whole, and if anything fails for good.
    Raises BreachedTrouble.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _replace(files, folder, minimum_count, progress)
    except OSError as error:
        problem = f"{folder} cannot be written ({os.strerror(error.errno or 0)})"
        raise BreachedTrouble(problem, "Make room, or check the folder's owner and mode") from None


def _replace(files: Sequence[Path], folder: Path, minimum_count: int, progress: Callable[[int], object]) -> About:
    generation = secrets.token_hex(8)
    index, tails = folder / f"index-{generation}", folder / f"tails-{generation}"
    try:
        with index.open("wb") as index_file, tails.open("wb") as tails_file:
            entries = _write(files, minimum_count, index_file, tails_file, progress)
            for file in (index_file, tails_file):
                file.flush()
                os.fsync(file.fileno())
        sync_folder(folder)
        about = About(entries, minimum_count, datetime.now(UTC).replace(microsecond=0), index.name, tails.name)
        write_about(folder, about)
    except BaseException:  # Ctrl-C, too: nothing half-done stays
        index.unlink(missing_ok=True)
        tails.unlink(missing_ok=True)
        raise
    _sweep(folder, about)
    return about


def _write(
    files: Sequence[Path], minimum_count: int, index_file: IO[bytes], tails_file: IO[bytes],
    progress: Callable[[int], object],
) -> int:  # fmt: skip
    index = _Index(index_file)
    for piece in pieces(files, minimum_count):
        for bucket, records in Counter([one[:_INDEX_DIGITS] for one in piece.hashes]).items():
            index.add(int(bucket, 16), records)
        if index.total > MOST_ENTRIES:
            raise BreachedTrouble("there are more than 2^32 passwords", "Choose a larger --min-count")
        tails_file.write(bytes.fromhex(b"".join([one[_INDEX_DIGITS:_TAIL_END] for one in piece.hashes]).decode()))
        progress(piece.read)
    if not index.total:
        raise BreachedTrouble(
            f"no password was seen {minimum_count} times", "Choose other files or a smaller --min-count"
        )
    index.finish()
    return index.total


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two builds in one folder would sweep away each other's files. The lock ends with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise BreachedTrouble(f"another build is at work in {folder}", "Wait for its end") from None
    try:
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path, about: About) -> None:
    """Lists of before, and what a killed build has left. Workers that have them open keep them until they restart."""
    for file in folder.iterdir():
        if DATA_FILE.fullmatch(file.name) and file.name not in (about.index, about.tails):
            file.unlink(missing_ok=True)
