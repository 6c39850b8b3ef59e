"""No password, CPR number or library exception's text on its way into a log or an exception: read off the code.

Exception texts of libraries hold the value that displeased them: a password, a decrypted assertion. So the log gets
the name of the class and our own words. What really comes out at run time is tested elsewhere, with canaries.
"""

import ast
import re
from collections.abc import Iterator

from tests.house.tree import Fault, listed, python_files

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"log", "logs", "logger", "logging", "getlogger"}
TELLING = re.compile(r"([a-z0-9]+_)*(password|cpr|digits|secret|secret_key|person_key|assertion|cookie|token)s?")
FOREIGN_TEXT = {"args", "msg", "message", "strerror", "doc", "object"}  # what exceptions of libraries carry
RENDERED = {"format_exc", "format_exception", "format_exception_only", "exc_info"}


def test_no_secret_and_no_foreign_text_goes_into_logs_or_exceptions() -> None:
    faults = [fault for name, source in python_files("resetapp") for fault in leaks(name, source)]
    assert not faults, listed(faults)


def test_leaks_into_the_log_are_caught() -> None:
    assert found("log.info(f'login {reference}')") == ["a log text is put together: pass the values beside it"]
    assert found("log.info('login %s' % reference)") == ["a log text is put together: pass the values beside it"]
    assert found("_log.info('login {}'.format(reference))") == ["a log text is put together: pass the values beside it"]
    assert found("logging.getLogger('x').warning('a %s', account.cpr)") == ["cpr goes into a log"]
    assert found("log.warning('a %s', new_password)") == ["new_password goes into a log"]
    assert found("log.warning('a', extra={'p': form.password.data})") == ["password goes into a log"]
    assert found("log.warning('a %s', key.reveal())") == ["a revealed secret goes into a log"]
    assert caught("log.error('a %s', error)") == ["the exception error goes into a log"]
    assert caught("log.error('a %s', str(error))") == ["the exception error goes into a log"]
    assert caught("log.error('a %s', error.args)") == ["the exception error goes into a log"]
    assert found("def f(e: OSError): log.error('a %s', e)") == ["the exception e goes into a log"]
    assert found("log.error('a %s', traceback.format_exc())") == ["an exception's text goes into a log"]


def test_leaks_into_exceptions_are_caught() -> None:
    assert found("raise ValueError(f'bad {password}')") == ["password goes into an exception"]
    assert found("raise InvalidCpr(cpr)") == ["cpr goes into an exception"]
    assert caught("raise DirectoryDown('people', str(error))") == ["the exception error goes into an exception"]
    assert caught("raise trouble.DirectoryDown(f'{error}')") == ["the exception error goes into an exception"]


def test_what_tells_nothing_passes() -> None:
    assert found("log.info('login %s', reference)") == []
    assert found("log.info('a ' 'b %s', len(accounts), extra={'code': code})") == []
    assert caught("log.warning('a %s', type(error).__name__)") == []
    assert caught("log.warning('a %s', error.code)") == []
    assert caught("log.critical('a', exc_info=error)") == []
    assert caught("raise DirectoryDown('people', 'bind') from error") == []
    assert caught("raise DirectoryDown(type(error).__name__) from None") == []
    assert found("raise Trouble('password')") == []


def test_our_own_exceptions_may_be_told() -> None:
    handler = "try:\n    work()\nexcept {} as error:\n    raise Fault(str(error))"
    ours = "from resetapp.directory.names import InvalidName\n"
    assert found(ours + handler.format("InvalidName")) == []
    assert found(ours + handler.format("(InvalidName, OSError)")) == ["the exception error goes into an exception"]


def found(source: str) -> list[str]:
    return sorted(fault.what for fault in leaks("a.py", source))


def caught(statement: str) -> list[str]:
    return found(f"try:\n    work()\nexcept OSError as error:\n    {statement}")


def leaks(name: str, source: str) -> list[Fault]:
    tree = ast.parse(source)
    exceptions = set(names_of_exceptions(tree))
    faults = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=level)) if level in LEVELS and is_logger(receiver):
                faults |= {Fault(name, node.lineno, what) for what in into_a_log(node, exceptions)}
            case ast.Raise(exc=ast.Call() as made) if is_class(made.func):
                faults |= {
                    Fault(name, node.lineno, f"{what} goes into an exception") for what in told(made, exceptions)
                }
    return list(faults)


def names_of_exceptions(tree: ast.Module) -> Iterator[str]:
    """What the file calls a foreign exception: `except … as error`, and parameters that are annotated as one."""
    own = own_classes(tree)
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(name=str(name), type=ast.expr() as kind) if not classes(kind) <= own:
                yield name
            case ast.arg(arg=name, annotation=ast.expr() as kind) if not classes(kind) <= own:
                if ast.unparse(kind).endswith(("Exception", "Error")):
                    yield name


def own_classes(tree: ast.Module) -> set[str]:
    """Classes from this file or from resetapp: their exceptions hold our own words."""
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("resetapp"):
            own |= {alias.asname or alias.name for alias in node.names}
    return own


def classes(kind: ast.expr) -> set[str]:
    parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return {ast.unparse(part) for part in parts}


def is_logger(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lower().strip("_") in LOGGERS
        case ast.Call(func=function):
            return is_logger(function)
    return False


def is_class(made: ast.expr) -> bool:
    """`raise Trouble(…)`; a function of ours that makes the exception, `raise _trouble(error)`, is judged by itself."""
    return ast.unparse(made).split(".")[-1][:1].isupper()


def into_a_log(call: ast.Call, exceptions: set[str]) -> Iterator[str]:
    match call.args:
        case [ast.JoinedStr() | ast.BinOp() | ast.Call(func=ast.Attribute(attr="format")), *_]:
            yield "a log text is put together: pass the values beside it"
    yield from (f"{what} goes into a log" for what in told(call, exceptions))


def told(call: ast.Call, exceptions: set[str]) -> Iterator[str]:
    """What the arguments of a call give away. `exc_info` is left to `logs.py`, which writes classes and places only."""
    for value in (*call.args, *(keyword.value for keyword in call.keywords if keyword.arg != "exc_info")):
        yield from given_away(value, exceptions)


def given_away(node: ast.AST, exceptions: set[str]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="type")):
            return  # the name of a class tells nothing
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in exceptions:
            if attribute in FOREIGN_TEXT:
                yield f"the exception {name}"
            return
        case ast.Name(id=name) if name in exceptions:
            yield f"the exception {name}"
        case ast.Name(id=name) | ast.Attribute(attr=name) if TELLING.fullmatch(name):
            yield name
        case ast.Attribute(attr="reveal"):
            yield "a revealed secret"
        case ast.Attribute(attr=name) if name in RENDERED:
            yield "an exception's text"
    for child in ast.iter_child_nodes(node):
        yield from given_away(child, exceptions)
