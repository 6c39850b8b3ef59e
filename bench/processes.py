"""What the processes of a server have cost so far, as Linux tells it in /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
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
    """User and system time of this process and of its children, in steps of 1/100 s."""
    stats = [_stat(_PROC / str(each)) for each in (pid, *children(pid))]
    return sum(stat.ticks for stat in stats if stat is not None) / _TICKS


def memory(pid: int) -> Memory:
    lines = (line.split() for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {words[0]: int(words[1]) for words in lines}
    return Memory(kilobytes["Rss:"] * 1024 / 1e6, kilobytes["Pss:"] * 1024 / 1e6)


@dataclass(frozen=True, slots=True)
class _Stat:
    pid: int
    parent: int
    ticks: int


def _stat(folder: Path) -> _Stat | None:
    """proc(5): from the state on, fields 2 and 12, 13 are the parent and the ticks in user and system mode."""
    try:
        fields = (folder / "stat").read_text().rpartition(_AFTER_NAME)[2].split()
    except OSError:  # it has ended meanwhile
        return None
    return _Stat(int(folder.name), int(fields[1]), int(fields[11]) + int(fields[12]))
