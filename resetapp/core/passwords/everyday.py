"""Passwords that are one or two everyday words, with the digits, rows and signs that everybody adds."""

import re
from collections.abc import Container, Iterable
from functools import cache
from pathlib import Path

from resetapp.core.passwords.runs import run_spans
from resetapp.core.passwords.spelling import Spelling, forms

_LEAST_REST = 4  # letters that must be left when words everybody tries are taken away
_MOST_COMMON_WORDS = 2  # three or more everyday words in a row are a passphrase
_SHORTEST_WORD = 3  # shorter ones are in every text
_CORE = re.compile(r"[^\W\d_](?:.*[^\W\d_])?", re.DOTALL)  # from the first letter to the last


@cache
def common_words() -> tuple[str, ...]:
    """Words that passwords are commonly built on, in all forms, longest first."""
    lines = Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").splitlines()
    words = {form for line in lines if not line.startswith("#") for word in line.split() for form in forms(word)}
    return tuple(sorted((word for word in words if len(word) >= _SHORTEST_WORD), key=lambda word: (-len(word), word)))


def is_built_on(spellings: Iterable[Spelling], words: tuple[str, ...]) -> bool:
    """Is the password one or two such words (given longest first) with next to nothing beside them?"""
    return any(_little_left(spelling, words) for spelling in spellings)


def _little_left(spelling: Spelling, words: tuple[str, ...]) -> bool:
    rest, found = list(spelling.plain), set()
    for word in words:
        for place in spelling.places(word):
            if any(rest[place : place + len(word)]):  # else it is a part of a word that is already taken out
                found.add(word)
                rest[place : place + len(word)] = [""] * len(word)
        if len(found) > _MOST_COMMON_WORDS:
            return False
    return bool(found) and _letters_left(spelling.plain, rest) < _LEAST_REST


def _letters_left(plain: str, rest: list[str]) -> int:
    for start, end, _ in run_spans(plain):
        rest[start:end] = [""] * (end - start)
    return sum(c.isalpha() for c in rest)


def is_one_word(spellings: Iterable[Spelling], dictionary: Container[str]) -> bool:
    """Is the whole password one word of a dictionary, without the digits and signs at its ends?"""
    return any(core in dictionary for spelling in spellings for core in _cores(spelling))


def _cores(spelling: Spelling) -> set[str]:
    """A digit at an end may be added or stand for a letter: "3lefant12" is elefant."""
    found = _CORE.search(spelling.plain)
    if found is None:
        return set()
    start, end = found.span()
    read = {spelling.read[begin:stop] for begin in (0, start) for stop in (end, len(spelling.read))}
    return {found[0], *(core[0] for each in read if (core := _CORE.search(each)))}
