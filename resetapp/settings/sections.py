"""How a TOML table becomes a frozen dataclass: each field names its key and reader, and every fault is collected.

The defaults are the dataclasses' own; a key that is not in the file is simply not handed over.
"""

import difflib
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

from resetapp.settings.faults import Fault, Wrong

PLACEHOLDER = "CHANGE-ME"  # marks what only the operator can know; no setting may keep it
ABSENT = object()  # no value: the dataclass's own default holds
_FILE_LIMIT = 65_536  # characters; a secret is short


@dataclass(frozen=True, slots=True)
class Reading:
    """Where we are in the file. `faults` is shared by all places of one reading."""

    folder: Path  # relative paths start here
    public: bool  # everybody on this machine can read the file, so no secret may stand in it
    faults: list[Fault] = field(default_factory=list)
    path: str = ""

    def at(self, key: str) -> "Reading":
        return replace(self, path=f"{self.path}.{key}" if self.path else key)

    def fault(self, wrong: Wrong, key: str = "") -> None:
        self.faults.append(Fault(self.at(key).path if key else self.path, wrong.problem, wrong.remedy))


Reader: TypeAlias = Callable[[object, Reading], object]
"""Turns a TOML value into a field's value. Raises Wrong, or notes faults in the Reading itself and returns None."""


@dataclass(frozen=True, slots=True)
class Key:
    """How one field stands in the file."""

    read: Reader
    name: str = ""  # when it differs from the field's name
    default: object = ABSENT  # when the model has none; computed later or empty
    secret: bool = False  # may stand in a file of its own, named by the key with `_file`
    harmless: str = ""  # a secret's value that starts so hides nothing


@dataclass(frozen=True, slots=True)
class Section:
    """A table: the dataclass it becomes, its keys by field name, and the rules that look at several fields."""

    shape: type[Any]
    keys: Mapping[str, Key]
    rules: Callable[[Any], Iterable[tuple[str, Wrong]]] | None = None

    def names(self) -> list[str]:
        """Every key the table may have, as written in the file."""
        own = [key.name or name for name, key in self.keys.items()]
        return own + [f"{key.name or name}_file" for name, key in self.keys.items() if key.secret]

    def __call__(self, value: object, at: Reading) -> object:
        """The dataclass, or None when there was any fault in it."""
        if not isinstance(value, dict):
            raise Wrong("is not a table", f"Write it as [{at.path}] with its keys below")
        before = len(at.faults)
        _refuse_unknown(self, value, at)
        found = {name: content for name in self.keys if (content := _field(self, name, value, at)) is not ABSENT}
        if len(at.faults) > before:
            return None
        made = self.shape(**found)
        for key, wrong in self.rules(made) if self.rules else ():
            at.fault(wrong, key)
        return made


def _refuse_unknown(section: Section, table: Mapping[str, object], at: Reading) -> None:
    known = section.names()
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            remedy = f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(known)}"
            at.fault(Wrong("is not a known key", remedy), key)


def _field(section: Section, name: str, table: Mapping[str, object], at: Reading) -> object:
    """The field's value, or ABSENT when the dataclass's own default holds or a fault was noted."""
    key = section.keys[name]
    written = key.name or name
    try:
        if key.secret and (written in table or f"{written}_file" in table or _required(section, name)):
            return _secret(key, written, table, at)
        if written in table or isinstance(key.read, Section):  # a missing table is an empty one: each fault is told
            return key.read(table.get(written, {}), at.at(written))
    except Wrong as wrong:
        at.fault(wrong, written)
        return ABSENT
    if _required(section, name):
        at.fault(Wrong("is missing", "Add it; config.example.toml explains it"), written)
    return key.default


def _required(section: Section, name: str) -> bool:
    model = {found.name: found for found in fields(section.shape)}[name]
    return section.keys[name].default is ABSENT and model.default is MISSING and model.default_factory is MISSING


def _secret(key: Key, written: str, table: Mapping[str, object], at: Reading) -> object:
    in_file = f"{written}_file"
    if written in table and in_file in table:
        raise Wrong(f"stands here and in {in_file}", f"Keep one of {written} and {in_file}")
    if in_file in table:
        return key.read(_file_text(table[in_file], at.folder), at.at(in_file))
    if written not in table and key.default is not ABSENT:
        return key.default
    if written not in table:
        raise Wrong("is missing", f"Add {written}, or {in_file} with the path of a file that holds it")
    if at.public and not (key.harmless and str(table[written]).startswith(key.harmless)):
        raise Wrong(
            "is a secret in a file that everybody on this machine can read",
            f"Set the mode of the settings' file to 0640 or less, or use {in_file}",
        )
    return key.read(table[written], at.at(written))


def _file_text(value: object, folder: Path) -> str:
    """The secret in a file, without the newline that editors add at the end."""
    if not isinstance(value, str) or not value:
        raise Wrong("its file is not named by a text", 'Write the path in quotes: "/etc/resetapp/secret"')
    try:
        with (folder / value).open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                raise Wrong(f"its file {value} can be read by everybody", "Set the file's mode to 0640 or less")
            return file.read(_FILE_LIMIT).removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise Wrong(f"its file {value} cannot be read ({type(error).__name__})", "Check the path and mode") from None
    except UnicodeDecodeError:
        raise Wrong(f"its file {value} is not a text in UTF-8", "Write the secret as plain text") from None


def listed(section: Section, value: object, at: Reading, name_key: str = "") -> object:
    """An array of tables; each place is named by the table's `name_key` when it has one, else counted from 1."""
    if not isinstance(value, list) or not value:
        raise Wrong("has no entry", f"Write at least one [[{at.path}]] table")
    return tuple(_entry(section, table, number, at, name_key) for number, table in enumerate(value, 1))


def _entry(section: Section, table: object, number: int, at: Reading, name_key: str) -> object:
    name = table.get(name_key) if isinstance(table, dict) else None
    label = name if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 64 else str(number)
    place = replace(at, path=f"{at.path}[{label}]")
    try:
        return section(table, place)
    except Wrong as wrong:
        place.fault(wrong)
        return None
