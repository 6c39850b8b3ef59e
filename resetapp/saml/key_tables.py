"""The tables of our keys in the settings' file, changed as text, so that comments and order stay as they were.

What comes out is loaded and compared before it takes the old file's place: it must say exactly what was meant, and
nothing else may be different.
"""

import json
import os
import re
import stat
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from resetapp.saml.faults import SamlConfigurationError
from resetapp.settings import KeyPair, Settings, SettingsError, Wayf, load

SIGNING, ALSO_SIGNING, ENCRYPTION = "wayf.signing", "wayf.also_signing", "wayf.encryption"
_HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*\]{1,2}\s*(?:#.*)?$")
_KEY_LINE = re.compile(r"\s*(key_file|certificate_file)\s*=")


class KeyTables:
    """The settings' file as lines. `folder`: where its relative paths start."""

    def __init__(self, text: str, folder: Path) -> None:
        self._lines = text.splitlines(keepends=True)
        self._folder = folder

    def text(self) -> str:
        return "".join(self._lines)

    def add_first(self, name: str, pair: KeyPair) -> None:
        """A [[table]] before the first one of its name. Raises LookupError."""
        start, _ = self._place(name, 0)
        self._lines[start:start] = [*self.written(name, pair), "\n"]

    def add_behind(self, name: str, new: str, pair: KeyPair) -> None:
        """A [[new]] table behind the one called `name`. Raises LookupError."""
        end = max(self._key_lines(name, 0)) + 1
        self._lines[end:end] = ["\n", *self.written(new, pair)]

    def change(self, name: str, pair: KeyPair) -> None:
        """The first table of this name gets another pair. Raises LookupError."""
        places = self._key_lines(name, 0)
        self._lines[places[0] : places[0] + 1] = self.written(name, pair)[1:]
        del self._lines[places[1] + 1]

    def remove(self, name: str, number: int) -> None:
        """Header and keys; comments stay. Raises LookupError."""
        start, _ = self._place(name, number)
        for place in reversed([start, *self._key_lines(name, number)]):
            del self._lines[place]

    def written(self, name: str, pair: KeyPair) -> list[str]:
        """The lines of a [[table]]."""
        paths = (("key_file", pair.key_file), ("certificate_file", pair.certificate_file))
        return [f"[[{name}]]\n", *(f"{key} = {json.dumps(self._path(path))}\n" for key, path in paths)]

    def _path(self, path: Path) -> str:
        return str(path.relative_to(self._folder) if path.is_relative_to(self._folder) else path)

    def _place(self, name: str, number: int) -> tuple[int, int]:
        """Its header's line, and the line behind its end."""
        headers = [(at, found[1]) for at, line in enumerate(self._lines) if (found := _HEADER.match(line))]
        ends = [at for at, _ in headers[1:]] + [len(self._lines)]
        found_here = [
            (at, end) for (at, header), end in zip(headers, ends, strict=True) if re.sub(r"\s", "", header) == name
        ]
        if number >= len(found_here):
            raise LookupError(name)
        return found_here[number]

    def _key_lines(self, name: str, number: int) -> list[int]:
        start, end = self._place(name, number)
        found = [at for at in range(start + 1, end) if _KEY_LINE.match(self._lines[at])]
        if len(found) != 2:
            raise LookupError(name)
        return found


def put_in_place(path: Path, text: str, before: Settings, wayf: Wayf) -> None:
    """Instead of the settings' file, with its owner and mode, in one step.

    Raises SamlConfigurationError when the new text does not say exactly this, or cannot be written.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name}.new")
    try:
        _write(draft, text, target)
        if load(draft) != replace(before, wayf=wayf):
            raise unchangeable(path)
        os.replace(draft, target)
    except (SettingsError, LookupError):
        raise unchangeable(path) from None
    except OSError as error:
        raise SamlConfigurationError(
            f"{path}: cannot be changed ({type(error).__name__}).",
            "Run this as the user who owns the settings, or write the tables by hand (docs/operator.md).",
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink()


def unchangeable(path: Path) -> SamlConfigurationError:
    return SamlConfigurationError(
        f"{path}: its tables of keys are written in a way that is not changed safely by a program.",
        "Write the tables by hand (docs/operator.md); nothing was changed.",
    )


def _write(draft: Path, text: str, like: Path) -> None:
    """Readable for its owner alone until it has the old file's owner: it holds secrets."""
    status = like.stat()
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        give_to(file.fileno(), status)
        os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
        file.flush()
        os.fsync(file.fileno())


def give_to(file: int | Path, owner: os.stat_result) -> None:
    """What root makes must belong to the service's user, who could not read it otherwise."""
    if os.geteuid() == 0:
        os.chown(file, owner.st_uid, owner.st_gid)
