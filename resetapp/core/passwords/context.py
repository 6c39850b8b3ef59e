"""Words that somebody who guesses tries first, and what is left of a password without them.

The rule can be explained: take away names, the institution's words, seasons, months, weekdays, rows of the keyboard,
years and runs; half of the shortest allowed length must be left (security.md 4.5). One letter too many, missing or
wrong does not save a longer word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from resetapp.core.outcomes import Refusal
from resetapp.core.passwords.runs import run_spans
from resetapp.core.passwords.spelling import Spelling, finds, forms

_SHORTEST_FUZZY = 6
_YEAR = re.compile(r"(?:19|20)[0-9][0-9]")
_CALENDAR = """
forår sommer efterår vinter spring summer autumn fall winter
januar februar marts april maj juni juli august september oktober november december
january february march may june july october
mandag tirsdag onsdag torsdag fredag lørdag søndag
monday tuesday wednesday thursday friday saturday sunday
"""
_KEYBOARD = "qwertyuiop qwertyuiopå qwertzuiop asdfghjkl asdfghjklæø zxcvbnm qwerty asdfgh"

EVERYBODYS_WORDS = tuple(dict.fromkeys(form for word in f"{_CALENDAR} {_KEYBOARD}".split() for form in forms(word)))


def contains_any(spellings: Iterable[Spelling], words: Iterable[str]) -> bool:
    known = tuple(words)
    return any(True for spelling in spellings for word in known for _ in spelling.places(word))


def too_little_left(spellings: Iterable[Spelling], least: int, words: Mapping[Refusal, Iterable[str]]) -> set[Refusal]:
    """Why too little is left: whose words were taken out, or SEQUENCE or REPEATED when it was only runs.

    Years are taken out as well, but alone they are no reason. Empty when `least` characters are left.
    """
    known = {reason: tuple(group) for reason, group in words.items()}
    reasons: set[Refusal] = set()
    for spelling in spellings:
        reasons |= _reasons(spelling, least, known)
    return reasons


def _reasons(spelling: Spelling, least: int, words: Mapping[Refusal, tuple[str, ...]]) -> set[Refusal]:
    taken = bytearray(len(spelling.plain))
    found = {reason for reason, group in words.items() if _take_words(spelling, group, taken)}
    runs = _take_runs(spelling.plain, taken)
    if _left(spelling.plain, taken) >= least:
        return set()
    return found or runs


def _take_words(spelling: Spelling, words: tuple[str, ...], taken: bytearray) -> bool:
    found = False
    for word in words:
        for start, end in _places(spelling, word):
            taken[start:end] = b"\1" * (end - start)
            found = True
    return found


def _take_runs(plain: str, taken: bytearray) -> set[Refusal]:
    reasons = set()
    for start, end, same in run_spans(plain):
        reasons.add(Refusal.REPEATED if same else Refusal.SEQUENCE)
        taken[start:end] = b"\1" * (end - start)
    for year in _YEAR.finditer(plain):
        taken[year.start() : year.end()] = b"\1" * 4
    return reasons


def _left(plain: str, taken: bytearray) -> int:
    return sum(not gone and not c.isspace() for c, gone in zip(plain, taken, strict=True))


def _places(spelling: Spelling, word: str) -> Iterator[tuple[int, int]]:
    """Where the word stands; from six letters on also with one letter wrong, too many or missing."""
    if len(word) < _SHORTEST_FUZZY:
        yield from ((place, place + len(word)) for place in spelling.places(word))
        return
    for reading in dict.fromkeys(spelling):
        yield from (span for span in _near_places(reading, word) if spelling.has_letter(*span))


def _near_places(text: str, word: str) -> Iterator[tuple[int, int]]:
    """One mistake leaves one half of the word whole: look there for the other half."""
    half = len(word) // 2
    first, second = word[:half], word[half:]
    for place in finds(text, first):
        after = place + half
        for length in (len(second), len(second) - 1, len(second) + 1):
            if _one_edit(text[after : after + length], second):
                yield place, min(after + length, len(text))
                break
    for place in finds(text, second):
        for length in (half, half - 1, half + 1):
            if length <= place and _one_edit(text[place - length : place], first):
                yield place - length, place + len(second)
                break


def _one_edit(one: str, two: str) -> bool:
    """Equal, or one letter exchanged, added or left out."""
    if one == two:
        return True
    short, long = sorted((one, two), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = short[same + 1 :] if len(short) == len(long) else short[same:]
    return rest == long[same + 1 :]
