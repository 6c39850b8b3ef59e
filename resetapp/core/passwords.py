"""Our own rules for a new password, asked before the directory's. All rules are judged, so all failures show at once.

Order and reasons: length over complexity (Styrelsen for Samfundssikkerhed; NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2).
"""

import re
import stringprep
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import Refusal
from resetapp.core.secret import Secret

SHORTEST_EVER = 8
SHORTEST_AS_ONLY_FACTOR = 15
LONGEST_EVER = 256  # Active Directory's own limit (MS-SAMR 3.1.1.7.2)
_MOST_BYTES = 1024
_SHORTEST_NAME = 3  # shorter parts of a name are in half of all words
_BAD_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_SEQUENCES = ("abcdefghijklmnopqrstuvwxyzæøå", "01234567890123456789", "qwertyuiopå", "asdfghjklæø", "zxcvbnm")
_SHORTEST_RUN = 4
_LEAST_REST = 4  # letters that must be left when words everybody tries are taken away
_MOST_COMMON_WORDS = 2  # three or more everyday words in a row are a passphrase


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """Lengths in Unicode code points."""

    minimum: int
    maximum: int
    ascii_only: bool = False
    institution_words: tuple[str, ...] = ()  # as `words_of` gives them


@dataclass(frozen=True, slots=True)
class PersonWords:
    """What is known about the person and may not be part of the password. Never stored, never shown."""

    names: tuple[str, ...]
    cpr_numbers: frozenset[CprNumber] = field(default=frozenset(), repr=False)


def check_password(password: Secret, rules: PasswordRules, person: PersonWords) -> tuple[Refusal, ...]:
    """Every reason why our rules refuse the password; empty when there is none."""
    text = password.reveal()
    if not text:
        return (Refusal.EMPTY,)
    if len(text) > LONGEST_EVER:  # judged no further: the time for some rules grows with the square of the length
        return (Refusal.TOO_LONG,)
    found = {
        Refusal.TOO_SHORT: len(text) < rules.minimum,
        Refusal.TOO_LONG: len(text) > rules.maximum or len(text.encode("utf-8", "replace")) > _MOST_BYTES,
        Refusal.SPACE_AT_END: text != text.strip(" "),
        Refusal.BAD_CHARACTER: not _acceptable_characters(text, rules.ascii_only),
        Refusal.CONTAINS_NAME: _contains_name(text, person.names),
        Refusal.CONTAINS_CPR: any(_contains_cpr(text, cpr) for cpr in person.cpr_numbers),
        Refusal.CONTAINS_INSTITUTION: _built_on(text, rules.institution_words),
        Refusal.REPEATED: _repeated(text),
        Refusal.TOO_COMMON: _built_on(text, (*rules.institution_words, *common_words())) or _only_sequences(text),
    }
    return tuple(refusal for refusal, failed in found.items() if failed)


def bad_characters(text: str, ascii_only: bool) -> list[str]:
    """The characters that our rules do not accept, in their order, for the error's text."""
    return [c for c in dict.fromkeys(text) if not _acceptable_characters(c, ascii_only)]


def _acceptable_characters(text: str, ascii_only: bool) -> bool:
    """Only what comes back the same from SASLprep (RFC 4013): clients apply it before a bind, slapd stores raw bytes.

    A password that SASLprep changes would be set and could then never be used.
    """
    if ascii_only and not text.isascii():
        return False
    if unicodedata.normalize("NFKC", text) != text:
        return False
    if any(unicodedata.category(c) in _BAD_CATEGORIES or (c.isspace() and c != " ") for c in text):
        return False
    return not any(stringprep.in_table_b1(c) or stringprep.in_table_c12(c) for c in text) and _bidi_stable(text)


def _bidi_stable(text: str) -> bool:
    """RFC 3454 section 6: right-to-left text must begin and end so, and hold no left-to-right letters."""
    if not any(stringprep.in_table_d1(c) for c in text):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(stringprep.in_table_d2(c) for c in text)


def fold(text: str) -> str:
    """Lower case, accents gone, æ ø å kept: "É" and "e" are one letter to who guesses."""
    lowered = text.lower()
    return "".join(
        c if c in "æøå" else unicodedata.normalize("NFD", c)[0] for c in unicodedata.normalize("NFC", lowered)
    )


def _spellings(text: str) -> tuple[str, ...]:
    """The folded text, and as it reads with digits and signs as letters (p4$$w0rd)."""
    folded = fold(text)
    return (folded, folded.translate(_LEET))


def words_of(names: Iterable[str]) -> tuple[str, ...]:
    """An institution's names whole and in parts, folded; the longest first, lest a part be taken out of a whole."""
    return tuple(sorted(name_parts(names), key=lambda word: (-len(word), word)))


def name_parts(names: Iterable[str]) -> tuple[str, ...]:
    """Usernames and the parts of names that are long enough to be recognised, folded."""
    words = {fold(word) for name in names for word in (name, *re.split(r"[\s.,_@+'-]+", name))}
    return tuple(sorted(word for word in words if len(word) >= _SHORTEST_NAME and not word.isspace()))


def _contains_name(text: str, names: tuple[str, ...]) -> bool:
    return any(part in spelling for part in name_parts(names) for spelling in _spellings(text))


def _contains_cpr(text: str, cpr: CprNumber) -> bool:
    digits = re.sub(r"(?<=\d)[-./ ]+(?=\d)", "", text)
    born = cpr.birth_date
    forms = {cpr.digits[:6], *(born.strftime(form) for form in ("%d%m%y", "%d%m%Y", "%y%m%d", "%Y%m%d"))}
    return any(form in digits for form in forms)


def _repeated(text: str) -> bool:
    """A few characters or one short piece over and over: "aaaaaaaaaaaa", "abcabcabcabc"."""
    if len(text) < SHORTEST_EVER:
        return False
    return len(set(text)) <= 3 or any(
        text == (text[:n] * (len(text) // n + 1))[: len(text)] for n in range(1, len(text) // 3 + 1)
    )


def _built_on(text: str, words: tuple[str, ...]) -> bool:
    """Is the password one or two such words with the digits, rows and signs that everybody adds?"""
    return any(_little_left(spelling, words) for spelling in _spellings(text))


def _little_left(spelling: str, words: tuple[str, ...]) -> bool:
    rest, removed = spelling, 0
    for word in words:
        if word in rest:
            removed += rest.count(word)
            rest = rest.replace(word, " ")
    return 0 < removed <= _MOST_COMMON_WORDS and _letters(_without_sequences(rest)) < _LEAST_REST


def _only_sequences(text: str) -> bool:
    rest = _without_sequences(fold(text))
    return rest != fold(text) and _letters(rest) < _LEAST_REST


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)


def _without_sequences(text: str) -> str:
    for sequence in _SEQUENCES:
        for row in (sequence, sequence[::-1]):
            for length in range(len(row), _SHORTEST_RUN - 1, -1):
                for start in range(len(row) - length + 1):
                    text = text.replace(row[start : start + length], " ")
    return text


@cache
def common_words() -> tuple[str, ...]:
    """Folded words that passwords are commonly built on, longest first."""
    lines = Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").splitlines()
    words = {fold(word) for line in lines if not line.startswith("#") for word in line.split()}
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
