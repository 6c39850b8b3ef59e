"""A verified reset in each kind of directory, beside a plain ldap3 script that does the same three operations.

`python -m bench.directories` prints a table; with `--check` it also exits 1 when a target is missed. The script keeps
its connection, verifies TLS, switches Nagle's algorithm off, and sends what resetapp sends: the search for the account
with the same attributes, the modify with the same controls, the login as the user. It reads no answer. What resetapp
does on top is its overhead: the account's state, who is in the protected groups (a fourth operation where the
directory is no Active Directory; there it reads tokenGroups), what the answers mean. Samba and 389-DS are left out
where they are not installed.
"""

import contextlib
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ldap3 import MODIFY_REPLACE, NONE, SAFE_SYNC, Connection, Server

from bench.reset import PEOPLE, milliseconds
from bench.rows import Row, at_most, table
from bench.timing import quantile
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordSet
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import make_certificates
from resetapp.demo.slapd import crowd_cpr, running_slapd
from resetapp.directory import LdapDirectory, filters
from resetapp.directory.accounts import AccountReader
from resetapp.directory.flavours import FLAVOURS
from resetapp.directory.session import Control, assertion
from resetapp.directory.tls import StrictTls, strict_context
from resetapp.settings.model import DirectoryKind, DirectorySettings, Protected
from tests.servers import ds389_people, samba_domain
from tests.servers.ds389 import running_389
from tests.servers.running import RunningServer, ServerUnavailable
from tests.servers.samba import running_samba

ROUNDS, FEW = 140, 1000
OVERHEAD_LIMIT, FLAT_LIMIT = 1.3, 1.5


@dataclass(frozen=True, slots=True)
class Subject:
    """A running directory and the people in it who may be used up."""

    name: str
    settings: DirectorySettings
    people: tuple[CprNumber, ...]
    attribute: str  # that holds the password
    value: Callable[[str], bytes]


def settings_for(kind: DirectoryKind, port: int, ca_file: Path, base: str, name: str, secret: str) -> DirectorySettings:
    protected = Protected(groups=(seed.ADMINISTRATORS,)) if kind is DirectoryKind.OPENLDAP else Protected()
    return DirectorySettings(
        name="people",
        title="Eksempel",
        title_en="Example",
        kind=kind,
        hosts=(f"ldaps://127.0.0.1:{port}",),
        base=base,
        bind_dn=name,
        bind_password=Secret(secret),
        ca_file=ca_file,
        answer_timeout=20.0,
        protected=protected,
    )


def _now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def openldap(folder: Path, people: int) -> Iterator[Subject]:
    with running_slapd(folder / f"slapd-{people}", more_people=people) as endpoint:
        ca_file, port = endpoint.certificates.ca, endpoint.ldaps_port
        settings = settings_for(
            DirectoryKind.OPENLDAP, port, ca_file, seed.PEOPLE, seed.SERVICE_DN, seed.SERVICE_PASSWORD
        )
        numbers = tuple(CprNumber.parse(crowd_cpr(number)) for number in range(ROUNDS))
        yield Subject("OpenLDAP", settings, numbers, "userPassword", str.encode)


@contextlib.contextmanager
def active_directory(folder: Path) -> Iterator[Subject]:
    with running_samba(folder / "samba", make_certificates(folder / "tls-samba", datetime.now(UTC))) as server:
        numbers = tuple(map(samba_domain.cpr_of, samba_domain.ORDINARY))
        settings = _of(server, DirectoryKind.ACTIVE_DIRECTORY)
        yield Subject("Active Directory", settings, numbers, "unicodePwd", lambda p: f'"{p}"'.encode("utf-16-le"))


@contextlib.contextmanager
def ds389(folder: Path) -> Iterator[Subject]:
    with running_389(folder / "389", make_certificates(folder / "tls-389", datetime.now(UTC))) as server:
        numbers = tuple(map(ds389_people.cpr_of, ds389_people.ORDINARY))
        yield Subject("389-DS", _of(server, DirectoryKind.DS389), numbers, "userPassword", str.encode)


def _of(server: RunningServer, kind: DirectoryKind) -> DirectorySettings:
    ca_file = server.certificates.ca
    return settings_for(kind, server.ldaps_port, ca_file, server.people, server.service_dn, server.service_password)


def fresh_password() -> str:
    """Of letters that no name here has: 389-DS refuses what shares three characters with one."""
    return "Ky-" + "".join(secrets.choice("cfghikqtuwyzCFGHIKQTUWYZ") for _ in range(16)) + "-7"


