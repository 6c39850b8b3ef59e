"""How a test looks at one clause, and how it takes a safeguard away from the application that is looked at."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from jinja2 import ChoiceLoader, DictLoader

from resetapp import texts
from resetapp.assets import folder
from resetapp.settings.sections import Key, Section
from resetapp.terms.clause import State
from resetapp.terms.clauses import CLAUSES, finding
from resetapp.terms.inspection import Inspection
from tests.settings.written import with_line

STANDS = (State.HOLDS, State.DECLARED)


def state(clause: str, look: Inspection) -> State:
    return finding(next(each for each in CLAUSES if each.id == clause), look).state


def red(clause: str, look: Inspection) -> set[str]:
    """The points of the clause that do not hold."""
    found = finding(next(each for each in CLAUSES if each.id == clause), look)
    return {point.key for point in found.points if point.state is State.DOES_NOT_HOLD}


def missing(clause: str, look: Inspection) -> set[str]:
    """The keys of the terms record that the clause lacks."""
    found = finding(next(each for each in CLAUSES if each.id == clause), look)
    return {point.key.removeprefix("declared.") for point in found.points if point.state is State.TO_BE_DECLARED}


def changed(installed: Path, name: str, key: str, value: str) -> Path:
    """The settings' file with one line changed, beside the original."""
    path = installed.with_name(f"{name}.toml")
    path.write_text(with_line(installed.read_text("utf-8"), key, value), "utf-8")
    path.chmod(0o600)
    return path


def unread(monkeypatch: pytest.MonkeyPatch, section: Section, field: str, taken: object) -> None:
    """The settings without their rule for one key: whatever stands in the file is taken."""
    monkeypatch.setitem(cast(dict[str, Key], section.keys), field, replace(section.keys[field], read=lambda *_: taken))


def without(look: Inspection, template: str, words: str, instead: str = "") -> Inspection:
    """The application with these words of a template replaced."""
    source = (folder("templates") / template).read_text("utf-8")
    assert words in source
    environment = look.rehearsal.app.jinja_env
    assert environment.loader is not None
    changed = DictLoader({template: source.replace(words, instead)})
    environment.loader = ChoiceLoader([changed, environment.loader])
    return look


def with_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str, danish: str) -> None:
    """The catalogues with one text changed: in their files, and on the pages."""
    shutil.copytree(texts.FOLDER, tmp_path / "translations")
    file = tmp_path / "translations/da/LC_MESSAGES/messages.po"
    before, _, after = file.read_text("utf-8").partition(f'msgid "{key}"\nmsgstr "')
    assert after
    file.write_text(f'{before}msgid "{key}"\nmsgstr "{danish}"' + after[after.index('"') + 1 :], "utf-8")
    monkeypatch.setattr(texts, "FOLDER", tmp_path / "translations")
    monkeypatch.setattr(
        texts, "_CATALOGUES", {each: texts._translations(texts._read(each)) for each in texts.LANGUAGES}
    )
