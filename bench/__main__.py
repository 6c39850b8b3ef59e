"""All measurements in one run and one table: `make bench`, or `python -m bench [--quick] [--check]`.

`--quick` does less of everything: enough to see that it runs, too little to believe the figures.
`--check` exits 1 when a target is missed.
"""

import argparse
import os
import platform
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import acs, breached, bulk, directories, pages, rekey, reset, saml_core, start
from bench.rows import Row, tables
from bench.service import installed, running_service
from resetapp.demo.slapd import SlapdUnavailable


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    people: int = acs.PEOPLE
    logins: int = acs.LOGINS
    requests: int = pages.REQUESTS
    starts: int = start.STARTS
    rounds: int = saml_core.ROUNDS
    resets: int = reset.ROUNDS
    reset_seconds: float = reset.SECONDS
    leaked: int = breached.ENTRIES
    lines: int = breached.LINES
    mappings: int = rekey.MAPPINGS
    looked_up: int = bulk.ACCOUNTS


QUICK = Amount(
    people=5000,
    logins=40,
    requests=200,
    starts=1,
    rounds=40,
    resets=60,
    reset_seconds=1.0,
    leaked=1_000_000,
    lines=100_000,
    mappings=2000,
    looked_up=5000,
)


def measure(amount: Amount) -> Mapping[str, Sequence[Row]]:
    """Everything, by title. Raises SlapdUnavailable where slapd is not installed."""
    core = saml_core.measure(amount.rounds)
    with installed(amount.people) as installation:
        starting = start.measured_on(installation, amount.starts)
        with running_service(installation) as service:
            shown = pages.measured_on(service, amount.requests)
            login = acs.measured_on(installation, service, amount.logins)
    setting = reset.measure(amount.people, amount.resets, amount.reset_seconds)
    kinds = directories.measure(amount.people)
    return {
        "Judging one login (SAML core)": core,
        "A login over HTTP": login,
        "Pages": shown,
        "Setting a password in OpenLDAP": setting,
        "Looking up many accounts in OpenLDAP": bulk.measure(amount.looked_up),
        "Leaked passwords": breached.measure(amount.leaked, amount.lines),
        "Mappings": rekey.measure(amount.mappings),
        "Directories": kinds,
        "Starting": starting,
    }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measurements beside their targets.")
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it runs")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    wanted = parser.parse_args(arguments)
    missing = [program for program in ("slapd", "xmlsec1") if not _installed(program)]
    if missing:
        print(f"Not installed: {', '.join(missing)}. Run: make bench", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    busy = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {busy:.1f} before the run, Python {platform.python_version()}\n", flush=True)
    try:
        parts = measure(QUICK if wanted.quick else Amount())
    except SlapdUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    print(tables(parts))
    missed = [row.name for rows in parts.values() for row in rows if not row.ok]
    print(f"\n{len(missed)} targets missed: {', '.join(missed)}" if missed else "\nEvery target is reached.")
    return int(wanted.check and bool(missed))


def _installed(program: str) -> bool:
    """Debian keeps servers where not every user's PATH looks."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
