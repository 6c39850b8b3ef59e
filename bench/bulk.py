"""Looking up 50 000 accounts at once, as the import of a file of mappings does: how long, and in how much memory.

`python -m bench.bulk` prints a table; with `--check` it also exits 1 when a target is missed. All are asked for by
username, then again by their lasting ids, on slapd, over TLS, in a process of its own that keeps nothing but the ids.
Beside it stands the same one by one.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.reset import Place, directory_at
from bench.rows import Row, at_most, table
from resetapp.core.accounts import AccountKey
from resetapp.demo.slapd import running_slapd

ACCOUNTS = 50_000
SINGLES = 300
SECONDS_LIMIT, MEMORY_LIMIT = 30.0, 50.0


@dataclass(frozen=True, slots=True)
class Effort:
    """Of one run over all accounts."""

    seconds: float
    cpu: float  # seconds of our own process
    memory: float  # MB by which the most that the process ever had has grown


@dataclass(frozen=True, slots=True)
class Efforts:
    """`single`: seconds of one look-up by username."""

    by_username: Effort
    by_id: Effort
    single: float


def worker(place: Place, accounts: int) -> Efforts:
    directory = directory_at(place)
    single = _single(directory.find_by_username(name) for name in _usernames(SINGLES))
    keys: list[AccountKey] = []
    found = (account.key for _, account in directory.find_all_by_username(_usernames(accounts)))
    by_username = _effort(found, keys)
    again: list[AccountKey] = []
    by_id = _effort((account.key for account in directory.reread_all(keys)), again)
    if not len(set(keys)) == len(keys) == accounts or set(again) != set(keys):
        raise RuntimeError("not every account was found")
    directory.close()
    return Efforts(by_username, by_id, single)


def _usernames(count: int) -> Iterable[str]:
    """Of people all over the directory, not as they lie in it."""
    return (f"U{number * 7919 % ACCOUNTS:06d}" for number in range(count))


def _single(looks: Iterable[list[object]]) -> float:
    before = time.perf_counter()
    if not all(looks):
        raise RuntimeError("an account was not found")
    return (time.perf_counter() - before) / SINGLES


def _effort(found: Iterable[AccountKey], kept: list[AccountKey]) -> Effort:
    memory, cpu, before = _most_memory(), time.process_time(), time.perf_counter()
    kept.extend(found)
    seconds, cpu = time.perf_counter() - before, time.process_time() - cpu
    return Effort(seconds, cpu, _most_memory() - memory)


def _most_memory() -> float:
    """Of this process alone, in MB; getrusage also counts what the parent had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    [most] = [line for line in lines if line.startswith("VmHWM:")]
    return int(most.split()[1]) * 1024 / 1e6


def measure(accounts: int = ACCOUNTS) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    with (
        tempfile.TemporaryDirectory(prefix="resetapp-bench-") as folder,
        running_slapd(Path(folder) / "slapd", more_people=ACCOUNTS) as endpoint,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        efforts = pool.apply(worker, (Place(endpoint.ldaps_port, endpoint.certificates.ca), accounts))
    named, again = efforts.by_username, efforts.by_id
    return [
        at_most(f"{accounts} accounts by username", named.seconds, "s", SECONDS_LIMIT),
        Row("our own CPU of that", named.cpu, "s"),
        at_most("memory it takes", named.memory, "MB", MEMORY_LIMIT),
        at_most("the same accounts by their lasting ids", again.seconds, "s", SECONDS_LIMIT),
        at_most("memory that takes", again.memory, "MB", MEMORY_LIMIT),
        Row("one by one it would take", efforts.single * accounts, "s"),
    ]


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Looking up many accounts in OpenLDAP")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
