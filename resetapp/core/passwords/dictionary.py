"""The operating system's lists of words, when it has them: /usr/share/dict of Debian's wdanish, wbritish and others."""

from array import array
from collections.abc import Iterator
from pathlib import Path

from resetapp.core.passwords.spelling import forms

SYSTEM_FILES = tuple(
    Path("/usr/share/dict") / name for name in ("danish", "british-english", "american-english", "words")
)
_SLOTS = 1 << 20  # of eight bytes
_MOST_WORDS = 700_000  # fuller than two thirds a table gets slow; a Danish and an English list are 450 000
_SHORTEST_WORD = 4
_EMPTY = 0


class WordLists:
    """Words in all forms, as their hashes in one table of 8 MB however long the files are. Read at the first question.

    A file that is not there or cannot be read is passed over: the lists are a help, not a condition.
    """

    def __init__(self, files: tuple[Path, ...] = SYSTEM_FILES) -> None:
        self._files = files
        self._table: array[int] | None = None

    def __contains__(self, word: object) -> bool:
        """Whether a folded word, in either form, is in one of the lists."""
        if self._table is None:
            self._table = _filled(self._files)
        hashed = hash(word) or 1
        return self._table[_slot(self._table, hashed)] == hashed

    def __len__(self) -> int:
        return sum(map(bool, self._table or ()))


def _filled(files: tuple[Path, ...]) -> "array[int]":
    table = array("q", bytes(8 * _SLOTS))
    count = 0
    for word in _words(files):
        hashed = hash(word) or 1  # of 64 bits: that two of half a million agree happens once in a hundred million times
        slot = _slot(table, hashed)
        if table[slot] == _EMPTY:
            table[slot] = hashed
            count += 1
        if count == _MOST_WORDS:
            break
    return table


def _slot(table: "array[int]", hashed: int) -> int:
    """Where this hash is, or the empty place where it would be."""
    slot = hashed & (_SLOTS - 1)
    while table[slot] not in (_EMPTY, hashed):
        slot = (slot + 1) & (_SLOTS - 1)
    return slot


def _words(files: tuple[Path, ...]) -> Iterator[str]:
    for file in dict.fromkeys(path.resolve() for path in files):  # "words" is mostly a link to one of the others
        try:
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    word = line.strip().lower()
                    if len(word) >= _SHORTEST_WORD:
                        yield from (word,) if word.isascii() else forms(word)
        except OSError:
            continue
