"""The list of leaked passwords: what one question costs at ten million, and what building a list takes."""

import os
import random
import subprocess
import sys
import tempfile
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path

from bench.rows import Row, at_most, table
from bench.timing import interleaved
from resetapp.breached.form import BUCKETS, TAIL, About, write_about
from resetapp.breached.leaked import LeakedPasswords, tail_and_bucket

ENTRIES = 10_000_000
LINES = 1_000_000  # of a published file, to build from
_ASKED = 1000  # questions in one round: one alone is too short for a clock
_ROUNDS = 30
_HASH_TAIL = 12  # bytes
_PROGRAM = """
import sys, time
from pathlib import Path
from resetapp.breached.build import build
begun = time.perf_counter()
build([Path(sys.argv[1])], Path(sys.argv[2]), 1, lambda _: None)
taken = time.perf_counter() - begun
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))  # its own, unlike ru_maxrss
print(taken, int(most.split()[1]) * 1024 / 1e6)
"""


@dataclass(frozen=True, slots=True)
class _Building:
    """Records a second, and the most memory the process ever had, in MB."""

    speed: float
    memory: float


def measure(entries: int = ENTRIES, lines: int = LINES) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queries = _queries(folder, entries)
        half, whole = (_build(folder, number) for number in (lines // 2, lines))
    return [
        *queries,
        Row("building: records a second", whole.speed / 1000, "k/s"),
        Row("building: memory", whole.memory, "MB"),
        at_most("building: memory for twice as many lines", whole.memory / half.memory, "times", 1.1),
    ]


def _queries(folder: Path, entries: int) -> list[Row]:
    """The records are random, which hashes are, too; those asked for are put among them."""
    candidates = (f"leaked {number}" for number in count())
    known = list(islice((each for each in candidates if _room(each, entries)), _ASKED))
    _write_list(folder, entries, known)
    leaked = LeakedPasswords(folder)
    if not all(password in leaked for password in known):
        raise RuntimeError("the list that was made does not hold what was put into it")
    work = {
        "listed": lambda: [password in leaked for password in known],
        "not listed": lambda: [f"{password}!" in leaked for password in known],
    }
    times = interleaved(work, _ROUNDS)
    leaked.close()
    title = f"{entries / 1e6:g} million, password"
    return [at_most(f"{title} {name}", each.quartile * 1000 / _ASKED, "µs", 20) for name, each in times.items()]


def _room(password: str, entries: int) -> bool:
    """Whether the password's bucket is not one of the empty ones."""
    _, bucket = tail_and_bucket(password)
    return bucket * entries // BUCKETS < (bucket + 1) * entries // BUCKETS


def _write_list(folder: Path, entries: int, known: list[str]) -> None:
    """As `resetapp breached build` would, but in seconds: evenly filled buckets of random tails."""
    index = array("I", (bucket * entries // BUCKETS for bucket in range(BUCKETS + 1)))
    if sys.byteorder == "big":
        index.byteswap()
    tails = bytearray(os.urandom(entries * TAIL))
    for password in known:
        tail, bucket = tail_and_bucket(password)
        start = bucket * entries // BUCKETS
        tails[start * TAIL : (start + 1) * TAIL] = tail
    (folder / "index-00").write_bytes(index.tobytes())
    (folder / "tails-00").write_bytes(tails)
    write_about(folder, About(entries, 1, datetime.now(UTC), "index-00", "tails-00"))


def _build(folder: Path, lines: int) -> _Building:
    """In a process of its own, whose memory is then the build's."""
    source = folder / f"published-{lines}.txt"
    step, random_bits = (1 << 64) // lines, random.Random(1)
    with source.open("w", encoding="ascii") as file:
        for number in range(lines):
            file.write(
                f"{number * step + random_bits.getrandbits(30):016X}{os.urandom(_HASH_TAIL).hex().upper()}:3\r\n"
            )
    command = [sys.executable, "-c", _PROGRAM, str(source), str(folder / f"built-{lines}")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, megabytes = map(float, answer.split())
    return _Building(lines / seconds, megabytes)


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Leaked passwords")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
