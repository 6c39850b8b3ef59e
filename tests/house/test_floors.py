"""Who may import whom (docs/architecture.md, "Floors"), and which library may be used in which room."""

import ast
import sys
from collections.abc import Iterator
from typing import NamedTuple

from tests.house.tree import Fault, listed, python_files

FLOORS = {
    "": 0,  # resetapp/__init__.py: the version, and nothing else
    "core": 0,
    "settings": 0,
    "trouble": 0,
    "logs": 0,
    "texts": 0,
    "assets": 0,
    "saml": 1,
    "directory": 1,
    "storage": 1,
    "breached": 1,
    "mail": 1,
    "sending": 1,
    "reset": 2,
    "notify": 2,
    "deliver": 2,
    "matching": 2,
    "submission": 2,
    "register": 2,
    "rekey": 2,
    "mapping": 2,
    "codes": 2,
    "choice": 2,
    "unlock": 2,
    "unlock_for": 2,
    "settle": 2,
    "anchors": 2,
    "staff": 2,
    "look_up": 2,
    "read_events": 2,
    "read_report": 2,
    "report": 2,
    "audit_export": 2,
    "probes": 2,
    "statistics": 2,
    "readiness": 2,
    "count_accounts": 2,
    "person": 2,
    "person_report": 2,
    "check_config": 2,
    "initialise": 2,
    "web": 3,
    "app": 4,
    "terms": 4,
    "cli": 4,
    "server": 4,
    "person_command": 4,
    "notice_command": 4,
    "audit_command": 4,
    "mapping_command": 4,
    "import_command": 4,
    "readiness_command": 4,
    "upkeep_command": 4,
    "__main__": 4,
    "demo": 4,
}

LIBRARIES = {
    "texts": {"babel"},
    "saml": {"lxml", "cryptography", "saml2", "click"},
    "directory": {"ldap3", "pyasn1"},
    "storage": {"sqlalchemy", "alembic", "cryptography"},
    "breached": {"click"},
    "notice_command": {"click"},
    "audit_command": {"click"},
    "mapping_command": {"click"},
    "import_command": {"click"},
    "readiness_command": {"click"},
    "upkeep_command": {"click"},
    "web": {"flask", "flask_wtf", "wtforms", "flask_login", "werkzeug", "markupsafe"},  # the last two are Flask's own
    "app": {"flask"},
    "terms": {"flask", "werkzeug", "lxml"},
    "cli": {"click"},
    "server": {"click", "granian"},
    "person_command": {"click"},
    "demo": {"flask", "werkzeug", "lxml", "cryptography", "saml2", "ldap3", "pyasn1", "granian"},
}

COMMAND_LINE = (
    "cli",
    "notice_command",
    "person_command",
    "audit_command",
    "mapping_command",
    "import_command",
    "readiness_command",
    "upkeep_command",
)  # each command loads only what it needs
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
BY_NAME = {"__import__", "import_module"}


class Import(NamedTuple):
    line: int
    module: str
    lazy: bool  # inside a function


def test_every_import_keeps_to_the_floors() -> None:
    faults = [fault for name, source in python_files("resetapp") for fault in broken_floors(name, source)]
    assert not faults, listed(faults)


def test_the_rule_catches_what_it_forbids() -> None:
    assert found("core/cpr.py", "import flask") == ["core may not use flask"]
    assert found("core/cpr.py", "from resetapp.trouble import Trouble") == ["core may not import trouble"]
    assert found("saml/gate.py", "from resetapp.storage.logins import open_login") == ["saml may not import storage"]
    assert found("directory/ldap.py", "from resetapp import reset") == ["directory may not import reset"]
    assert found("reset.py", "import sqlalchemy.orm") == ["reset may not use sqlalchemy"]
    assert found("web/pages.py", "from ldap3 import Connection") == ["web may not use ldap3"]
    assert found("web/pages.py", "from resetapp.demo.people import PERSONAS") == [
        "only cli may import demo, and lazily"
    ]
    assert found("cli.py", "from resetapp.demo import run") == ["only cli may import demo, and lazily"]
    assert found("reset.py", "def f():\n    import json") == ["import inside a function"]
    assert found("saml/gate.py", "from . import xml") == ["relative import"]
    assert found("saml/gate.py", "__import__('flask')") == ["import by name"]
    assert found("extras.py", "") == ["has no floor: give it one in tests/house/test_floors.py"]


def test_the_rule_lets_pass_what_it_allows() -> None:
    assert found("web/pages.py", "import json\nfrom flask import request\nfrom resetapp.reset import sign_in") == []
    assert found("cli.py", "def demo():\n    from resetapp.demo.run import run") == []
    assert found("demo/run.py", "from resetapp.demo import people\nfrom resetapp.saml import keys") == []


def found(name: str, source: str) -> list[str]:
    return [fault.what for fault in broken_floors(f"resetapp/{name}", source)]


def broken_floors(name: str, source: str) -> list[Fault]:
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    room = room_of(module)
    if room not in FLOORS:
        return [Fault(name, 1, "has no floor: give it one in tests/house/test_floors.py")]
    tree = ast.parse(source)
    faults = [Fault(name, line, what) for line, what in odd_imports(tree)]
    for found_import in imports(tree):
        what = own_fault(room, found_import) or library_fault(room, found_import) or lazy_fault(room, found_import)
        if what:
            faults.append(Fault(name, found_import.line, what))
    return faults


def room_of(module: str) -> str:
    return [*module.split("."), ""][1]


def imports(tree: ast.Module) -> Iterator[Import]:
    in_functions = {id(inner) for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        lazy = id(node) in in_functions
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "resetapp":
            yield from (Import(node.lineno, f"resetapp.{alias.name}", lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield Import(node.lineno, node.module, lazy)


def odd_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Imports that the rule could not see through."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "relative import"
        if isinstance(node, ast.Name | ast.Attribute) and getattr(node, "id", getattr(node, "attr", "")) in BY_NAME:
            yield node.lineno, "import by name"


def own_fault(room: str, found_import: Import) -> str:
    if found_import.module.split(".")[0] != "resetapp":
        return ""
    target = room_of(found_import.module)
    if target not in FLOORS:
        target = ""  # a name from resetapp/__init__.py, such as __version__
    if target == "demo" and room != "demo":
        return "" if room == "cli" and found_import.lazy else "only cli may import demo, and lazily"
    return "" if may_import(room, target) else f"{room} may not import {target}"


def may_import(room: str, target: str) -> bool:
    if room == target or FLOORS[target] < FLOORS[room]:
        return True
    beside = FLOORS[target] == FLOORS[room]
    return beside and FLOORS[room] != 1 and room not in ("", "core")


def library_fault(room: str, found_import: Import) -> str:
    library = found_import.module.split(".")[0]
    if library == "resetapp" or library in sys.stdlib_module_names or library in LIBRARIES.get(room, ()):
        return ""
    return f"{room} may not use {library}"


def lazy_fault(room: str, found_import: Import) -> str:
    return "import inside a function" if found_import.lazy and room not in COMMAND_LINE else ""
