"""A file of 50 000 mappings: with faults in a fiftieth of its lines, then mended, and then approved.

`python -m bench.imports` prints a table; with `--check` it also exits 1 when a target is missed. The accounts lie in
slapd, asked over TLS; each number is indexed and sealed, and each owner gets a mail. It is done in a process of its own
that is fresh each time. Beside it another process takes SQLite's write lock again and again, as other people's logins
do, and measures how long it waits. Every fault must be found at its line, in eight ways, and nothing imported before
the file is mended.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bench.reset import Place
from bench.rows import Row, at_most, table
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingState, RequestState
from resetapp.core.passwords import PasswordRules
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.slapd import running_slapd
from resetapp.directory import LdapDirectory
from resetapp.mapping import approval, imports
from resetapp.mapping.comparison import quiet
from resetapp.mapping.faults import Flaw, Report
from resetapp.mapping.imports import File
from resetapp.register import Register, register_of
from resetapp.reset import Desk
from resetapp.settings import Limits, MappingSettings, Visits
from resetapp.settings.mapping import MappingKey
from resetapp.settings.model import DirectoryKind, DirectorySettings, Protected
from resetapp.storage import mappings
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database
from resetapp.storage.escrow import new_pair
from resetapp.storage.outbox import Channel
from resetapp.storage.schema import upgrade
from resetapp.storage.tables import StaffLogin

ROWS = 50_000
FAULTY_EVERY = 50
SECONDS_LIMIT, MEMORY_LIMIT, LOCK_LIMIT = 60.0, 200.0, 1000.0
_WAYS = 8
_PAUSE = 0.02  # seconds between two times that the lock is taken

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Effort:
    """`longest`: milliseconds that another process waited for the write lock."""

    faulty: float
    mended: float
    approved: float
    memory: float  # MB, the most of the process


def number(place: int) -> str:
    """Of somebody who is not born yet, and so nobody's."""
    return f"{place % 28 + 1:02d}{place // 28 % 12 + 1:02d}57{5000 + place // 336:04d}"


def username(place: int) -> str:
    return f"u{place:06d}"


def faulty_rows(rows: int) -> Iterator[int]:
    return iter(range(0, rows, FAULTY_EVERY))


