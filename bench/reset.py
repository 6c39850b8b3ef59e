"""How long it takes to set one password in a directory of 100 000 people, proof included, and how many a second.

`python -m bench.reset` prints a table; with `--check` it also exits 1 when a target is missed. One reset is what a
visitor waits for: read the account again, change the password on condition, log in as the user with the new one,
on slapd, over TLS. Beside it stand the same three operations as a first attempt with ldap3 makes them: a new
verified connection for each login, the library's defaults, no condition.
"""

import multiprocessing
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ldap3 import BASE, MODIFY_REPLACE, SAFE_SYNC, Connection, Server, Tls

from bench.rows import Row, at_least, below, table
from bench.timing import quantile
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordSet
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.slapd import crowd_cpr, running_slapd
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind, DirectorySettings, Protected

PEOPLE = 100_000
ROUNDS = 300
NAIVE_ROUNDS = 30
WORKERS = 2
TURNS, SECONDS = 3, 2.0  # of throughput
MEDIAN_LIMIT, RATE_LIMIT = 25.0, 100.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the directory answers; goes to the workers."""

    ldaps_port: int
    ca_file: Path


def directory_at(place: Place) -> LdapDirectory:
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
        protected=Protected(groups=(seed.ADMINISTRATORS,), usernames=("admin-*",)),
    )
    return LdapDirectory(settings, lambda: datetime.now(UTC))


def accounts(directory: LdapDirectory, numbers: Iterator[int]) -> Iterator[DirectoryAccount]:
    for number in numbers:
        yield from directory.find_by_cpr(CprNumber.parse(crowd_cpr(number)))


def reset(directory: LdapDirectory, account: DirectoryAccount) -> None:
    outcome = directory.set_password(account, Secret(f"Ny-Kode-{time.time_ns()}"))
    if not isinstance(outcome, PasswordSet):
        raise RuntimeError(f"not set: {outcome}")


def milliseconds(work: Callable[[], None]) -> float:
    before = time.perf_counter()
    work()
    return (time.perf_counter() - before) * 1000


def naive_reset(place: Place, account: DirectoryAccount) -> None:
    """With certificates verified, as everybody should; otherwise as the library's documentation begins."""
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(place.ca_file))
    server = Server("localhost", port=place.ldaps_port, use_ssl=True, tls=tls)
    password = f"Ny-Kode-{time.time_ns()}"
    service = Connection(server, seed.SERVICE_DN, seed.SERVICE_PASSWORD, client_strategy=SAFE_SYNC)
    done = [service.bind()[0], service.search(account.dn, "(objectClass=*)", BASE, attributes=["entryUUID"])[0]]
    done.append(service.modify(account.dn, {"userPassword": [(MODIFY_REPLACE, [password])]})[0])
    service.unbind()
    user = Connection(server, account.dn, password, client_strategy=SAFE_SYNC)
    done.append(user.bind()[0])
    user.unbind()
    if not all(done):
        raise RuntimeError("not set")


def worker(place: Place, number: int, seconds: float) -> tuple[int, float]:
    """Resets and the seconds they took, of people that no other worker touches."""
    directory = directory_at(place)
    waiting = list(accounts(directory, iter(range(1000 * (number + 1), 1000 * (number + 1) + 200))))
    before, count = time.perf_counter(), 0
    while time.perf_counter() - before < seconds:
        reset(directory, waiting[count % len(waiting)])
        count += 1
    taken = time.perf_counter() - before
    directory.close()
    return count, taken


def rate(place: Place, workers: int, seconds: float) -> float:
    """Resets per second of several processes together, in the best of some turns: what a calm machine gives."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.starmap(worker, [(place, number, 0.2) for number in range(workers)], chunksize=1)  # to wake all of them
        tasks = [(place, number, seconds) for number in range(workers)]
        turns = [pool.starmap(worker, tasks, chunksize=1) for _ in range(TURNS)]
    return max(sum(count / taken for count, taken in found) for found in turns)


def measured_on(endpoint: Endpoint, rounds: int, seconds: float) -> list[Row]:
    place = Place(endpoint.ldaps_port, endpoint.certificates.ca)
    directory = directory_at(place)
    people = list(accounts(directory, iter(range(rounds))))
    ours, naive = [], []
    for turn, account in enumerate(people):  # by turns, so that a busy moment of the machine hits both
        ours.append(milliseconds(lambda account=account: reset(directory, account)))  # type: ignore[misc]
        if turn % (rounds // NAIVE_ROUNDS or 1) == 0:
            naive.append(milliseconds(lambda account=account: naive_reset(place, account)))  # type: ignore[misc]
    directory.close()
    together = rate(place, WORKERS, seconds)
    return [
        below("one reset, median", quantile(ours, 0.5), "ms", MEDIAN_LIMIT),
        Row("one reset, 95 of 100 within", quantile(ours, 0.95), "ms"),
        Row("the same with plain ldap3, median", quantile(naive, 0.5), "ms"),
        Row("plain ldap3 takes as long as ours", quantile(naive, 0.5) / quantile(ours, 0.5), "times"),
        at_least(f"resets with {WORKERS} processes", together, "/s", RATE_LIMIT),
    ]


def measure(people: int = PEOPLE, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    with tempfile.TemporaryDirectory(prefix="resetapp-bench-") as folder:
        before = time.perf_counter()
        with running_slapd(Path(folder) / "slapd", more_people=people) as endpoint:
            started = Row(f"slapd with {people} people, loaded and started", time.perf_counter() - before, "s")
            return [*measured_on(endpoint, rounds, seconds), started]


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Setting a password in OpenLDAP")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
