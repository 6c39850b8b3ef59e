"""Reads the settings' file. Either everything in it holds, or every fault is told at once."""

import re
import stat
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from resetapp.settings.faults import Fault, SettingsError
from resetapp.settings.model import Settings
from resetapp.settings.sections import Reading
from resetapp.settings.shape import SETTINGS

_POSITION = re.compile(r"\(at (line \d+, column \d+|end of document)\)")


def load(path: Path) -> Settings:
    """The checked settings. Relative paths in the file start at its own folder.

    Raises SettingsError with every fault; no fault holds a secret's value.
    """
    values, public = _read(path)
    at = Reading(folder=path.resolve().parent, public=public)
    settings = SETTINGS(values, at)
    if at.faults or not isinstance(settings, Settings):
        raise SettingsError(at.faults)
    return _completed(settings, at.folder)


def _read(path: Path) -> tuple[dict[str, Any], bool]:
    """The file's tables, and whether everybody on this machine can read them."""
    try:
        with path.open("rb") as file:
            public = bool(path.stat().st_mode & stat.S_IROTH)
            return tomllib.loads(file.read().decode()), public
    except FileNotFoundError:
        fault = Fault(str(path), "there is no such file", "Run `resetapp init`, or name the file with --config")
    except OSError as error:
        fault = Fault(str(path), f"cannot be read ({type(error).__name__})", "Check its owner and mode")
    except UnicodeDecodeError:
        fault = Fault(str(path), "is not a text in UTF-8", "Save it as UTF-8")
    except tomllib.TOMLDecodeError as error:
        # The parser's own words are left out: they may quote a character of a secret.
        place = _POSITION.search(str(error))
        where = f" at {place[1]}" if place else ""
        fault = Fault(str(path), f"is not valid TOML{where}", "Look there for a missing quote, bracket or equals sign")
    raise SettingsError([fault])


def _completed(settings: Settings, folder: Path) -> Settings:
    """What is left out of the file and follows from the rest."""
    entity_id = settings.wayf.entity_id or f"{settings.service.public_url}/saml/metadata"
    state_folder = settings.wayf.state_folder or folder / "data"
    return replace(settings, wayf=replace(settings.wayf, entity_id=entity_id, state_folder=state_folder))
