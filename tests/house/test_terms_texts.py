"""The texts of the report on WAYF's terms: complete in both languages, all in use, and none missing."""

import re

import pytest
from babel.messages.pofile import read_po

from resetapp import texts
from resetapp.settings.terms import REQUIRED
from resetapp.terms.clause import Proof, State
from resetapp.terms.clauses import CLAUSES
from tests.house.tree import python_files


def catalogue(language: str) -> dict[str, str]:
    with (texts.FOLDER / language / "LC_MESSAGES" / "terms.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


DA, EN = catalogue("da"), catalogue("en")


def in_code() -> set[str]:
    """The keys that the code names as a whole."""
    source = "".join(source for name, source in python_files("resetapp") if name.startswith("resetapp/terms/"))
    return set(re.findall(r'"([A-Za-z0-9]+\.[a-z_]+)"', source)) | {"unexamined"}


def put_together() -> set[str]:
    source = "".join(source for name, source in python_files("resetapp") if name == "resetapp/terms/report.py")
    keys = {f"report.{word}" for word in re.findall(r'(?:said\(|_described\(language, )"(\w+)"', source)}
    keys |= {f"report.{word}" for word in ("login_open", "login_closed")} | set(re.findall(r"'(report\.\w+)'", source))
    keys |= {f"{clause.id}.demand" for clause in CLAUSES}
    keys |= {f"state.{state}" for state in State} | {f"proof.{proof}" for proof in Proof}
    return keys | {f"declared.{key}" for key in (*REQUIRED, "terms_url", "wayf_breach_contact", "mark_file")}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    assert DA.keys() == EN.keys()
    for key in DA:
        assert DA[key]
        assert re.findall(r"%\((\w+)\)s", DA[key]) == re.findall(r"%\((\w+)\)s", EN[key]), key


def test_every_key_in_use_exists_and_every_key_is_in_use() -> None:
    used = {key for key in in_code() if re.match(r"[TP]\d|remedy\.|report\.|unexamined", key)} | put_together()
    remedies = {key for key in DA if re.fullmatch(r".+\.remedy", key) and key != "report.remedy"}
    assert used - DA.keys() == set()
    assert DA.keys() - used - remedies == set()
    assert {key.removesuffix(".remedy") for key in remedies} <= used


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_missing_text_is_refused(language: str) -> None:
    with pytest.raises(texts.UnknownText):
        texts.terms(language, "T99.demand")
