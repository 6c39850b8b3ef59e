"""Runs that everybody can guess: the same character again and again, the alphabet, digits, rows of the keyboard."""

from collections.abc import Iterator
from itertools import pairwise

from resetapp.core.passwords.rules import SHORTEST_EVER

_ROWS = (
    "abcdefghijklmnopqrstuvwxyzæøå",
    "12345678901234567890",
    "qwertyuiopå",
    "qwertzuiop",
    "asdfghjklæø",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",  # down the columns
    "qazwsxedcrfvtgbyhnujm",
    "147258369",  # the number pad
)
_SAME, _ONWARD, _BACK = 0, 1, -1
_SHORTEST_RUN = 4
_SHORTEST_REPEAT = 3
_FEW = 3  # so many different characters are no password, in whatever order


def _steps() -> dict[tuple[str, str], frozenset[int]]:
    steps: dict[tuple[str, str], frozenset[int]] = {}
    for row in _ROWS:
        for one, two in pairwise(row):
            steps[one, two] = steps.get((one, two), frozenset()) | {_ONWARD}
            steps[two, one] = steps.get((two, one), frozenset()) | {_BACK}
    return steps


_STEPS = _steps()
_NO_STEP: frozenset[int] = frozenset()


def run_spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether it is one character repeated) of each run in a lower-case text; time grows with its length.

    A run goes one way all along: "abcd" and "lkjh", not "abab".
    """
    start, going = 0, _NO_STEP
    for place in range(1, len(text) + 1):
        step = _step(text[place - 1], text[place]) if place < len(text) else _NO_STEP
        if going & step:
            going &= step
            continue
        if going and place - start >= (_SHORTEST_REPEAT if _SAME in going else _SHORTEST_RUN):
            yield start, place, _SAME in going
        start, going = (place - 1 if step else place), step


def _step(one: str, two: str) -> frozenset[int]:
    return frozenset({_SAME}) if one == two else _STEPS.get((one, two), _NO_STEP)


def is_repeated(text: str) -> bool:
    """A few characters or one short piece over and over: "aaaaaaaaaaaa", "abcabcabcabc"."""
    if len(text) < SHORTEST_EVER:
        return False
    return len(set(text)) <= _FEW or any(
        text == (text[:n] * (len(text) // n + 1))[: len(text)] for n in range(1, len(text) // 3 + 1)
    )
