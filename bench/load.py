"""A browser's requests over keep-alive connections, several at a time, each timed; no answer passes unexamined."""

import http.client
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.service import Service
from bench.timing import quantile

WARM = 20  # requests before any is counted: templates are compiled, connections to the directory opened


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of requests cost. CPU is the server's processes alone, in ms; wall times are a client's, in ms."""

    answers: tuple[Answer, ...]  # in the order of the requests
    cpu: float  # of one request
    wall: tuple[float, ...]
    per_second: float

    @property
    def median(self) -> float:
        return quantile(self.wall, 0.5)


def load(service: Service, asks: Sequence[Ask], wanted: int, connections: int = 1) -> Load:
    """Sends them all. Raises RuntimeError when an answer has another status than `wanted`."""
    shares = [range(first, len(asks), connections) for first in range(connections)]
    answers: dict[int, Answer] = {}
    wall: dict[int, float] = {}

    def send(share: range) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        for place in share:
            begun = time.perf_counter()
            answers[place] = _sent(connection, asks[place])
            wall[place] = (time.perf_counter() - begun) * 1000
        connection.close()

    cpu, begun = service.cpu_seconds(), time.perf_counter()
    _at_once([lambda share=share: send(share) for share in shares])  # type: ignore[misc]
    taken, cpu = time.perf_counter() - begun, service.cpu_seconds() - cpu
    wrong = len(asks) - sum(answer.status == wanted for answer in answers.values())
    if wrong:
        found = sorted({answer.status for answer in answers.values()})
        raise RuntimeError(f"{wrong} of {len(asks)} requests were not answered with {wanted} but with {found}")
    ordered = tuple(answers[place] for place in range(len(asks)))
    return Load(ordered, cpu * 1000 / len(asks), tuple(wall.values()), len(asks) / taken)


def calmest(service: Service, asks: Sequence[Ask], wanted: int, parts: int = 10) -> Load:
    """One after the other, in parts; the CPU is that of the cheapest part.

    Whoever else computes on this machine takes caches and half a core away: that makes a part dearer, never cheaper.
    """
    size = -(-len(asks) // parts)
    loads = [load(service, asks[first : first + size], wanted) for first in range(0, len(asks), size)]
    answers = tuple(answer for each in loads for answer in each.answers)
    wall = tuple(milliseconds for each in loads for milliseconds in each.wall)
    return Load(answers, min(each.cpu for each in loads), wall, max(each.per_second for each in loads))


def _sent(connection: http.client.HTTPConnection, ask: Ask) -> Answer:
    connection.request(ask.method, ask.path, ask.body or None, dict(ask.headers))
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def _at_once(pieces: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=piece) for piece in pieces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
