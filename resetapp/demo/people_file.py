"""A file with the people who can log in at the simulator, for a rehearsal with one's own directory.

    [[person]]
    name = "Test Testesen"
    cpr = "010203-1234"
    level = ["Substantial"]

`level` may be left out. Faults name the place in the file and never a number.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from resetapp.core.cpr import CprNumber, InvalidCpr
from resetapp.demo.hub_failure import SimulatorEnded
from resetapp.demo.persona import Group, Persona

_KEYS = {"name", "cpr", "level"}
_STORY = ("Fra din egen fil.", "From your own file.")
_EXPECT = (
    "Tjenesten leder efter nummeret i dit brugerkatalog.",
    "The service looks the number up in your directory.",
)
_EXAMPLE = '[[person]], name = "Test Testesen", cpr = "010203-1234"'


def read_people(path: Path) -> tuple[Persona, ...]:
    """Raises SimulatorEnded with all faults."""
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("person")
    except OSError:
        raise SimulatorEnded(f"{path}: cannot be read", "Name a file that you may read.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # the parser's own words may quote a number
        raise SimulatorEnded(f"{path}: is not TOML", f"Write one table for each person: {_EXAMPLE}") from None
    if not isinstance(tables, list) or not tables:
        raise SimulatorEnded(f"{path}: names nobody", f"Write one table for each person: {_EXAMPLE}")
    faults = [f"person {number}: {fault}" for number, table in enumerate(tables, 1) if (fault := _fault(table))]
    if faults:
        raise SimulatorEnded(f"{path}: " + "; ".join(faults), f"Write each person like this: {_EXAMPLE}")
    return tuple(_persona(number, table) for number, table in enumerate(tables, 1))


def _fault(table: object) -> str:
    if not isinstance(table, Mapping):
        return "is no table"
    if set(table) - _KEYS:
        return f"holds something other than {', '.join(sorted(_KEYS))}"
    if not isinstance(table.get("name"), str) or not table["name"].strip():
        return "has no name"
    if not _is_list_of_texts(table.get("level", [])):
        return "level must be a list of texts"
    try:
        CprNumber.parse(str(table.get("cpr", "")))
    except InvalidCpr:
        return "cpr is not a CPR number in quotes"
    return ""


def _is_list_of_texts(found: object) -> bool:
    return isinstance(found, Sequence) and not isinstance(found, str) and all(isinstance(each, str) for each in found)


def _persona(number: int, table: Mapping[str, object]) -> Persona:
    """The key is a place in the file: it goes into forms, where a number must not."""
    level = table.get("level")
    return Persona(
        key=f"person-{number}",
        name=str(table["name"]).strip(),
        cpr=CprNumber.parse(str(table["cpr"])).digits,
        group=Group.OWN,
        story=_STORY,
        expect=_EXPECT,
        level=tuple(map(str, level)) if isinstance(level, list) else ("Substantial",),
    )
