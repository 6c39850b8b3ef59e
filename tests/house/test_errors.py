"""The table of what directories answer: each line names a test, and the test is there."""

import re
from collections.abc import Iterator

from tests.house.tree import Fault, listed, project_files, text_of

TABLE = "docs/directories/errors.md"
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
SAME = "the same"  # as the line above


def test_every_answer_of_a_directory_is_shown_by_a_test() -> None:
    faults = list(untested(text_of(TABLE)))
    assert not faults, listed(faults)
    assert len(list(rows(text_of(TABLE)))) > 40


def test_a_line_without_a_test_is_found() -> None:
    head = "| the server says | when | the person is told | test |\n|---|---|---|---|\n"
    real = "house/test_errors.py::test_a_line_without_a_test_is_found"
    wrong = f"{head}| 19 | a | b | the same |\n| 19 | a | b | `{real}` |\n| 19 | a | b | the same |\n"
    wrong += (
        f"| 19 | a | b | `{real}_too` |\n| 19 | a | b | `house/none.py::test_a` |\n| 19 | a | b | |\n| 19 | a | b\n"
    )
    assert [fault.line for fault in untested(wrong)] == [3, 6, 7, 8, 9]


def rows(text: str) -> Iterator[tuple[int, str]]:
    """Line number and last cell of each row below a head."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("|") and not line.startswith(("|---", "| the server says |")):
            yield number, line.rstrip(" |").rpartition(" | ")[2].strip(" |")


def untested(text: str) -> Iterator[Fault]:
    named = False
    for number, cell in rows(text):
        tests = TEST.findall(cell)
        named = bool(tests) or (named and cell == SAME)
        if not named:
            yield Fault(TABLE, number, "names no test")
        for file, test in tests:
            if f"tests/{file}" not in project_files() or f"\ndef {test}(" not in text_of(f"tests/{file}"):
                yield Fault(TABLE, number, f"names a test that is not there: {file}::{test}")
