"""How long `resetapp serve` takes from the start of its process to its first answer.

`python -m bench.start` prints a table; with `--check` it also exits 1 when a target is missed.
"""

import sys

from bench.rows import Row, below, table
from bench.service import Installation, installed, running_service
from bench.timing import quantile

STARTS = 3
LIMIT = 2.0


def measured_on(installation: Installation, starts: int = STARTS) -> list[Row]:
    """The first start fills the machine's file cache and is not counted."""
    seconds, cpu = [], []
    for _ in range(starts + 1):
        with running_service(installation) as service:
            seconds.append(service.started_in)
            cpu.append(service.cpu_seconds())
    return [
        below("start to first answer, median", quantile(seconds[1:], 0.5), "s", LIMIT),
        Row("the fastest of them", min(seconds[1:]), "s"),
        Row("CPU of a start, all processes, median", quantile(cpu[1:], 0.5), "s"),
    ]


def measure(starts: int = STARTS) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    with installed(people=10) as installation:
        return measured_on(installation, starts)


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Starting")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
