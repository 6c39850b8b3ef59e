"""Making the index of all mappings anew with the offline key: 50 000 rows, in a process of its own."""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.rows import Row, at_most, table

MAPPINGS = 50_000
_PROGRAM = """
import os, sys, time
from datetime import UTC, datetime
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingState, RequestKind
from resetapp.rekey import Rekeying
from resetapp.storage import mapping_keys, mappings
from resetapp.storage.audit import Journal
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.escrow import Escrow, OfflineKey, new_pair
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.schema import upgrade

url, count, tenant, now = sys.argv[1], int(sys.argv[2]), "example.dk", datetime.now(UTC)
private, public = new_pair()
keys = [("2026b", bytes(range(32))), ("2026a", bytes(range(1, 33)))]
old, both, escrow = CprIndexes(tenant, keys[1:]), CprIndexes(tenant, keys), Escrow(tenant, public)

def row(n):
    cpr, ident = CprNumber.parse(f"61{n // 10000 + 1:02d}90{n % 10000:04d}"), f"{n:032x}"
    held = {"directory": "people", "entry_id": ident, "username": ident, "requested_at": now}
    held |= {"key_id": "2026a", "cpr_index": old.newest_of(cpr), "sealed": escrow.seal(cpr, ident)}
    held |= {"id": ident, "request_id": "r", "state": MappingState.REQUESTED}
    return AccountMapping(seal=old.seals.of_row(held), **held)

def fill():
    upgrade(url)
    database = Database(url)
    asked = {"requested_by": "p", "requester": "p", "requested_at": now, "reason": "r"}
    with database.transaction() as db:
        mappings.add(db, MappingRequest(id="r", kind=RequestKind.IMPORT, **asked), ())
    for start in range(0, count, 1000):
        with database.transaction() as db:
            db.add_all([row(n) for n in range(start, min(start + 1000, count))])

if os.fork() == 0:  # its memory is not to be counted
    fill()
    os._exit(0)
if os.wait()[1]:
    sys.exit("the mappings could not be written")
database = Database(url)
work = Rekeying(database, Journal(bytes(32)), both, OfflineKey(tenant, private), lambda: datetime.now(UTC), "0")
def most():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1])
before, begun = most(), time.perf_counter()
done = sum(chunk.rows for chunk in work.chunks())
taken = time.perf_counter() - begun
with database.reading() as db:
    left = mapping_keys.count_older(db, "2026b")
if done != count or left:
    sys.exit(f"{done} of {count} made anew, {left} left")
print(taken, (most() - before) * 1024 / 1e6)
"""


def measure(mappings: int = MAPPINGS) -> list[Row]:
    """On SQLite, as it is installed by default. The memory is what it takes beyond the program itself."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _PROGRAM, f"sqlite:///{Path(folder)}/rekey.db", str(mappings)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, megabytes = map(float, answer.split())
    return [
        at_most(f"{mappings} mappings made anew", seconds, "s", 30),
        at_most("memory beyond the program's own", megabytes, "MB", 50),
    ]


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Mappings")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
