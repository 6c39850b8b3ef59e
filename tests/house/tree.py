"""The project's own files as the house tests see them, and how a broken rule is reported."""

import os
import subprocess
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, order=True)
class Fault:
    """One broken rule. `where` is the file, from the project's folder."""

    where: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line}: {self.what}"


def listed(faults: Iterable[Fault]) -> str:
    """For assertion messages: one fault a line, all of them."""
    return "\n" + "\n".join(str(fault) for fault in sorted(faults))


@cache
def project_files() -> tuple[str, ...]:
    """Every file that belongs to the project: known to git, or new and not ignored."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, env=os.environ | {"LC_ALL": "C"}, capture_output=True, check=True)
    return tuple(sorted(name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()))


def python_files(*folders: str) -> Iterator[tuple[str, str]]:
    """Name and text of each Python file below the folders; of every one without a folder."""
    for name in project_files():
        if name.endswith(".py") and (not folders or name.split("/")[0] in folders):
            yield name, text_of(name)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def text_files(*, but: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Name and text of each file that is text, without those below the folders `but`."""
    for name in project_files():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content and not name.startswith(but or ("\0",)):
            yield name, content.decode("utf-8")


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each comment; what only looks like one inside a string is left out."""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