def file_of(rows: int, faulty: bool) -> tuple[str, list[tuple[int, Flaw]]]:
    """The file, and what must be told of it: line and flaw. Mended, it names other accounts for the privileged."""
    lines, faults = ["cpr;username"], []
    for place in range(rows):
        cpr, name, way = number(place), username(place), place // FAULTY_EVERY % _WAYS
        if place % FAULTY_EVERY == 0 and (faulty or way == _PRIVILEGED):
            cpr, name, flaw = (
                _spoilt(place, way) if faulty else (cpr, username(rows + place // FAULTY_EVERY), Flaw.USER)
            )
            faults.append((place + 2, flaw))
            faults += [(place + 3, flaw)] if flaw is Flaw.DUPLICATE else []
        lines.append(f"{cpr};{name}")
    return "\r\n".join(lines), faults if faulty else []


_PRIVILEGED = 6


def _spoilt(place: int, way: int) -> tuple[str, str, Flaw]:
    cpr, name = number(place), username(place)
    ways = (
        (cpr[1:], name, Flaw.EXCEL_CPR),
        ("1,02E+09", name, Flaw.EXCEL_POWER),
        (f"6{cpr[1:]}" if cpr[0] in "123" else f"7{cpr[1:]}", name, Flaw.CPR_REPLACEMENT),
        (f"{cpr[:6]}-ABC1", name, Flaw.CPR_PSEUDO),
        (f"9{cpr[1:2]}13{cpr[4:]}", name, Flaw.CPR),
        (cpr, f"nobody{place}", Flaw.USER),
        (cpr, name, Flaw.PRIVILEGED),
        (cpr, username(place + 1), Flaw.DUPLICATE),
    )
    return ways[way]


def desk_at(place: Place, url: str, rows: int) -> tuple[Desk, Register]:
    """The accounts of this directory hold no number that we can see."""
    privileged = [username(each) for each in faulty_rows(rows) if each // FAULTY_EVERY % _WAYS == _PRIVILEGED]
    settings = DirectorySettings(
        name="people",
        title="Eksempel",
        title_en="Example",
        kind=DirectoryKind.OPENLDAP,
        hosts=(f"ldaps://127.0.0.1:{place.ldaps_port}",),
        base=seed.PEOPLE,
        bind_dn=seed.SERVICE_DN,
        bind_password=Secret(seed.SERVICE_PASSWORD),
        ca_file=place.ca_file,
        cpr_attribute="employeeNumber",
        protected=Protected(groups=(seed.ADMINISTRATORS,), usernames=tuple(privileged)),
    )
    database, journal = Database(url), Journal(bytes(32))
    directories = {"people": LdapDirectory(settings, _now)}
    mapping = MappingSettings(True, "example.dk", (MappingKey("2026a", bytes(range(32))),), new_pair()[1])
    register = register_of(mapping, database, directories, journal, _now)
    if register is None:
        raise RuntimeError("mappings are off")
    told = frozenset({Channel.MAIL})
    rules = PasswordRules(12, 128, False, frozenset(), frozenset(), frozenset(), frozenset())
    return Desk(database, directories, rules, Limits(), Visits(), bytes(32), journal, _now, told, register), register


def _now() -> datetime:
    return datetime.now(UTC)


def worker(place: Place, url: str, rows: int) -> Effort:
    desk, register = desk_at(place, url, rows)
    with closing(desk):
        content, faults = file_of(rows, faulty=True)
        faulty, request_id = _timed(lambda: sent(desk, register, content))
        told = [(each.line, each.flaw) for each in report(desk, request_id).faults]
        if told != sorted(faults) or counted(desk):
            raise RuntimeError("not every fault was told, or something was imported")
        content, _ = file_of(rows, faulty=False)
        mended, request_id = _timed(lambda: sent(desk, register, content))
        if counted(desk) != {MappingState.REQUESTED: rows}:
            raise RuntimeError(f"not imported: {report(desk, request_id).faults[:3]}")
        approved, state = _timed(lambda: approve(desk, register, request_id))
        if state is not RequestState.APPROVED or counted(desk) != {MappingState.APPROVED: rows}:
            raise RuntimeError("not approved")
    return Effort(faulty, mended, approved, _most_memory())


def member(register: Register, place: int) -> StaffLogin:
    own = dict(register.indexes.of(CprNumber.parse(number(place))))
    return StaffLogin(person=str(place), username=str(place), directory="people", entry_id=str(place), indexes=own)


def sent(desk: Desk, register: Register, content: str) -> str:
    by, file = member(register, 2 * ROWS), File(content.encode(), False, "Semesterstart")
    request_id = imports.begin(desk, register, by, file)
    imports.check(desk, register, by, request_id, file, quiet)
    return request_id


def approve(desk: Desk, register: Register, request_id: str) -> RequestState:
    with desk.database.reading() as db:
        asked = mappings.find_request(db, request_id)
    file_hash = asked.file_hash if asked else ""
    approval.claim(desk, register, member(register, 2 * ROWS + 1), request_id, file_hash or "")
    return approval.carry_out(desk, register, request_id)


def report(desk: Desk, request_id: str) -> Report:
    with desk.database.reading() as db:
        asked = mappings.find_request(db, request_id)
    return Report.of(asked.report if asked else {})


def counted(desk: Desk) -> dict[MappingState, int]:
    with desk.database.reading() as db:
        return mappings.counts(db)


def other_writer(url: str, until: Path) -> float:
    """The longest wait for the write lock, in milliseconds."""
    longest = 0.0
    with closing(Database(url)) as database:
        while not until.exists():
            before = time.perf_counter()
            with database.statements():  # begins at once, as a session does not
                longest = max(longest, (time.perf_counter() - before) * 1000)
            time.sleep(_PAUSE)
    return longest


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    before = time.perf_counter()
    found = work()
    return time.perf_counter() - before, found


def _most_memory() -> float:
    """Of this process alone, in MB; getrusage also counts what the parent had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    [most] = [line for line in lines if line.startswith("VmHWM:")]
    return int(most.split()[1]) * 1024 / 1e6


def measured(folder: Path, rows: int) -> tuple[Effort, float]:
    """And the longest wait of another writer. Raises SlapdUnavailable where slapd is not installed."""
    url, done = f"sqlite:///{folder}/imports.db", folder / "done"
    upgrade(url)
    with running_slapd(folder / "slapd", more_people=rows + rows // FAULTY_EVERY) as endpoint:
        place = Place(endpoint.ldaps_port, endpoint.certificates.ca)
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            waiting = pool.apply_async(other_writer, (url, done))
            try:
                return pool.apply(worker, (place, url, rows)), (done.touch(), waiting.get())[1]
            finally:
                done.touch()


def measure(rows: int = ROWS) -> list[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="resetapp-bench-") as folder:
        effort, longest = measured(Path(folder), rows)
    return [
        at_most(f"{rows} lines, every {FAULTY_EVERY}th with a fault, checked", effort.faulty, "s", SECONDS_LIMIT),
        Row("the same mended: checked, indexed, sealed, kept", effort.mended, "s"),
        Row("approved: read again, on record, owners told", effort.approved, "s"),
        at_most("both together", effort.mended + effort.approved, "s", SECONDS_LIMIT),
        at_most("memory of the whole process", effort.memory, "MB", MEMORY_LIMIT),
        at_most("longest wait of another writer", longest, "ms", LOCK_LIMIT),
    ]


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Importing a file of mappings")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
