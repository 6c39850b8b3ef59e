"""The form of the code: what can be measured of it. CONTRIBUTING.md tells the rest."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tests.house.tree import Fault, comments, listed, python_files, text_files

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LONGEST_VIEW = 25
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "common", "misc", "tools"}
MAY_PRINT = ("resetapp/cli.py", "resetapp/demo/")
ROUTES = {"route", "get", "post", "put", "patch", "delete"}
MUTABLE = {"list", "dict", "set", "defaultdict", "deque", "Counter", "OrderedDict"}
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX)\b")  # the brackets keep this file out of its own test
NOQA = re.compile(r"#\s*noqa\b(?!: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S)", re.IGNORECASE)
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[[a-z-]+(, ?[a-z-]+)*\])")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_the_code_has_the_form_we_agreed_on() -> None:
    faults = [fault for name, source in python_files("resetapp") for fault in ill_formed(name, source)]
    assert not faults, listed(faults)


def test_no_python_file_is_too_long_or_silences_a_tool_without_a_reason() -> None:
    faults = [fault for name, source in python_files() for fault in too_long_or_silenced(name, source)]
    assert not faults, listed(faults)


def test_nothing_is_left_unfinished() -> None:
    faults = [fault for name, text in text_files(but=("tests/vendor/",)) for fault in unfinished(name, text)]
    assert not faults, listed(faults)


def test_the_form_is_measured() -> None:
    body = "    x = 1\n"
    assert found("def f():\n" + body * 40) == ["function f has 41 lines, 40 are allowed"]
    assert found("@pages.get('/')\ndef f():\n" + body * 25) == ["view f has 26 lines, 25 are allowed"]
    assert found("assert x") == ["assert: python -O takes it away"]
    assert found("print(1)") == ["print: only the command line and the demo speak to a terminal"]
    assert found("raise NotImplementedError") == ["NotImplementedError: unfinished"]
    assert found("def f():\n    ...") == ["function f has no body"]
    assert found("def f():\n    'Says what it would do.'\n    pass") == ["function f has no body"]
    assert found("SEEN = {}") == ["SEEN is global state"]
    assert found("SEEN: set[str] = set()") == ["SEEN is global state"]
    assert found("def f():\n    global x\n    x = 1") == ["global: state that nobody handed over"]
    assert found("ServiceProvider.instance") == [".instance: a hidden global"]
    assert found("x = 1", "resetapp/web/utils.py") == ["the name utils says nothing"]


def test_the_form_leaves_what_is_fine() -> None:
    body = "    x = 1\n"
    assert found("def f():\n" + body * 39) == []
    assert found("@pages.get('/')\ndef f():\n" + body * 24) == []
    assert found("print(1)", "resetapp/demo/run.py") == []
    assert found("SIZES = {'a': 1}\nasserted = 1") == []
    assert found("class Element(Protocol):\n    def get(self) -> str: ...") == []


def test_silencing_needs_a_code_and_a_reason() -> None:
    assert silenced("x = 1  # noqa\n") == ["silenced without a code and a reason"]
    assert silenced("x = 1  # noqa: S105\n") == ["silenced without a code and a reason"]
    assert silenced("x = 1  # noqa: S105 - the name of a page\n") == []
    assert silenced("x = 1  # type: ignore\n") == ["silenced without a code and a reason"]
    assert silenced("x = 1  # type: ignore[import-untyped]\n") == []
    assert silenced("x = '# noqa'\n") == []
    assert silenced("\n" * 301) == ["the file has 301 lines, 300 are allowed"]


def test_the_words_for_unfinished_work_are_found() -> None:
    word = "TO" + "DO"
    assert list(unfinished("a.html", f"<p>\n{word}: text")) == [Fault("a.html", 2, f"unfinished: {word}")]
    assert list(unfinished("a.html", "mastodon, xxxxxx-xxxx")) == []


def found(source: str, name: str = "resetapp/web/pages.py") -> list[str]:
    return [fault.what for fault in ill_formed(name, source)]


def silenced(source: str) -> list[str]:
    return [fault.what for fault in too_long_or_silenced("a.py", source)]


def ill_formed(name: str, source: str) -> list[Fault]:
    tree = ast.parse(source)
    faults = [Fault(name, line, what) for line, what in (*global_state(tree), *bad_nodes(name, tree))]
    if empty := EMPTY_NAMES & {*PurePath(name).with_suffix("").parts}:
        faults.append(Fault(name, 1, f"the name {', '.join(sorted(empty))} says nothing"))
    return faults


def bad_nodes(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    declared = set(declarations(tree))
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from too_long_function(node)
                if is_bodiless(node) and node not in declared:
                    yield node.lineno, f"function {node.name} has no body"
            case ast.Assert():
                yield node.lineno, "assert: python -O takes it away"
            case ast.Global():
                yield node.lineno, "global: state that nobody handed over"
            case ast.Attribute(attr="instance"):
                yield node.lineno, ".instance: a hidden global"
            case ast.Name(id="NotImplementedError"):
                yield node.lineno, "NotImplementedError: unfinished"
            case ast.Call(func=ast.Name(id="print")) if not name.startswith(MAY_PRINT):
                yield node.lineno, "print: only the command line and the demo speak to a terminal"


def declarations(tree: ast.Module) -> Iterator[ast.stmt]:
    """What a Protocol declares needs no body."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).startswith("Protocol") for base in node.bases):
            yield from node.body


def is_bodiless(node: Function) -> bool:
    """`...` or `pass`. A docstring alone is a body: it says why nothing is to be done."""
    match node.body[-1]:
        case ast.Expr(value=ast.Constant(value=constant)):
            return constant is ...
        case ast.Pass():
            return True
    return False


def too_long_function(node: Function) -> Iterator[tuple[int, str]]:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    kind, most = ("view", LONGEST_VIEW) if is_view(node) else ("function", LONGEST_FUNCTION)
    if length > most:
        yield node.lineno, f"{kind} {node.name} has {length} lines, {most} are allowed"


def is_view(node: Function) -> bool:
    called = (decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call))
    return any(isinstance(function, ast.Attribute) and function.attr in ROUTES for function in called)


def global_state(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Containers that are empty when the module is read: somebody will fill them."""
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if value is not None and is_empty_container(value):
                yield node.lineno, f"{name} is global state"


def is_empty_container(value: ast.expr) -> bool:
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name in MUTABLE
    return False


def too_long_or_silenced(name: str, source: str) -> Iterator[Fault]:
    lines = source.count("\n")
    if lines > LONGEST_FILE:
        yield Fault(name, lines, f"the file has {lines} lines, {LONGEST_FILE} are allowed")
    for line, comment in comments(source):
        if NOQA.search(comment) or TYPE_IGNORE.search(comment):
            yield Fault(name, line, "silenced without a code and a reason")


def unfinished(name: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        if word := UNFINISHED.search(line):
            yield Fault(name, number, f"unfinished: {word[0]}")
