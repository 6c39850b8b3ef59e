"""The file with one's own people: what it may say, and that no fault of it quotes a number."""

from pathlib import Path

import pytest

from resetapp.demo.hub_failure import SimulatorEnded
from resetapp.demo.people_file import read_people
from tests.demo.service_provider import written

CPR = "740301-4138"
GOOD = f'[[person]]\nname = "Freja"\ncpr = "{CPR}"\n'


def test_people_are_read_in_order_with_their_levels(tmp_path: Path) -> None:
    file = written(tmp_path, "people.toml", GOOD + '[[person]]\nname = "Mads"\ncpr = "6202901234"\nlevel = ["Low"]\n')
    freja, mads = read_people(file)
    assert (freja.key, freja.name, freja.cpr, freja.level) == ("person-1", "Freja", "7403014138", ("Substantial",))
    assert (mads.key, mads.level, mads.accounts) == ("person-2", ("Low",), ())
    assert "7403014138" not in repr(freja)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "names nobody"),
        ("person = 1", "names nobody"),
        ("person = [1]", "person 1: is no table"),
        (CPR, "is not TOML"),
        (f'[[person]]\ncpr = "{CPR}"', "person 1: has no name"),
        (GOOD + '[[person]]\nname = "M"', "person 2: cpr is not"),
        (GOOD.replace(f'"{CPR}"', "7403014138"[:9]), "person 1: cpr is not"),
        (GOOD.replace("4138", "413"), "person 1: cpr is not"),
        (GOOD + 'level = "Low"', "person 1: level must be"),
        (GOOD + "mail = 1", "person 1: holds something other"),
        (GOOD + f"{CPR} = 1", "person 1: holds something other"),
    ],
)
def test_a_fault_is_named_with_its_place_and_without_a_number(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(SimulatorEnded, match=words) as caught:
        read_people(written(tmp_path, "people.toml", content))
    assert caught.value.remedy
    assert "740301" not in caught.value.problem
    assert caught.value.__cause__ is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulatorEnded, match=r"people\.toml: cannot be read"):
        read_people(tmp_path / "people.toml")
