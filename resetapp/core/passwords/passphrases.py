"""Passphrases to suggest: four Danish words or more, drawn at random, that keep every rule there is for the person."""

import math
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from resetapp.core.passwords.check import check_password
from resetapp.core.passwords.rules import PasswordRules, PersonWords
from resetapp.core.secret import Secret

LEAST_BITS = 48
_FEWEST_WORDS, _MOST_WORDS = 4, 6
_BETWEEN = "-"  # on every keyboard, a sign for Active Directory, and nothing that a client would trim
_DIGITS = "23456789"  # 0 and 1 look like letters
_DRAWS = 50  # one in a few is refused at most: for the person's name, or two words that everybody uses


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which words, and how many of them at least."""

    words: tuple[str, ...]
    count: int

    @property
    def bits(self) -> float:
        """What a guesser who knows the recipe and the list has to search through, as a power of two."""
        return self.count * math.log2(len(self.words))


@cache
def passphrase_words() -> tuple[str, ...]:
    lines = Path(__file__).with_name("passphrase_words.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def suggest(rules: PasswordRules, person: PersonWords, count: int) -> tuple[str, ...]:
    """So many passphrases, or fewer where the rules leave no room for strong ones. Secrets: never log or store them."""
    recipe = recipe_for(rules)
    if recipe is None:
        return ()
    drawn = (_draw(recipe, rules, person) for _ in range(count))
    return tuple(phrase for phrase in drawn if phrase)


@cache
def _fitting(longest: int, ascii_only: bool) -> tuple[str, ...]:
    return tuple(word for word in passphrase_words() if len(word) <= longest and (word.isascii() or not ascii_only))


def recipe_for(rules: PasswordRules) -> Recipe | None:
    """The fewest words that give 48 bits and fit even when all are long; None where nothing does."""
    for count in range(_FEWEST_WORDS, _MOST_WORDS + 1):
        room = rules.maximum - (count - 1) - 1  # what stands between the words, and a digit
        words = _fitting(min(room // count, 9), rules.ascii_only)
        if words and (recipe := Recipe(words, count)).bits >= LEAST_BITS:
            return recipe
    return None


def _draw(recipe: Recipe, rules: PasswordRules, person: PersonWords) -> str:
    """Empty when the rules refuse everything that comes, as they do where directories exclude each other."""
    for _ in range(_DRAWS):
        words = [secrets.choice(recipe.words) for _ in range(recipe.count)]
        while len(phrase := _written(words, rules)) < rules.minimum:
            words.append(secrets.choice(recipe.words))
        if not check_password(Secret(phrase), rules, person):
            return phrase
    return ""


def _written(words: list[str], rules: PasswordRules) -> str:
    """For a directory that demands three kinds of characters with a capital and a digit besides."""
    phrase = _BETWEEN.join(words)
    return phrase[0].upper() + phrase[1:] + secrets.choice(_DIGITS) if rules.complexity else phrase
