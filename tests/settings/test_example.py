"""The example is the manual: it names every setting, and nothing else, with the defaults that really hold."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from resetapp.assets import example_settings
from resetapp.settings import SettingsError, load
from resetapp.settings.sections import PLACEHOLDER, Section
from resetapp.settings.shape import DIRECTORY, KEY_PAIR, SETTINGS
from resetapp.settings.staff_shape import MAPPING_KEY, STAFF_ROLE
from tests.settings.written import filled_in, folder_with_files, write

_KEY = re.compile(r"#?([a-z_0-9]+) = ")


def _all_uncommented(text: str) -> str:
    chosen = re.sub(
        r"(?m)^#(?:ca_file|breached_list|word_lists|password|token|secret) = .*\n", "", text
    )  # their examples are no defaults
    chosen = re.sub(r"(?m)^#\[\[(?:staff\.role|mapping\.key)\]\]\n(?:#.*\n)*", "", chosen)
    return re.sub(r"(?m)^#(?=[a-z_0-9]+ = )", "", chosen)


def _sections(section: Section) -> Iterator[Section]:
    yield section
    for key in section.keys.values():
        if isinstance(key.read, Section):
            yield from _sections(key.read)


SECTIONS = [*_sections(SETTINGS), *_sections(DIRECTORY), KEY_PAIR, STAFF_ROLE, MAPPING_KEY]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.shape.__name__)
def test_every_field_of_the_model_can_be_set(section: Section) -> None:
    assert list(section.keys) == [field.name for field in fields(section.shape)]


def test_the_example_has_every_key_and_no_other() -> None:
    tables = {
        "institution",
        "service",
        "database",
        "wayf",
        "visits",
        "passwords",
        "limits",
        "directory",
        "terms",
        "staff",
        "mail",
        "sms",
        "webhook",
        "mapping",
        "codes",
        "key",
    }
    tables |= {"signing", "also_signing", "encryption", "protected", "activation"}
    known = {key.name or name for section in SECTIONS for name, key in section.keys.items()} - tables
    written = {found[1] for line in example_settings().read_text("utf-8").splitlines() if (found := _KEY.match(line))}
    assert written - tables == known


def test_the_defaults_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    folder_with_files(tmp_path)
    as_it_is = load(write(tmp_path, filled_in()))
    spelled_out = load(write(tmp_path, _all_uncommented(filled_in())))
    assert spelled_out == as_it_is


def test_the_example_itself_is_refused_for_its_placeholders_and_missing_files_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, example_settings().read_text("utf-8")))
    placeholders = [fault for fault in caught.value.faults if PLACEHOLDER in fault.problem]
    missing_files = [fault for fault in caught.value.faults if "names no file" in fault.problem]
    assert len(placeholders) + len(missing_files) == len(caught.value.faults)
    assert len(placeholders) == example_settings().read_text("utf-8").count(f"{PLACEHOLDER}") - 1  # one explains it


def test_a_key_that_is_not_explained_is_noticed() -> None:
    assert _KEY.match("#idle_minutes = 10")
    assert not _KEY.match("# idle minutes = 10")
