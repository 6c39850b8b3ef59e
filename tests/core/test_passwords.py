"""Our own rules for a new password."""

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import Refusal
from resetapp.core.passwords import PasswordRules, PersonWords, bad_characters, check_password, words_of
from resetapp.core.secret import Secret

RULES = PasswordRules(
    minimum=12, maximum=64, institution_words=words_of(("Eksempel Universitet", "Example University"))
)
FREJA = PersonWords(("freja", "Freja Holm-Øster", "fholm@example.dk"), frozenset({CprNumber.parse("6101901234")}))
CLEAN = PasswordRules(minimum=1, maximum=256)
NOBODY = PersonWords(())


def refusals(text: str, rules: PasswordRules = RULES, person: PersonWords = FREJA) -> set[Refusal]:
    return set(check_password(Secret(text), rules, person))


@pytest.mark.parametrize(
    "text",
    ["Rødgrød-med-Fløde-26", "correct horse battery staple", "grøn cykel under bro", "abe kat hund hest gris",
     "Tx9!kd_2Wqz#", "цветущий сад ночью", "emoji 😀 og hest her", "x" * 5 + "yzvwtuklm" + "grå sky"],
)  # fmt: skip
def test_good_passwords_pass(text: str) -> None:
    assert refusals(text) == set()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Refusal.EMPTY),
        ("grøn cykel", Refusal.TOO_SHORT),
        ("grøn cykel 1", None),
        ("grå sky " * 8 + "x", Refusal.TOO_LONG),
        (" grøn cykel under", Refusal.SPACE_AT_END),
        ("grøn cykel under ", Refusal.SPACE_AT_END),
        ("freja kan lide te", Refusal.CONTAINS_NAME),
        ("Fr3ja kan lide te", Refusal.CONTAINS_NAME),
        ("under HOLM ved søen", Refusal.CONTAINS_NAME),
        ("søen ved øster bro", Refusal.CONTAINS_NAME),
        ("grøn 6101901234 cykel", Refusal.CONTAINS_CPR),
        ("grøn 610190-1234 cykel", Refusal.CONTAINS_CPR),
        ("grøn 010190 cykel under", Refusal.CONTAINS_CPR),
        ("grøn 01.01.1990 cykel", Refusal.CONTAINS_CPR),
        ("grøn 1990-01-01 cykel", Refusal.CONTAINS_CPR),
        ("Eksempel2026!!", Refusal.CONTAINS_INSTITUTION),
        ("3ks3mp3l-2026", Refusal.CONTAINS_INSTITUTION),
        ("eksempel universitet", Refusal.CONTAINS_INSTITUTION),
        ("Example University 26", Refusal.CONTAINS_INSTITUTION),
        ("Eksempel-sommer-26", Refusal.TOO_COMMON),
        ("Adgangskode2026", Refusal.TOO_COMMON),
        ("P@ssw0rd2026!", Refusal.TOO_COMMON),
        ("Sommer2026!!", Refusal.TOO_COMMON),
        ("SommerSommer2026", Refusal.TOO_COMMON),
        ("qwertyuiop12345", Refusal.TOO_COMMON),
        ("123456789012345", Refusal.SEQUENCE),
        ("poiuytrewq09876", Refusal.SEQUENCE),
        ("1qaz2wsx3edc4rfv", Refusal.SEQUENCE),
        ("aaaaaaaaaaaaXk1", Refusal.REPEATED),
        ("zzzzzzzzzzzzzzz", Refusal.REPEATED),
        ("gråskygråskygråsky", Refusal.REPEATED),
    ],
)
def test_each_rule_refuses_what_it_is_for(text: str, reason: Refusal | None) -> None:
    found = refusals(text)
    assert (reason in found) if reason else not found


@pytest.mark.parametrize(
    "text",
    ["a\u030angstrøm cykel bro", "ªbcdefghi cykel", "ﬁn cykel under bro", "grøn\u00a0cykel under bro",
     "grøn\u200bcykel under", "grøn\u00adcykel under", "grøn\x00cykel under", "grøn\ncykel under b",
     "grøn\tcykel under b",
     "grøn\u2028cykel under", "grøn\ue000cykel under", "אבגד cykel under bro"],
)  # fmt: skip
def test_characters_that_would_not_survive_saslprep_are_refused(text: str) -> None:
    assert Refusal.BAD_CHARACTER in refusals(text)


def test_length_is_counted_in_code_points() -> None:
    assert refusals("ø" * 3 + "gktwplvmz", person=NOBODY) == set()
    assert Refusal.TOO_SHORT in refusals("ø" * 3 + "gktwplvm", person=NOBODY)


def test_only_ascii_where_the_institution_says_so() -> None:
    rules = PasswordRules(minimum=12, maximum=64, ascii_only=True)
    assert Refusal.BAD_CHARACTER in refusals("grøn cykel under bro", rules)
    assert refusals("green bicycle bridge", rules) == set()
    assert bad_characters("grøn æble ø", ascii_only=True) == ["ø", "æ"]


def test_every_failed_rule_is_told_at_once() -> None:
    assert refusals(" freja ") >= {Refusal.TOO_SHORT, Refusal.SPACE_AT_END, Refusal.CONTAINS_NAME}


def test_short_names_do_not_refuse_half_the_language() -> None:
    assert Refusal.CONTAINS_NAME not in refusals("grøn cykel under bro", person=PersonWords(("Bo Li",)))


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=300))
def test_no_password_breaks_the_rules_or_comes_back(text: str) -> None:
    found = check_password(Secret(text), RULES, FREJA)
    assert all(isinstance(reason, Refusal) for reason in found)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=40))
def test_what_is_accepted_comes_back_unchanged_from_saslprep(text: str) -> None:
    from ldap3.protocol.sasl.sasl import sasl_prep

    if text and Refusal.BAD_CHARACTER not in refusals(text, CLEAN, NOBODY):
        assert sasl_prep(text) == text


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(alphabet=st.characters(), min_size=1, max_size=256), st.integers(8, 64), st.booleans())
def test_a_stricter_rule_never_accepts_what_a_looser_one_refuses(text: str, minimum: int, complexity: bool) -> None:
    loose = PasswordRules(minimum=minimum, maximum=256)
    strict = PasswordRules(minimum=minimum + 10, maximum=128, ascii_only=True, complexity=complexity)
    assert refusals(text, loose, NOBODY) <= refusals(text, strict, NOBODY)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(alphabet="abc1 å", max_size=256))
def test_a_leaked_password_is_told_besides_all_other_reasons(text: str) -> None:
    rules = PasswordRules(minimum=12, maximum=64, breached=frozenset({text}))
    without = PasswordRules(minimum=12, maximum=64)
    added = {Refusal.BREACHED} if text else set()
    assert refusals(text, rules) == refusals(text, without) | added


def test_the_longest_password_of_the_worst_kind_is_judged_in_few_steps() -> None:
    """Counted, not timed: repeated pieces of words, rows and half words must not multiply."""
    worst = ["sommer" * 42, "efterefter" * 25, "aaaa" * 64, "1234" * 64, "4$10" * 64, "freja4$1" * 32, "qwe qaz" * 36]
    for text in worst:
        assert steps_of(text[:256]) < 3 * steps_of("grøn cykel under en bro ved søen og et par høns " * 5), text


def steps_of(text: str) -> int:
    """Lines of our code that run while the password is judged."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        refusals(text, PasswordRules(minimum=12, maximum=256))
    finally:
        sys.settrace(before)
    return steps
