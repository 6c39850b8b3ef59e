"""What the processes of a server have cost so far, as Linux tells it in /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_AFTER_NAME = ") "  # the name in a stat line may hold spaces and brackets; what is wanted stands behind it


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10**6). `pss` counts a page that n processes share as one n-th."""

    rss: float
    pss: float


def children(pid: int) -> list[int]:
    """The processes that this one has started and that run."""
    found = (_stat(each) for each in _PROC.glob("[0-9]*"))
    return sorted(stat.pid for stat in found if stat is not None and stat.parent == pid)


def cpu_seconds(pid: int) -> float:
    """User and system time of this process and of its children, while their threads live; to the nanosecond."""
    threads = [task for each in (pid, *children(pid)) for task in (_PROC / str(each) / "task").glob("*/schedstat")]
    return sum(int(task.read_text().split()[0]) for task in threads) / 1e9


def ended_children(pid: int) -> float:
    """User and system time of the children that this process has started and waited for, in seconds."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(_AFTER_NAME)[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> Memory:
    lines = (line.split() for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {words[0]: int(words[1]) for words in lines}
    return Memory(kilobytes["Rss:"] * 1024 / 1e6, kilobytes["Pss:"] * 1024 / 1e6)


@dataclass(frozen=True, slots=True)
class _Stat:
    pid: int
    parent: int


def _stat(folder: Path) -> _Stat | None:
    """proc(5): from the state on, field 2 is the parent."""
    try:
        fields = (folder / "stat").read_text().rpartition(_AFTER_NAME)[2].split()
    except OSError:  # it has ended meanwhile
        return None
    return _Stat(int(folder.name), int(fields[1]))