class PlainScript:
    """The same three operations and nothing else."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._flavour = FLAVOURS[subject.settings.kind]
        self._attributes = list(AccountReader(subject.settings, self._flavour, _now).attributes)
        self._context = strict_context(subject.settings.ca_file, True)
        self._service = self._connected(subject.settings.bind_dn, subject.settings.bind_password.reveal())

    def _connected(self, name: str, password: str) -> Connection:
        port = int(self._subject.settings.hosts[0].rpartition(":")[2])
        tls = StrictTls(self._context, 20.0)
        server = Server("127.0.0.1", port=port, use_ssl=True, tls=tls, get_info=NONE)
        connection = Connection(server, name, password, client_strategy=SAFE_SYNC, check_names=False)
        if not connection.bind(read_server_info=False)[0]:
            raise RuntimeError("the login was refused")
        return connection

    def reset(self, account: DirectoryAccount) -> None:
        password, settings = fresh_password(), self._subject.settings
        named = self._flavour.identity.named(account.key.entry_id)
        wanted = filters.every(named, self._flavour.person(settings.person_class))
        _, found, _, _ = self._service.search(settings.base, wanted, attributes=self._attributes)
        change = {self._subject.attribute: [(MODIFY_REPLACE, [self._subject.value(password)])]}
        _, changed, _, _ = self._service.modify(account.dn, change, controls=self._controls(named))
        if found["result"] or changed["result"]:
            raise RuntimeError(f"not set: {found['result']}, {changed['result']} {changed['message']}")
        self._connected(account.dn, password).socket.close()

    def _controls(self, named: str) -> list[Control]:
        """With a condition as long as ours where the server takes one."""
        if self._flavour.writing.condition is None:
            return list(self._flavour.writing.controls(frozenset()))
        whole = filters.every(named, filters.present("norEduPersonNIN"), filters.without(filters.present("pwdReset")))
        return [*self._flavour.writing.controls(frozenset()), assertion(whole)]


def overhead(subject: Subject) -> list[Row]:
    directory = LdapDirectory(subject.settings, _now)
    accounts = [account for number in subject.people for account in directory.find_by_cpr(number)][:ROUNDS]
    script = PlainScript(subject)
    ours: list[float] = []
    plain: list[float] = []
    turns = [(ours, partial(_reset, directory)), (plain, script.reset)]
    for account in accounts:  # by turns, so that a busy moment of the machine hits both
        # And each of them first every other time: the second password of an account costs more where the server
        # compares it with a history (389-DS: one hash for each password in it).
        turns.reverse()
        for taken, reset in turns:
            taken.append(milliseconds(lambda account=account, reset=reset: reset(account)))  # type: ignore[misc]
    directory.close()
    return [
        Row(f"{subject.name}, one verified reset, median", quantile(ours, 0.5), "ms"),
        Row(f"{subject.name}, 95 of 100 within", quantile(ours, 0.95), "ms"),
        Row(f"{subject.name}, one after the other", 1000 * len(ours) / sum(ours), "/s"),
        Row(f"{subject.name}, plain script, median", quantile(plain, 0.5), "ms"),
        at_most(f"{subject.name}, ours to plain", quantile(ours, 0.5) / quantile(plain, 0.5), "times", OVERHEAD_LIMIT),
    ]


def _reset(directory: LdapDirectory, account: DirectoryAccount) -> None:
    outcome = directory.set_password(account, Secret(fresh_password()))
    if not isinstance(outcome, PasswordSet):
        raise RuntimeError(f"not set: {outcome}")


def finding(subject: Subject) -> float:
    """Median in ms."""
    directory = LdapDirectory(subject.settings, _now)
    directory.find_by_cpr(subject.people[0])
    taken = [
        milliseconds(lambda number=number: _find(directory, number))  # type: ignore[misc]
        for number in subject.people
    ]
    directory.close()
    return quantile(taken, 0.5)


def _find(directory: LdapDirectory, number: CprNumber) -> None:
    if len(directory.find_by_cpr(number)) != 1:
        raise RuntimeError("the account was not found")


def measure(people: int = PEOPLE) -> list[Row]:
    """The rows of the table. Raises SlapdUnavailable where slapd is not installed."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="resetapp-bench-") as temporary:
        folder = Path(temporary)
        with openldap(folder, people) as many, openldap(folder, FEW) as few:
            rows += overhead(many)
            found = finding(many), finding(few)
            rows.append(Row(f"OpenLDAP, found by CPR number among {people}", found[0], "ms"))
            rows.append(at_most(f"the same to that among {FEW}", found[0] / found[1], "times", FLAT_LIMIT))
        for running in (active_directory, ds389):
            with contextlib.suppress(ServerUnavailable), running(folder) as subject:
                rows += overhead(subject)
    return rows


def main(arguments: list[str]) -> int:
    rows = measure()
    print("Directories")
    print(table(rows))
    return int("--check" in arguments and not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
