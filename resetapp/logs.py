"""The log: one JSON object a line, without personal numbers, exception texts or anything a visitor could forge.

Exceptions are told by class and place alone: their texts may quote a password, an LDAP answer or an assertion.
"""

import json
import logging
import os
import re
import sys
import threading
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from types import TracebackType

# A personal number as a token of its own, also right after %3A in a URL or \n in a repr.
_CPR = re.compile(r"((?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))[0-9]{6}-?[0-9]{4}(?![0-9A-Za-z])")
HIDDEN = "xxxxxx-xxxx"
_CAPPED = ("saml2", "ldap3", "sqlalchemy", "alembic", "xmlschema")  # below WARNING: assertions, secrets, chatter
_MOST_FRAMES = 30


def configure(log_file: str = "") -> None:
    """Send every logger of this process to `log_file`, or to standard error when it is empty. Can be called again."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if handler.get_name() == __name__]:
        root.removeHandler(old)
        old.close()
    root.addHandler(_handler(log_file))
    root.setLevel(logging.INFO)
    for name in _CAPPED:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def scrubbed(text: str) -> str:
    """The text with everything that looks like a personal number hidden."""
    return _CPR.sub(HIDDEN, text)


def _handler(log_file: str) -> logging.Handler:
    handler = _File(_created(log_file), encoding="utf-8") if log_file else _Standard()
    handler.set_name(__name__)
    handler.addFilter(_only_what_may_be_told)
    handler.setFormatter(_Lines())
    return handler


def _created(log_file: str) -> str:
    """Made unreadable for strangers before anything is written to it."""
    os.close(os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640))
    return log_file


class _Silent(logging.Handler):
    """When a line cannot be written, the standard library would print its arguments; we print only that it failed."""

    def handleError(self, record: logging.LogRecord) -> None:
        kind = getattr(sys.exc_info()[0], "__name__", "")
        sys.stderr.write(json.dumps({"level": "ERROR", "logger": __name__, "message": f"line lost: {kind}"}) + "\n")


class _Standard(_Silent):
    """Standard error as it is when the line is written."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


class _File(_Silent, WatchedFileHandler):
    """Reopens the file when logrotate has moved it away."""


def _only_what_may_be_told(record: logging.LogRecord) -> bool:
    """Scrubs the message in place; drops what the capped libraries say below WARNING, even if a level was lowered."""
    if record.levelno < logging.WARNING and record.name.split(".")[0] in _CAPPED:
        return False
    try:
        message = record.getMessage()
    except Exception as error:  # wrong arguments of a logging call: their text must not come out either
        message = f"log message without its arguments ({type(error).__name__}) from {record.pathname}:{record.lineno}"
    record.msg, record.args = scrubbed(message), None
    return True


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": str(record.msg),
        }
        if record.exc_info and record.exc_info[1]:
            line["exceptions"] = _told(record.exc_info[1])
        # ASCII alone: no line break, terminal escape or writing direction survives (ASVS 16.4.1: log injection).
        return json.dumps(line, ensure_ascii=True).replace("\x7f", "\\u007f")


def _told(error: BaseException) -> list[dict[str, object]]:
    """The exception and what led to it, newest first: class and places, no text and no local variable."""
    told: list[dict[str, object]] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        kind = type(cause)
        told.append({"class": f"{kind.__module__}.{kind.__qualname__}", "at": _places(cause.__traceback__)})
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return told


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-_MOST_FRAMES:]


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("unhandled exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is not None:
        _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)
