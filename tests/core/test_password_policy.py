"""What directories demand on top of our own rules, and what a visit remembers of it."""

from datetime import UTC, datetime

import pytest

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount, DirectoryPolicy
from resetapp.core.candidates import Candidate
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import Refusal
from resetapp.core.passwords import PasswordRules, PersonWords, check_password, tightened
from resetapp.core.secret import Secret

OURS = PasswordRules(minimum=12, maximum=128)
STRICT = DirectoryPolicy(minimum_length=20, history=24, complexity=True)
ACCOUNT = DirectoryAccount(
    key=AccountKey("staff", "guid-1"),
    dn="cn=x",
    username="fholm",
    display_name="Freja Holm",
    names=("Freja Marie Holm", "fm.holm@example.dk"),
    state=AccountState.ACTIVE,
    password_changed_at=datetime(2026, 1, 2, tzinfo=UTC),
    policy=STRICT,
    kind="staff",
    cpr_numbers=frozenset({CprNumber.parse("6101901234")}),
)


NOBODY = PersonWords(())


def refusals(text: str, rules: PasswordRules, person: PersonWords = NOBODY) -> set[Refusal]:
    return set(check_password(Secret(text), rules, person))


def test_a_directory_that_tells_nothing_changes_nothing() -> None:
    assert tightened(OURS, ()) == OURS
    assert tightened(OURS, (DirectoryPolicy(),)) == OURS


def test_the_strictest_of_all_holds() -> None:
    both = tightened(OURS, (STRICT, DirectoryPolicy(minimum_length=8, maximum_length=40), DirectoryPolicy()))
    assert (both.minimum, both.maximum, both.complexity) == (20, 40, True)
    looser = tightened(OURS, (DirectoryPolicy(minimum_length=7, maximum_length=256),))
    assert (looser.minimum, looser.maximum, looser.complexity) == (12, 128, False)


def test_a_longer_minimum_is_held() -> None:
    rules = tightened(OURS, (DirectoryPolicy(minimum_length=20),))
    assert refusals("grøn cykel under br", rules) == {Refusal.TOO_SHORT}
    assert refusals("grøn cykel under bro", rules) == set()


def test_directories_that_exclude_each_other_refuse_everything() -> None:
    rules = tightened(OURS, (DirectoryPolicy(minimum_length=30), DirectoryPolicy(maximum_length=16)))
    assert refusals("grøn cykel under broen", rules) == {Refusal.TOO_SHORT, Refusal.TOO_LONG}


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("grøn cykel under bro", False),
        ("Grøn Cykel Under Bro", False),  # a space is no sign (MS-SAMR 3.1.1.7.2)
        ("Grøn€Cykel€Under€Bro", False),  # nor is a currency
        ("Grøn-cykel-under-bro", True),
        ("Grøn 7 cykler under bro", True),
        ("7 grønne-cykler under", True),
        ("ØRN under GRØN bro 7", True),
        ("Cykel bro 漢字漢字漢字", True),  # letters that have no case are a kind of their own
        ("cykel bro 漢字漢字漢字", False),
    ],
)
def test_three_kinds_of_characters_where_the_directory_demands_them(text: str, enough: bool) -> None:
    assert (Refusal.TOO_FEW_KINDS not in refusals(text, tightened(OURS, (DirectoryPolicy(complexity=True),)))) == enough
    assert Refusal.TOO_FEW_KINDS not in refusals(text, OURS)


@pytest.mark.parametrize("token", ["fholm", "Freja", "Marie", "HOLM", "fm.holm"])
def test_no_part_of_any_account_of_the_person_may_be_in_it(token: str) -> None:
    person = PersonWords.of([Candidate.of(ACCOUNT)])
    assert Refusal.CONTAINS_NAME in refusals(f"cykel {token} under bro", OURS, person)


def test_the_account_read_again_adds_its_names_and_number() -> None:
    person = PersonWords.of((), [ACCOUNT])
    assert {Refusal.CONTAINS_NAME, Refusal.CONTAINS_CPR} <= refusals("cykel freja 010190 bro", OURS, person)
    assert PersonWords.of([Candidate.of(ACCOUNT)]).cpr_numbers == frozenset()


def test_a_visit_remembers_names_and_policy_and_no_number() -> None:
    candidate = Candidate.of(ACCOUNT)
    assert Candidate.from_json(candidate.to_json()) == candidate
    assert candidate.policy == STRICT
    assert candidate.names == ("Freja Marie Holm", "fm.holm"), "of a mail address no more than the person's part"
    assert "6101901234" not in str(candidate.to_json())


def test_a_visit_from_before_the_upgrade_can_be_read() -> None:
    older = {key: value for key, value in Candidate.of(ACCOUNT).to_json().items() if key not in ("names", "policy")}
    assert Candidate.from_json(older).policy == DirectoryPolicy()
    assert Candidate.from_json(older).names == ()
