"""The whole POST of a login over HTTP: ours, beside SimpleSAMLphp and pysaml2 as service providers; under a flood.

`python -m bench.saml_services` prints a table; with `--check` it also exits 1 when a target is missed; `--quick` does
too little for its figures to be believed. All read the same message: signed by RSA-3072, encrypted to RSA-3072 and
AES-256-GCM. Ours does more with it: it asks the directory for the person's account and writes request, assertion and
visit to a database on disk; the others keep a session without syncing it, or only set a cookie.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from bench import acs, php_service, pysaml2_service
from bench.load import WARM, Ask, Load, load
from bench.rows import Row, at_least, below, table
from bench.service import Installation, Service, installed, running_service
from bench.timing import quantile

ROUNDS = 5
LOGINS = {"ours": 200, "SimpleSAMLphp": 200, "pysaml2": 24}  # in each round
PHP_RATIO, PYSAML2_RATIO = 2.0, 20.0
FLOOD_SECONDS, FLOOD_RATE, HONEST_LIMIT = 15.0, 1000.0, 500.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A service, and how a number of fresh logins is made for it. Each is used once."""

    service: Service
    asks: Callable[[int], list[Ask]]


def measure(people: int = acs.PEOPLE, rounds: int = ROUNDS, flood_seconds: float = FLOOD_SECONDS) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    with ExitStack() as stack:
        installation = stack.enter_context(installed(people))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="resetapp-bench-")))
        php = stack.enter_context(php_service.running_php(installation, folder / "php"))
        stock = stack.enter_context(pysaml2_service.running_pysaml2(installation, folder))
        numbers = iter(range(people))
        with running_service(installation) as service:
            found = beside(_contenders(installation, service, php, stock, numbers), rounds)
        _limit_again(installation)
        with running_service(installation) as service:
            return [*found, sync(folder), *flooded(installation, service, numbers, flood_seconds)]


def _contenders(
    installation: Installation, service: Service, php: Service, stock: Service, numbers: Iterator[int]
) -> dict[str, Contender]:
    return {
        "ours": Contender(service, lambda count: ours(installation, service, numbers, count)),
        "SimpleSAMLphp": Contender(
            php, lambda count: [php_service.posted(installation, php, next(numbers)) for _ in range(count)]
        ),
        "pysaml2": Contender(stock, lambda count: for_pysaml2(installation, service, numbers, count)),
    }


