"""A login from end to end over HTTP: off to the hub, back with its answer, and the page after it.

`python -m bench.acs` prints a table; with `--check` it also exits 1 when a target is missed. Every login is a person
of their own with a request, a cookie and a message of their own, signed and encrypted as the hub does it (RSA-3072);
the service writes to SQLite on disk and finds the account in slapd among 100 000 people. CPU is that of all the
server's processes, granian's own included; slapd's is not in it.
"""

import http.cookies
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from zlib import decompress

from lxml import etree

from bench.load import WARM, Answer, Ask, Load, calmest, load
from bench.rows import Row, at_most, below, table
from bench.service import HUB, Installation, Service, installed, running_service
from bench.timing import Times
from resetapp.core.cpr import CprNumber
from resetapp.demo.messages import LoginResponse, encoded, login_response, nemlogin_attributes
from resetapp.demo.slapd import crowd_cpr
from resetapp.directory import LdapDirectory
from resetapp.saml.xml import decode64
from resetapp.settings import load as load_settings

PEOPLE = 100_000
LOGINS = 600
AT_ONCE = 4
CPU_LIMIT, MEMORY_LIMIT = 5.0, 120.0
_FORM = "application/x-www-form-urlencoded"


def cookies_of(answer: Answer) -> str:
    """What a browser would send back."""
    jar = http.cookies.SimpleCookie(answer.headers["set-cookie"])
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


def request_id(answer: Answer) -> str:
    """The ID of the AuthnRequest that a redirect to the hub carries."""
    field = parse_qs(urlsplit(answer.headers["location"]).query)["SAMLRequest"][0]
    return str(etree.fromstring(decompress(decode64(field), -15)).get("ID"))


def posted(installation: Installation, number: int, started: Answer) -> Ask:
    """The hub's answer to a login that was started, for the person with this number, as the browser posts it."""
    response = LoginResponse.honest(
        HUB,
        f"{installation.url}/saml/acs",
        f"{installation.url}/saml/metadata",
        request_id(started),
        nemlogin_attributes(crowd_cpr(number), f"Test Prøvesen {number}"),
        datetime.now(UTC),
    )
    message = encoded(login_response(response, installation.hub_key, installation.encryption_certificate))
    headers = {"Cookie": cookies_of(started), "Content-Type": _FORM, "Origin": HUB, "Sec-Fetch-Site": "cross-site"}
    return Ask("POST", "/saml/acs", headers, urlencode({"SAMLResponse": message, "RelayState": ""}).encode())


def after(login: Answer) -> Ask:
    """The page that a login leads to. Raises RuntimeError when that is not where a password is chosen."""
    if login.headers["location"] != "/password":
        raise RuntimeError(f"a login led to {login.headers['location']}: the account was not found")
    return Ask("GET", "/password", {"Cookie": cookies_of(login)})


def matching(installation: Installation, numbers: Sequence[int]) -> Times:
    """CPU in this process, in ms, of finding a person's account."""
    directory = LdapDirectory(load_settings(installation.settings).directories[0], lambda: datetime.now(UTC))
    taken = []
    for number in numbers:
        begun = time.process_time()
        if len(directory.find_by_cpr(CprNumber.parse(crowd_cpr(number)))) != 1:
            raise RuntimeError("the account was not found")
        taken.append((time.process_time() - begun) * 1000)
    directory.close()
    return Times.of(taken[WARM:])


def measured_on(installation: Installation, service: Service, logins: int = LOGINS) -> list[Row]:
    people = WARM * AT_ONCE + 2 * logins
    load(service, [Ask("GET", "/login")] * WARM * AT_ONCE, 303, AT_ONCE)
    started = calmest(service, [Ask("GET", "/login")] * people, 303)
    asks = [posted(installation, number, answer) for number, answer in enumerate(started.answers)]
    warm = load(service, asks[: WARM * AT_ONCE], 303, AT_ONCE)
    together = load(service, asks[len(warm.answers) : -logins], 303, AT_ONCE)
    alone = calmest(service, asks[-logins:], 303)
    load(service, [after(answer) for answer in warm.answers], 200, AT_ONCE)
    pages = calmest(service, [after(answer) for answer in alone.answers], 200)
    match = matching(installation, range(WARM + logins))
    return [*rows(started, alone, together, pages), *rows_of_match(alone, match), *rows_of_memory(service, people)]


def rows(started: Load, alone: Load, together: Load, pages: Load) -> list[Row]:
    return [
        Row("GET /login, CPU of the server", started.cpu, "ms"),
        Row("POST /saml/acs, CPU of the server", alone.cpu, "ms"),
        Row("POST /saml/acs, median until answered", alone.median, "ms"),
        Row(f"logins, {AT_ONCE} at a time", together.per_second, "/s"),
        Row("GET /password after it, CPU of the server", pages.cpu, "ms"),
    ]


def rows_of_match(alone: Load, match: Times) -> list[Row]:
    """The limit is that of the post itself; what a directory costs, `bench.directories` weighs, for each kind."""
    return [
        Row("of the POST, finding the account in LDAP, p25", match.quartile, "ms"),
        at_most("the POST without that search, database included", alone.cpu - match.quartile, "ms", CPU_LIMIT),
    ]


def rows_of_memory(service: Service, logins: int) -> list[Row]:
    workers = service.workers()
    return [
        below(f"largest worker after {logins} logins, RSS", max(each.rss for each in workers), "MB", MEMORY_LIMIT),
        Row("the same, shared pages split (PSS)", max(each.pss for each in workers), "MB"),
    ]


def measure(people: int = PEOPLE, logins: int = LOGINS) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    with installed(people) as installation, running_service(installation) as service:
        return measured_on(installation, service, logins)


def main(arguments: list[str]) -> int:
    found = measure()
    print("A login over HTTP")
    print(table(found))
    return int("--check" in arguments and not all(row.ok for row in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
