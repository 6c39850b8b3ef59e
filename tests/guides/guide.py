"""Reads a guide of docs/directories/ the way its reader does: files are saved, commands are run, top to bottom.

A fenced block says behind its language what it is: `run` are commands, `file=NAME` is a file in the folder of the
commands, `settings` is the [[directory]] table. Every other block is only to be read. The table "Names in this guide"
names what readers put their own words for; that is the only change made to a block.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from resetapp.settings import DirectorySettings, load
from tests.servers.running import ROOT
from tests.settings.written import filled_in, folder_with_files, write

_BLOCK = re.compile(r"^```\w+ (run|settings|file=\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMES = re.compile(r"^## Names in this guide\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_LINES = re.compile(r"^## \d+\. `resetapp check-config`\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
_PATIENCE = 300.0  # seconds for all commands of a guide


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    kind: str
    text: str


class Guide:
    def __init__(self, path: Path, words: Mapping[str, str]) -> None:
        """`words`: what stands on the server at hand for each of the guide's names; the others stay as they are."""
        self._path = path
        self.text = path.read_text("utf-8")
        assert set(words) <= set(self.names()), "only a name in the guide's table may be replaced"
        self._words = words

    def names(self) -> list[str]:
        table = _NAMES.search(self.text)
        assert table, "the guide has no table of names"
        return _NAME.findall(table[1])

    def explained_lines(self) -> list[str]:
        """The lines of check-config in the guide's table about it."""
        table = _LINES.search(self.text)
        assert table, "the guide does not explain check-config"
        return _NAME.findall(self._put_in(table[1]))

    def blocks(self) -> Iterator[Block]:
        for found in _BLOCK.finditer(self.text):
            yield Block(self.text.count("\n", 0, found.start()) + 1, found[1], self._put_in(found[2]))

    def _put_in(self, text: str) -> str:
        for name, word in self._words.items():
            text = text.replace(name, word)
        return text

    def run(self, folder: Path, **environment: str) -> None:
        """All commands in one shell, which ends with the first that fails."""
        for block in self.blocks():
            if block.kind.startswith("file="):
                (folder / block.kind.removeprefix("file=")).write_text(block.text, "utf-8")
        commands = [f": line {block.line}\n{block.text}" for block in self.blocks() if block.kind == "run"]
        assert commands, "the guide has no commands"
        done = subprocess.run(
            ["sh", "-eux"],
            input="".join(commands),
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{self._path.name}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

    def settings(self, folder: Path, authority: Path) -> DirectorySettings:
        """As the program reads them. `folder`: the one in which the commands were run."""
        [table] = [block.text for block in self.blocks() if block.kind == "settings"]
        shutil.copy(authority, folder / "directory-ca.pem")
        before, _, _ = filled_in().partition("\n[[directory]]")
        [directory] = load(write(folder_with_files(folder), f"{before}\n{table}")).directories
        return directory


def guide(name: str, words: Mapping[str, str]) -> Guide:
    return Guide(ROOT / "docs/directories" / f"{name}.md", words)
