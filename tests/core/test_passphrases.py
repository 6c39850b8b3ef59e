"""The passphrases that are suggested: strong, readable, and never refused afterwards."""

import re
from unicodedata import normalize

import pytest

from resetapp.core.passwords import PasswordRules, PersonWords, check_password, words_of
from resetapp.core.passwords.passphrases import LEAST_BITS, passphrase_words, recipe_for, suggest
from resetapp.core.secret import Secret

OURS = PasswordRules(minimum=12, maximum=128)
NOBODY = PersonWords(())
ODD_RULES = {
    "ours": OURS,
    "ascii": PasswordRules(minimum=15, maximum=128, ascii_only=True),
    "complexity": PasswordRules(minimum=12, maximum=128, complexity=True),
    "long": PasswordRules(minimum=64, maximum=128),
    "tight": PasswordRules(minimum=30, maximum=33, complexity=True, ascii_only=True),
    "an institution of common words": PasswordRules(12, 128, institution_words=words_of(("Sol Sommer Skole",))),
}


def test_the_list_is_long_and_readable() -> None:
    words = passphrase_words()
    assert len(words) >= 4096
    assert len(set(words)) == len(words)
    assert [word for word in words if not re.fullmatch("[a-zæøå]{3,9}", word)] == []
    assert sorted(words, key=lambda word: ["abcdefghijklmnopqrstuvwxyzæøå".index(c) for c in word]) == list(words)


@pytest.mark.parametrize("word", ["luder", "død", "pik", "fed", "svin", "gud", "krig", "slave", "lort", "neger"])
def test_words_that_hurt_are_not_in_it(word: str) -> None:
    assert word not in passphrase_words()


@pytest.mark.parametrize("rules", ODD_RULES.values(), ids=ODD_RULES.keys())
def test_every_suggestion_keeps_the_rules_and_is_strong(rules: PasswordRules) -> None:
    recipe = recipe_for(rules)
    assert recipe is not None
    assert recipe.bits >= LEAST_BITS == 48
    assert recipe.count >= 4
    for phrase in suggest(rules, NOBODY, 30):
        assert check_password(Secret(phrase), rules, NOBODY) == ()
        assert len(phrase.split("-")) >= recipe.count
        assert normalize("NFKC", phrase) == phrase


def test_ours_are_four_words_of_fifty_bits() -> None:
    recipe = recipe_for(OURS)
    assert recipe is not None
    assert (recipe.count, round(recipe.bits)) == (4, 51)


def test_a_name_that_is_a_word_is_drawn_anew() -> None:
    """A person may be called as one in ten words begins."""
    person = PersonWords(("sol", "bær", "ing", "ste", "ter"))
    phrases = suggest(OURS, person, 40)
    assert len(phrases) == 40
    assert not any(part in phrase for phrase in phrases for part in ("sol", "ing", "ste", "ter"))


def test_no_two_are_alike() -> None:
    assert len(set(suggest(OURS, NOBODY, 200))) == 200


@pytest.mark.parametrize("maximum", [8, 16, 20])
def test_where_nothing_strong_fits_nothing_is_suggested(maximum: int) -> None:
    assert suggest(PasswordRules(minimum=8, maximum=maximum), NOBODY, 3) == ()


def test_directories_that_exclude_each_other_leave_no_suggestion() -> None:
    assert suggest(PasswordRules(minimum=90, maximum=64), NOBODY, 3) == ()
