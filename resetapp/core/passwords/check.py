"""All rules are judged, so all failures show at once (security.md 4.1).

Length over complexity: Styrelsen for Samfundssikkerhed; NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2.
"""

from resetapp.core.outcomes import Refusal
from resetapp.core.passwords.characters import KINDS_DEMANDED, acceptable, kinds
from resetapp.core.passwords.context import EVERYBODYS_WORDS, contains_any, too_little_left
from resetapp.core.passwords.everyday import common_words, is_built_on, is_one_word
from resetapp.core.passwords.personal_numbers import contains_cpr
from resetapp.core.passwords.rules import LONGEST_EVER, PasswordRules, PersonWords
from resetapp.core.passwords.runs import is_repeated
from resetapp.core.passwords.spelling import name_parts, spelled
from resetapp.core.secret import Secret

_MOST_BYTES = 1024


def check_password(password: Secret, rules: PasswordRules, person: PersonWords) -> tuple[Refusal, ...]:
    """Every reason why our rules refuse the password; empty when there is none."""
    text = password.reveal()
    if not text:
        return (Refusal.EMPTY,)
    if len(text) > LONGEST_EVER:  # judged no further: the time for some rules grows with the square of the length
        return (Refusal.TOO_LONG,)
    found = _form(text, rules) | _content(text, rules, person)
    return tuple(refusal for refusal in Refusal if refusal in found)


def _form(text: str, rules: PasswordRules) -> set[Refusal]:
    found = {
        Refusal.TOO_SHORT: len(text) < rules.minimum,
        Refusal.TOO_LONG: len(text) > rules.maximum or len(text.encode("utf-8", "replace")) > _MOST_BYTES,
        Refusal.SPACE_AT_END: text != text.strip(" "),
        Refusal.BAD_CHARACTER: not acceptable(text, rules.ascii_only),
        Refusal.TOO_FEW_KINDS: rules.complexity and kinds(text) < KINDS_DEMANDED,
    }
    return {refusal for refusal, failed in found.items() if failed}


def _content(text: str, rules: PasswordRules, person: PersonWords) -> set[Refusal]:
    spellings = spelled(text)
    names = name_parts(person.names)
    common = (*rules.institution_words, *rules.service_words, *common_words())
    found = {
        Refusal.CONTAINS_NAME: contains_any(spellings, names),
        Refusal.CONTAINS_CPR: any(contains_cpr(text, cpr) for cpr in person.cpr_numbers),
        Refusal.REPEATED: is_repeated(text),
        Refusal.TOO_COMMON: is_built_on(spellings, tuple(sorted(common, key=len, reverse=True))),
        Refusal.ONE_WORD: is_one_word(spellings, rules.dictionary),
        Refusal.BREACHED: text in rules.breached,
    }
    guessed = {
        Refusal.CONTAINS_NAME: names,
        Refusal.CONTAINS_INSTITUTION: rules.institution_words,
        Refusal.TOO_COMMON: (*EVERYBODYS_WORDS, *rules.service_words),
    }
    return {refusal for refusal, failed in found.items() if failed} | too_little_left(
        spellings, rules.own_part, guessed
    )
