"""The start page, as often as it goes, and all that a browser fetches on a first visit.

`python -m bench.pages` prints a table; with `--check` it also exits 1 when a target is missed. It asks as browsers do,
with gzip allowed: the service packs style and script, never a page, and the nginx file in deploy/ packs nothing. So
the octets are what a telephone receives.
"""

import socket
import sys
from html.parser import HTMLParser

from bench.load import WARM, Ask, calmest, load
from bench.rows import Row, below, table
from bench.service import Service, installed, running_service

REQUESTS = 1000
CPU_LIMIT, WALL_LIMIT, FIRST_VISIT_LIMIT = 3.0, 3.0, 30.0
AT_ONCE = 4


class _Fetched(HTMLParser):
    """The addresses that a page makes a browser fetch by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = {"link": "href", "script": "src", "img": "src"}.get(tag, "")
        self.addresses += [value for key, value in attrs if key == name and value]


def received(service: Service, path: str) -> bytes:
    """The whole answer as it came over the wire, status line and headers too."""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        asked = f"Host: 127.0.0.1:{service.port}\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: close"
        connection.sendall(f"GET {path} HTTP/1.1\r\n{asked}\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def first_visit(service: Service) -> list[bytes]:
    """Every answer of it. Raises RuntimeError for one that is not a 200."""
    page = received(service, "/")
    answers = [page, *(received(service, address) for address in _Fetched(page.decode()).addresses)]
    if len(answers) == 1 or not all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers):
        raise RuntimeError("the start page, or something it is made of, was not answered")
    return answers


def measured_on(service: Service, requests: int = REQUESTS) -> list[Row]:
    asks = [Ask("GET", "/")] * requests
    load(service, asks[: WARM * AT_ONCE], 200, AT_ONCE)
    alone, together = calmest(service, asks, 200), load(service, asks, 200, AT_ONCE)
    fetched = first_visit(service)
    return [
        below("start page, CPU of the server", alone.cpu, "ms", CPU_LIMIT),
        below("start page, median until answered", alone.median, "ms", WALL_LIMIT),
        Row(f"start pages, {AT_ONCE} at a time", together.per_second, "/s"),
        below(f"first visit, {len(fetched)} answers", sum(map(len, fetched)) / 1000, "kB", FIRST_VISIT_LIMIT),
    ]


def measure(requests: int = REQUESTS) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    with installed(people=10) as installation, running_service(installation) as service:
        return measured_on(service, requests)


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Pages")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
