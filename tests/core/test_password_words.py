"""Words that are tried first, in every spelling: the person's, the institution's, everybody's, the dictionary's."""

from pathlib import Path

import pytest

from resetapp.core.outcomes import Refusal
from resetapp.core.passwords import PasswordRules, PersonWords, check_password, name_parts, words_of
from resetapp.core.passwords.dictionary import WordLists
from resetapp.core.secret import Secret

RULES = PasswordRules(
    minimum=12,
    maximum=128,
    institution_words=words_of(("Københavns Universitet", "University of Copenhagen", "KUIT")),
    service_words=words_of(("Ny adgangskode", "Kontoportalen")),
)
KRISTOFFER = PersonWords(("ks47", "Kristoffer Sørensen", "kris.soer@stud.example.dk", "Åge-Kåre"))


def refusals(text: str, rules: PasswordRules = RULES, person: PersonWords = KRISTOFFER) -> set[Refusal]:
    return set(check_password(Secret(text), rules, person))


@pytest.mark.parametrize(
    "text",
    [
        "hestevogn lampeskærm gulerod",
        "korrekt hest batteri hæfteklamme",
        "correct horse battery staple",
        "jeg elsker at spise rugbrød",
        "min hund hedder ikke fido",
        "regnvejr på en tirsdag",
        "mandag morgen i parken",
        "sommerhus ved vandet",
        "sommer regn vinter sne og kaffe",
        "Efteraarsblade over broen",
        "tre blå elefanter i 2013",
        "fuldautomatisk kaffe nu",
        "summer rain on the old roof",
        "monday is a good day for tea",
        "Tx9!kd_2Wqz#",
        "8301-9348-5720",
    ],
)
def test_an_honest_passphrase_is_accepted(text: str) -> None:
    assert refusals(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Sørensen er her", "Soerensen er her", "sorensen er her", "SØRENSEN ER HER", "S0r3ns3n er her",
        "kristoffer-er-sej", "kr1st0ff3r-er-sej", "aage og katten", "age på cykel nu", "ÅGE på cykel nu",
        "ks47 på cykel nu", "kris på cykel nu", "Kristofer1999!!", "Kristofffer#2024", "Kristoffet-1234",
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert Refusal.CONTAINS_NAME in refusals(text)


@pytest.mark.parametrize("text", ["Example-stud-bord", "min cykel i 2013 nu", "kryds stol og bord"])
def test_what_only_looks_like_a_name_is_none(text: str) -> None:
    """A mail's domain, digits alone that could be read as Ole, and parts of less than three letters."""
    assert Refusal.CONTAINS_NAME not in refusals(text, person=PersonWords(("ole@example.dk", "Ole Bo")))


@pytest.mark.parametrize(
    "text",
    ["Kobenhavns2026!", "Koebenhavns-2026", "københavns12345", "University1999", "Un1v3rs1ty#2024", "Universitet!!99",
     "Univesitet!!99x", "KUIT-kuit-2026"],
)  # fmt: skip
def test_the_institutions_words_alone_are_no_password(text: str) -> None:
    assert Refusal.CONTAINS_INSTITUTION in refusals(text)


@pytest.mark.parametrize("text", ["universitetet har en gul cykel", "med cykel til kuit hver dag"])
def test_the_institution_may_be_mentioned(text: str) -> None:
    assert refusals(text) == set()


@pytest.mark.parametrize(
    "text",
    ["Sommer2026!!", "S0mmer-2026", "Efterår2025!", "Efteraar2025!", "Efterar-2025!",
     "vinter-vinter-vinter", "Oktober2026!", "0ktober-2026!", "January2025!!", "Mandag123456", "mandagtirsdag",
     "januar februar marts", "WednesdayFriday", "qwertyuiopå12", "asdfghjklæø1", "Adgangskode99", "Kontoportalen1",
     "Velkommen1234!", "Hunden-Katten-1", "password-Secret_password"],
)  # fmt: skip
def test_what_everybody_tries_is_refused(text: str) -> None:
    assert Refusal.TOO_COMMON in refusals(text)


def test_half_of_the_shortest_length_must_be_ones_own() -> None:
    sixteen = PasswordRules(minimum=16, maximum=128)
    assert refusals("sommer-kwxzv-2026") == set()  # seven signs and letters are left
    assert refusals("sommer-kwxzv-2026", sixteen) == {Refusal.TOO_COMMON}
    assert refusals("sommer-kwxzvq-2026", sixteen) == set()
    assert refusals("sommer-abcd-2026-") == {Refusal.TOO_COMMON}  # a run is not one's own


def test_the_parts_of_a_name_are_known_in_every_form() -> None:
    assert name_parts(("Åse Ølgård-Bo",)) == (
        "aase", "aase oelgaard-bo", "ase", "ase olgard-bo", "oelgaard", "olgard",
    )  # fmt: skip
    assert name_parts(("kris.soer@stud.example.dk",)) == ("kris", "kris.soer", "soer")


@pytest.fixture
def word_list(tmp_path: Path) -> Path:
    file = tmp_path / "danish"
    file.write_text("sandsynlighedsregning\nelefanter\nArbejdsløshedskasse\nis\nblåbærgrød\n", "utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    ["Sandsynlighedsregning12", "s4ndsynlighedsregn1ng", "2026-elefanter!", "3lefanter-2026", "arbejdsløshedskasse!",
     "arbejdsloeshedskasse!", "Blabaergrod#2026", "blåbærgrød#2026"],
)  # fmt: skip
def test_one_word_of_the_dictionary_is_no_password(text: str, word_list: Path) -> None:
    rules = PasswordRules(minimum=12, maximum=64, dictionary=WordLists((word_list,)))
    assert refusals(text, rules) == {Refusal.ONE_WORD}
    assert refusals(text, PasswordRules(minimum=12, maximum=64)) == set()


def test_two_words_of_the_dictionary_are_accepted(word_list: Path) -> None:
    rules = PasswordRules(minimum=12, maximum=64, dictionary=WordLists((word_list,)))
    assert refusals("elefanter blåbærgrød", rules) == set()


def test_lists_that_are_missing_or_broken_are_passed_over(word_list: Path, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("gråænder\nsolsikker\n".encode("latin-1"))
    lists = WordLists((tmp_path / "nothing", tmp_path, tmp_path / "latin", word_list, word_list))
    assert "solsikker" in lists
    assert "elefanter" in lists
    assert "is" not in lists, "too short to be asked for"
    assert "cykel" not in lists


def test_a_list_is_read_at_the_first_question(word_list: Path) -> None:
    lists = WordLists((word_list,))
    assert len(lists) == 0
    assert "cykel" not in lists
    assert len(lists) == 6, "four words, two of them in two forms"
