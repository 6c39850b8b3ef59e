"""The settings of mappings: off unless asked for, and never without who could stop one."""

from datetime import timedelta
from pathlib import Path

import pytest

from resetapp.settings import MappingSettings, load
from tests.settings.written import faults_of, filled_in, write

ROOT = bytes(range(32)).hex()
PUBLIC = bytes(range(100, 132)).hex()
ON = ("enabled = true", 'tenant = "example.dk"')
KEY = ("[[mapping.key]]", 'id = "2026a"', f'key = "{ROOT}"')
OTHER_KEY = ("[[mapping.key]]", 'id = "2027a"', f'key = "{bytes(range(1, 33)).hex()}"')
STAFF = (
    *("enabled = true", "[[staff.role]]", 'role = "mapper"', 'directory = "people"'),
    'group = "cn=mappers,dc=example,dc=dk"',
)
MAIL = ("enabled = true", 'host = "smtp.example.dk"', 'from_address = "noreply@example.dk"')


def with_mapping(*lines: str, staff: tuple[str, ...] = STAFF, mail: tuple[str, ...] = MAIL) -> str:
    text = filled_in()
    for name, added in (("staff", staff), ("mail", mail), ("mapping", lines)):
        head, tail = text.split(f"\n[{name}]\n")
        text = f"{head}\n[{name}]\n{chr(10).join(added)}\n{tail}"
    return text


def faults(folder: Path, text: str) -> list[tuple[str, str]]:
    return [(each.key, each.problem) for each in faults_of(write(folder, text))]


def test_mappings_are_off_unless_they_are_asked_for(folder: Path) -> None:
    assert load(write(folder, filled_in())).mapping == MappingSettings(enabled=False)


def test_with_a_tenant_and_a_key_they_are_on_and_no_key_is_shown(folder: Path) -> None:
    given = load(write(folder, with_mapping(*ON, f'escrow_key = "{PUBLIC}"', *KEY, *OTHER_KEY))).mapping
    assert (given.enabled, given.tenant) == (True, "example.dk")
    assert [each.id for each in given.keys] == ["2026a", "2027a"]
    assert given.keys[0].key.hex() == ROOT
    assert given.escrow_key == bytes.fromhex(PUBLIC)
    assert ROOT not in repr(given)
    assert repr(bytes.fromhex(ROOT)) not in repr(given)


def test_a_student_has_the_short_wait_and_who_is_not_known_as_one_the_long(folder: Path) -> None:
    kinds = 'student_kinds = ["Studerende"]'
    given = load(write(folder, with_mapping(*ON, kinds, "cool_down_hours = 96", *KEY))).mapping
    waits = [given.wait(kind) for kind in ("Studerende", "Medarbejder", "studerende", "")]
    assert waits == [timedelta(hours=hours) for hours in (24, 96, 96, 96)]


@pytest.mark.parametrize(
    ("lines", "key", "problem"),
    [
        (ON, "mapping.key", "has no entry"),
        (ON[:1] + KEY, "mapping.tenant", "is empty although mappings are on"),
        ((ON[0], 'tenant = "Example DK"', *KEY), "mapping.tenant", "is not a domain"),
        ((*ON, *KEY, *KEY), "mapping.key", 'has the id "2026a" 2 times'),
        ((*ON, *KEY[:2], 'key = "0011"'), "mapping.key[2026a].key", "fewer than 32 bytes"),
        ((*ON, *KEY[:2], f'key = "{"00" * 32}"'), "mapping.key[2026a].key", "is not random"),
        ((*ON, "cool_down_hours = 23", *KEY), "mapping.cool_down_hours", "outside"),
        ((*ON, "student_cool_down_hours = 0", *KEY), "mapping.student_cool_down_hours", "outside"),
        ((*ON, "student_cool_down_hours = 73", *KEY), "mapping.student_cool_down_hours", "longer than cool_down"),
        ((*ON, 'escrow_key = "0011"', *KEY), "mapping.escrow_key", "is not 64 hexadecimal digits"),
        ((*ON, f'escrow_key = "{"00" * 32}"', *KEY), "mapping.escrow_key", "is no key"),
        ((*ON, "largest_removal_percent = 101", *KEY), "mapping.largest_removal_percent", "outside"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, lines: tuple[str, ...], key: str, problem: str) -> None:
    [(where, what)] = faults(folder, with_mapping(*lines))
    assert where == key
    assert problem in what


def test_without_the_console_or_mail_they_are_refused(folder: Path) -> None:
    assert [key for key, _ in faults(folder, with_mapping(*ON, *KEY, staff=()))] == ["mapping.enabled"]
    assert [key for key, _ in faults(folder, with_mapping(*ON, *KEY, mail=()))] == ["mapping.enabled"]
