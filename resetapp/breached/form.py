"""How the list lies on the disk (security.md 4.4): two files of fixed-size entries, and one that names them.

A record is the first 64 bits of the SHA-1 of a password in UTF-8. `index-…` holds 2^24 + 1 little-endian uint32:
entry b is the number of records whose first three bytes are less than b. `tails-…` holds the next five bytes of every
record, sorted, with nothing between them. `about.json` tells which two files belong together; putting it in place is
what makes a new list the one in use. A thousand million records take 5.1 GB. That a password which is not in the list
is found there happens once in 2^64 / records times.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

FORMAT = 1
BUCKETS = 1 << 24
INDEX_ENTRY = 4
INDEX_BYTES = (BUCKETS + 1) * INDEX_ENTRY
TAIL = 5
MOST_ENTRIES = (1 << 32) - 1  # an index entry holds no larger number
ABOUT = "about.json"
DATA_FILE = re.compile(r"(?:index|tails)-[0-9A-Za-z]+")
_ABOUT_LIMIT = 10_000  # bytes

_BUILD = "Build it anew: resetapp breached build (docs/operator.md)"


class BreachedTrouble(Exception):
    """The list cannot be built or used. `problem` names what and where, `remedy` says what to do."""

    def __init__(self, problem: str, remedy: str = _BUILD) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class About:
    """What `about.json` says. `index` and `tails` are names of files beside it."""

    entries: int
    minimum_count: int
    built: datetime
    index: str
    tails: str


def read_about(folder: Path) -> About:
    """Raises BreachedTrouble when there is no list, or one of another format."""
    try:
        with (folder / ABOUT).open("rb") as file:
            facts = json.loads(file.read(_ABOUT_LIMIT))
        if facts["format"] != FORMAT:
            raise BreachedTrouble(f"{folder} holds a list of another version of resetapp")
        about = About(
            entries=int(facts["entries"]),
            minimum_count=int(facts["minimum_count"]),
            built=datetime.fromisoformat(facts["built"]),
            index=str(facts["index"]),
            tails=str(facts["tails"]),
        )
    except OSError as error:
        raise BreachedTrouble(f"{folder / ABOUT} cannot be read ({os.strerror(error.errno or 0)})") from None
    except (ValueError, TypeError, LookupError):
        raise BreachedTrouble(f"{folder / ABOUT} is damaged") from None
    if not (DATA_FILE.fullmatch(about.index) and DATA_FILE.fullmatch(about.tails) and about.built.tzinfo):
        raise BreachedTrouble(f"{folder / ABOUT} is damaged")
    return about


def write_about(folder: Path, about: About) -> None:
    """In one step: who reads the folder meanwhile finds the old list or the new one, each whole."""
    facts = {"format": FORMAT, **asdict(about), "built": about.built.isoformat()}
    fresh = folder / f"{ABOUT}.part"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / ABOUT)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """So that the names in it survive a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
