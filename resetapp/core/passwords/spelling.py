"""How one word can be written: capitals, accents, æ ø å in two ways, digits and signs in the place of letters.

The same is done to the password and to the words it is compared with (security.md 4.5). `static/script.js` does as
`fold`, `forms` and `spelled` do for the names, so that it never ticks off what is refused here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

SHORTEST_NAME = 3  # shorter parts of a name are in half of all words (MS-SAMR 3.1.1.7.2 looks at three and more, too)
_FULL = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
_SHORT = str.maketrans({"æ": "ae", "ø": "o", "å": "a"})
_LEET = "034578@$!€"
_LETTERS = "oeastbasie"
_READ_AS = (str.maketrans("1" + _LEET, "i" + _LETTERS), str.maketrans("1" + _LEET, "l" + _LETTERS))
_BETWEEN = re.compile(r"[\s.,_@+'#-]+")


class Spelling(NamedTuple):
    """A text folded, and as it reads with digits and signs as letters. Both have the same length."""

    plain: str
    read: str

    def places(self, word: str) -> Iterator[int]:
        """Where the word begins. Digits alone spell nothing: 2013 holds no Ole."""
        yield from finds(self.plain, word)
        if self.read != self.plain:
            yield from (n for n in finds(self.read, word) if self.has_letter(n, n + len(word)))

    def has_letter(self, start: int, end: int) -> bool:
        return any(c.isalpha() for c in self.plain[start:end])


def finds(text: str, piece: str) -> Iterator[int]:
    """Every place where the piece begins, overlapping ones too."""
    place = text.find(piece)
    while place != -1:
        yield place
        place = text.find(piece, place + 1)


def fold(text: str) -> str:
    """Lower case, accents gone, æ ø å kept: "É" and "e" are one letter to who guesses."""
    lowered = unicodedata.normalize("NFC", text.lower())
    if lowered.isascii():
        return lowered
    return "".join(c if c in "æøå" else unicodedata.normalize("NFD", c)[0] for c in lowered)


def forms(text: str) -> tuple[str, ...]:
    """Folded, with æ ø å as ae oe aa and, where that differs, as ae o a: both are how people avoid them."""
    folded = fold(text)
    return tuple(dict.fromkeys((folded.translate(_FULL), folded.translate(_SHORT))))


def spelled(text: str) -> tuple[Spelling, ...]:
    """Every way to read the text: p4$$w0rd as password, 1 as i and as l."""
    ways = [Spelling(plain, plain.translate(read)) for plain in forms(text) for read in _READ_AS]
    return tuple(dict.fromkeys(ways))


def words_of(names: Iterable[str]) -> tuple[str, ...]:
    """Names whole and in parts, in all forms, the longest first."""
    return tuple(sorted(name_parts(names), key=lambda word: (-len(word), word)))


def name_parts(names: Iterable[str]) -> tuple[str, ...]:
    """Usernames and the parts of names that are long enough to be recognised, in all forms.

    Of a mail address the part before the @ alone: the rest belongs to the institution, not to the person.
    """
    local = [name.partition("@")[0] or name for name in names]
    words = {word for name in local for part in (name, *_BETWEEN.split(name)) for word in forms(part.strip())}
    return tuple(sorted(word for word in words if len(word) >= SHORTEST_NAME))