def _limit_again(installation: Installation) -> None:
    """The flood meets our own limit of wrong answers to one login. The others stay off: all come from here."""
    text = installation.settings.read_text("utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("failed_answers_per_login")]
    installation.settings.write_text("".join(kept), "utf-8")


def ours(installation: Installation, service: Service, numbers: Iterator[int], count: int) -> list[Ask]:
    """Logins that were begun, and the hub's answer to each."""
    started = load(service, [Ask("GET", "/login")] * count, 303, acs.AT_ONCE)
    return [acs.posted(installation, next(numbers), answer) for answer in started.answers]


def for_pysaml2(installation: Installation, service: Service, numbers: Iterator[int], count: int) -> list[Ask]:
    """The same; pysaml2 reads the awaited request in RelayState instead of looking it up."""
    started = load(service, [Ask("GET", "/login")] * count, 303, acs.AT_ONCE)
    made = [(acs.posted(installation, next(numbers), answer), acs.request_id(answer)) for answer in started.answers]
    return [replace(ask, body=_with_relay_state(ask.body, awaited)) for ask, awaited in made]


def _with_relay_state(body: bytes, value: str) -> bytes:
    return urlencode({**dict(parse_qsl(body.decode())), "RelayState": value}).encode()


def beside(contenders: Mapping[str, Contender], rounds: int) -> list[Row]:
    """By turns. Of each the round that went best counts: neighbours on the machine only ever take."""
    for each in contenders.values():
        load(each.service, each.asks(WARM), 303, acs.AT_ONCE)
    loads: dict[str, list[Load]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, each in contenders.items():
            loads[name].append(load(each.service, each.asks(LOGINS[name]), 303, acs.AT_ONCE))
    return rows({name: _best(found) for name, found in loads.items()})


def _best(loads: Sequence[Load]) -> tuple[float, float]:
    """CPU of a login in ms, logins per second."""
    return min(each.cpu for each in loads), max(each.per_second for each in loads)


def rows(best: Mapping[str, tuple[float, float]]) -> list[Row]:
    found = []
    for name, (cpu, per_second) in best.items():
        found += [Row(f"{name}, CPU of a login", cpu, "ms"), Row(f"{name}, logins", per_second, "/s")]
    (cpu, per_second), php, stock = best["ours"], best["SimpleSAMLphp"], best["pysaml2"]
    return [
        *found,
        at_least("ours to SimpleSAMLphp, logins per second", per_second / php[1], "times", PHP_RATIO),
        Row("SimpleSAMLphp to ours, CPU", php[0] / cpu, "times"),
        at_least("ours to pysaml2, logins per second", per_second / stock[1], "times", PYSAML2_RATIO),
        Row("pysaml2 to ours, CPU", stock[0] / cpu, "times"),
    ]


def sync(folder: Path, times: int = 50) -> Row:
    """What every commit of ours waits for, and neither of the others."""
    taken = []
    with (folder / "sync").open("wb") as file:
        for _ in range(times):
            file.write(bytes(4096))
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return Row("for comparison: the disk syncs a page, median", quantile(taken, 0.5), "ms")


def flooded(installation: Installation, service: Service, numbers: Iterator[int], seconds: float) -> list[Row]:
    """Whole logins, one after the other, each of them three requests, while a process of its own posts junk."""
    calm = [milliseconds for _ in range(50) for milliseconds in honest(installation, service, next(numbers))]
    refused: list[int] = []
    cpu = service.cpu_seconds()
    flood = threading.Thread(target=lambda: refused.append(_junk(installation, service, seconds)))
    flood.start()
    taken: list[float] = []
    while flood.is_alive():
        taken += honest(installation, service, next(numbers))
    flood.join()
    cpu = service.cpu_seconds() - cpu
    if not refused:
        raise RuntimeError("the flood ended early")
    return [
        Row("honest requests of a login, nothing else, p95", quantile(calm, 0.95), "ms"),
        Row("CPU of a junk post and what goes on beside it", cpu * 1000 / refused[0], "ms"),
        Row("junk posts that were answered, asked for 1000", refused[0] / seconds, "/s"),
        Row("honest logins meanwhile, one after the other", len(taken) / 3, ""),
        Row("honest requests meanwhile, median", quantile(taken, 0.5), "ms"),
        below("honest requests meanwhile, p95", quantile(taken, 0.95), "ms", HONEST_LIMIT),
        Row("honest requests meanwhile, slowest", max(taken), "ms"),
    ]


def honest(installation: Installation, service: Service, number: int) -> list[float]:
    """Milliseconds of GET /login, the POST that answers it, and the page after it. All must be answered as ever."""
    started = load(service, [Ask("GET", "/login")], 303)
    login = load(service, [acs.posted(installation, number, started.answers[0])], 303)
    page = load(service, [acs.after(login.answers[0])], 200)
    return [*started.wall, *login.wall, *page.wall]


def _junk(installation: Installation, service: Service, seconds: float) -> int:
    """The attacker has begun a login, and has another one's answer."""
    begun = load(service, [Ask("GET", "/login")] * 2, 303)
    message = dict(parse_qsl(acs.posted(installation, 0, begun.answers[0]).body.decode()))["SAMLResponse"]
    arguments = [str(service.port), str(seconds), str(FLOOD_RATE), acs.cookies_of(begun.answers[1])]
    command = [sys.executable, "-m", "bench.flood", *arguments]
    told = subprocess.run(command, input=message, capture_output=True, text=True, timeout=seconds + 60)
    if told.returncode:
        raise RuntimeError(told.stderr)
    return int(told.stdout)


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    found = measure(5000, 1, 4.0) if quick else measure()
    print("A login's POST beside others, and under a flood")
    print(table(found))
    return int("--check" in arguments and not all(row.ok for row in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
