"""Every clause, and every single thing looked at for it, is seen to turn red by a test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from resetapp import terms
from resetapp.terms.clauses import CLAUSES

CODE, TESTS = Path(terms.__file__).parent, Path(__file__).parent
ASKED = ("red", "missing")


def looked_at() -> set[str]:
    """The keys of all points that can fail."""
    source = "".join(path.read_text("utf-8") for path in CODE.glob("*.py"))
    return set(re.findall(r'fact\(\s*"([TP]\d+\.[a-z_]+)"', source))


def seen_red() -> set[str]:
    """What stands in the tests' assertions about `red` and `missing`: clauses, and points."""
    return {word for path in TESTS.glob("test_[tp][0-9]*.py") for word in _asserted(ast.parse(path.read_text("utf-8")))}


def _asserted(tree: ast.AST) -> Iterator[str]:
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        if any(isinstance(call.func, ast.Name) and call.func.id in ASKED for call in calls):
            texts = (node.value for node in ast.walk(function) if isinstance(node, ast.Constant))
            yield from (value for value in texts if isinstance(value, str))


def test_every_point_turns_red_in_a_test() -> None:
    assert len(looked_at()) > 50
    assert looked_at() - seen_red() == set()


@pytest.mark.parametrize("clause", [clause.id for clause in CLAUSES])
def test_every_clause_turns_red_or_is_to_be_declared_in_a_test(clause: str) -> None:
    assert clause in seen_red()


def test_no_test_changes_what_the_check_reads_with() -> None:
    """Only the program and the settings are changed: a patch of `resetapp.terms` would prove nothing."""
    for path in TESTS.glob("test_[tp][0-9]*.py"):
        patched = re.findall(r"monkeypatch\.\w+\(\s*\"?([\w.]+)", path.read_text("utf-8"))
        imported = re.findall(r"from resetapp(?:\.terms import|\.terms\.\w+ import) ([\w, ]+)", path.read_text("utf-8"))
        names = {name.split(" as ")[-1].strip() for line in imported for name in line.split(",")}
        assert not [name for name in patched if name.split(".")[0] in names or "resetapp.terms" in name], path.name
