"""Everything a new installation needs in one folder: settings with fresh secrets, keys, an empty database.

Nothing that is there is ever overwritten, and what was begun is taken away again when a step fails.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from resetapp.assets import example_settings
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.keys import create_key_pair
from resetapp.settings import KeyPair
from resetapp.settings.addresses import public_url as read_public_url
from resetapp.settings.faults import Wrong
from resetapp.settings.sections import Reading
from resetapp.settings.values import text as read_text
from resetapp.storage.database import DatabaseTrouble
from resetapp.storage.schema import upgrade

_SETTINGS = "config.toml"
_DATABASE = "data/resetapp.db"  # in a folder of its own: the only one that the service must be able to write
_KEYS = {use: (f"keys/{use}.key", f"keys/{use}.crt") for use in ("signing", "encryption")}


class NotInitialised(Exception):
    """Nothing was left behind. `problem` says why, `remedy` what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class Begun:
    """What `initialise` made."""

    settings: Path
    files: tuple[Path, ...]


def initialise(folder: Path, public_url: str, name: str, now: datetime) -> Begun:
    """Make config.toml, keys/ and data/ in `folder`; an empty `public_url` or `name` is left for the operator.

    Raises NotInitialised, before anything is written when one of the files is there already.
    """
    folder = folder.resolve()
    _refuse_overwriting(folder)
    content = _settings(_known_already(public_url, name))
    common_name = urlsplit(public_url).hostname or "resetapp"
    with ExitStack() as undo:
        try:
            _make(folder, content, common_name, now, undo)
        except (SamlConfigurationError, DatabaseTrouble) as error:
            raise NotInitialised(error.problem, error.remedy) from None
        except OSError as error:
            raise NotInitialised(
                f"{error.filename or folder} cannot be written ({type(error).__name__})",
                "Check the folder's owner and mode",
            ) from None
        undo.pop_all()
    return Begun(folder / _SETTINGS, tuple(folder / made for made in _targets()))


def _targets() -> list[str]:
    return [_SETTINGS, *(file for pair in _KEYS.values() for file in pair), _DATABASE]


def _refuse_overwriting(folder: Path) -> None:
    there = [str(folder / target) for target in _targets() if os.path.lexists(folder / target)]
    if there:
        raise NotInitialised(
            f"already there: {', '.join(there)}",
            "Nothing was written. Choose another --folder, or move the old files away",
        )


def _known_already(public_url: str, name: str) -> dict[str, str | int]:
    """The keys of the settings that need not be asked for again."""
    known: dict[str, str | int] = {"secret_key": secrets.token_hex(32), "person_key": secrets.token_hex(32)}
    at = Reading(folder=Path(), public=False)
    try:
        if public_url:
            known["public_url"] = read_public_url(public_url, at)
            known["trusted_proxies"] = int(public_url.startswith("https:"))
        if name:
            known["name"] = read_text(name, at)
    except Wrong as wrong:
        which = "--name" if "public_url" in known or not public_url else "--public-url"
        raise NotInitialised(f"{which} {wrong.problem}", wrong.remedy) from None
    return known


def _settings(known: Mapping[str, str | int]) -> str:
    """The example with these keys filled in, each at its first place; the explanations stay."""
    content = example_settings().read_text("utf-8")
    for key, value in known.items():
        content = _with_value(content, key, json.dumps(value, ensure_ascii=False))  # printable JSON is TOML, too
    return content


def _with_value(content: str, key: str, value: str) -> str:
    return re.sub(rf"(?m)^{key} = .*$", lambda _: f"{key} = {value}", content, count=1)


def _make(folder: Path, content: str, common_name: str, now: datetime, undo: ExitStack) -> None:
    for needed in (folder, folder / "keys", folder / "data"):
        _make_folder(needed, undo)
    _write_new(folder / _SETTINGS, content, undo)
    for use, (key, certificate) in _KEYS.items():
        create_key_pair(KeyPair(folder / key, folder / certificate), f"{common_name} {use}", now)
        for made in (key, certificate):
            undo.callback((folder / made).unlink, missing_ok=True)
    database = folder / _DATABASE
    for beside in ("-wal", "-shm", "-journal"):
        undo.callback(database.with_name(database.name + beside).unlink, missing_ok=True)
    _write_new(database, "", undo)
    upgrade(f"sqlite:///{database}")


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Only its owner may look in. A folder that is there keeps its mode."""
    if not folder.is_dir():
        if folder.parent != folder and not folder.parent.is_dir():
            _make_folder(folder.parent, undo)
        folder.mkdir(mode=0o700)
        undo.callback(folder.rmdir)


def _write_new(path: Path, content: str, undo: ExitStack) -> None:
    """O_EXCL: also a symbolic link that somebody laid there is not followed."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        undo.callback(path.unlink, missing_ok=True)
        file.write(content)
