"""What check-config tells about a directory. Nothing here changes anything in it."""

import time
from collections.abc import Callable, Iterator

from resetapp.core.checks import Check
from resetapp.directory import filters, peer
from resetapp.directory.accounts import AccountReader
from resetapp.directory.address_checks import AddressChecks
from resetapp.directory.entries import Entry
from resetapp.directory.flavours import Flavour
from resetapp.directory.hosts import Host, Hosts
from resetapp.directory.results import Result
from resetapp.directory.rights import RightsChecks
from resetapp.directory.session import ASSERTION_CONTROL, Declined, Session, SessionBroken, Timeouts
from resetapp.settings.model import DirectorySettings

_NOBODY = "0000000000"  # day 00 of month 00: never a CPR number
_SLOW = 0.05  # seconds; with an index a search takes a few thousandths
_SAMPLES = 5
_LOOK = "Look at the server's log"

Open = Callable[[Host, str, bytes], Session]


class DirectoryChecks:
    """One run over all hosts; the checks behind the login are made on the first host that lets us in."""

    def __init__(
        self, settings: DirectorySettings, flavour: Flavour, reader: AccountReader, hosts: Hosts, open_session: Open
    ) -> None:
        self._settings = settings
        self._flavour = flavour
        self._reader = reader
        self._hosts = hosts
        self._open = open_session
        self._timeouts = Timeouts(settings.connect_timeout, settings.answer_timeout)
        self._subject = f'directory "{settings.name}"'

    def run(self) -> list[Check]:
        found: list[Check] = []
        inside: Session | None = None
        for host in self._hosts:
            checks, session = self._host(host)
            found += checks
            if inside is None:
                inside = session
            elif session is not None:
                session.close()
        if inside is None:
            return found
        try:
            return found + list(self._inside(inside))
        except SessionBroken as broken:
            return [
                *found,
                self._bad("answers", f"the connection failed ({broken.reason})", _LOOK),
            ]
        finally:
            inside.close()

    def _good(self, name: str, detail: str) -> Check:
        return Check(self._subject, name, True, detail)

    def _bad(self, name: str, detail: str, remedy: str) -> Check:
        return Check(self._subject, name, False, detail, remedy)

    # ---- the way in

    def _host(self, host: Host) -> tuple[list[Check], Session | None]:
        name = str(host)
        try:
            where = ", ".join(peer.addresses(host))
        except OSError:
            return [self._bad(name, "the name is not known", "Correct hosts, or the name server")], None
        if not peer.accepts(host, self._timeouts.connect):
            detail = f"no connection to port {host.port} at {where}"
            return [self._bad(name, detail, "Start the server, open the firewall or correct hosts")], None
        try:
            session = self._open(host, self._settings.bind_dn, self._settings.bind_password.reveal().encode())
        except SessionBroken as broken:
            return [self._without_tls(host, broken.reason)], None
        certificate = peer.shown_certificate(host, self._timeouts)
        return self._login(session, self._good(name, f"TLS is verified: {certificate}"))

    def _without_tls(self, host: Host, reason: str) -> Check:
        if reason == "ca_file":
            detail = f"{self._settings.ca_file} is no readable file of certificates"
            return self._bad(str(host), detail, "Correct ca_file")
        shown = peer.shown_certificate(host, self._timeouts)
        if shown is None:
            detail = f"the server does not speak TLS here ({reason})"
            return self._bad(str(host), detail, "Use the right port, or set up TLS on the server")
        if reason == "tls_wrong_name":
            detail = f"the certificate is not for {host.name}; shown was {shown}"
            return self._bad(str(host), detail, "Use a name from the certificate in hosts")
        detail = f"the certificate is not trusted ({reason}); shown was {shown}"
        remedy = "Set ca_file to the authority that issued it, after comparing the fingerprint on the server itself"
        return self._bad(str(host), detail, remedy)

    def _login(self, session: Session, connected: Check) -> tuple[list[Check], Session | None]:
        name = f"{session.host} login"
        try:
            code = session.bind().code
        except SessionBroken as broken:
            return [connected, self._bad(name, f"no answer to the login ({broken.reason})", _LOOK)], None
        if code == Result.SUCCESS:
            return [connected, self._good(name, f"the service account {self._settings.bind_dn} is let in")], session
        session.close()
        refused = code in (Result.INVALID_CREDENTIALS, Result.CONSTRAINT_VIOLATION)  # 389-DS says so when it is locked
        wrong = "wrong name or password, or locked" if refused else f"result code {code}"
        remedy = "Correct bind_dn and bind_password; give the account a password policy without lockout"
        return [connected, self._bad(name, f"the service account is refused: {wrong}", remedy)], None

    # ---- what the service account sees and may do

    def _inside(self, session: Session) -> Iterator[Check]:
        yield from self._controls(session)
        yield self._groups(session)
        try:
            session.search(self._settings.base, "(objectClass=*)", ["1.1"], subtree=False)
        except Declined as declined:
            detail = f"{self._settings.base} cannot be read (result code {declined.code})"
            yield self._bad("base", detail, "Correct base, or let the service account read it")
            return
        yield self._good("base", f"{self._settings.base} can be read")
        samples = self._samples(session)
        yield self._numbers(samples)
        yield self._index(session)
        yield from RightsChecks(self._settings, self._flavour, self._reader, session).run(samples)
        yield from AddressChecks(self._settings, self._reader, session).run(samples)

    def _controls(self, session: Session) -> Iterator[Check]:
        wanted = dict(self._flavour.wanted_controls)
        if self._flavour.writing.condition is not None:
            wanted[ASSERTION_CONTROL] = (
                "assertion control",
                "no password could be set, for a change is tied to what was read",
            )
        for oid, (name, why) in wanted.items():
            if oid in session.controls:
                yield self._good(name, "supported")
            else:
                known = "not supported" if session.controls else "the server does not say what it supports"
                yield self._bad(name, f"{known}: {why}", self._flavour.without_controls)

    def _groups(self, session: Session) -> Check:
        groups = self._reader.protection.read_groups(session)
        if groups.members is not None:
            count = len(self._settings.protected.groups)
            return self._good("protected groups", f"{count} configured, {len(groups.members.groups)} with nested ones")
        return self._bad(
            "protected groups",
            f"{groups.unreadable or 'a group'} cannot be read, so every account counts as protected",
            "Let the service account read the groups and what is in them (of no group, objectClass will do)",
        )

    def _samples(self, session: Session) -> list[Entry]:
        """A few people who have a number. A search cut short at the limit is what is wanted here."""
        persons = self._flavour.person(self._settings.person_class)
        some = filters.every(filters.present(self._settings.cpr_attribute), persons)
        _, entries = session.sample(self._settings.base, some, self._reader.attributes, size_limit=_SAMPLES)
        return entries

    def _numbers(self, samples: list[Entry]) -> Check:
        attribute = self._settings.cpr_attribute
        values = [value for entry in samples for value in entry.texts(attribute)]
        if not samples or not values:
            shown = "has it" if not samples else "shows it"
            return self._bad(
                "CPR numbers",
                f"no {self._settings.person_class} below base {shown} in {attribute}",
                "Correct cpr_attribute, or let the service account search and read it",
            )
        if not self._reader.forms.numbers(values):
            return self._bad(
                "CPR numbers", f"{attribute} is readable, but in none of the forms in cpr_values", "Correct cpr_values"
            )
        return self._good("CPR numbers", f"{attribute} is readable and has the expected form")

    def _index(self, session: Session) -> Check:
        attribute = self._settings.cpr_attribute
        nobody = filters.some(filters.equals(attribute, value) for value in self._reader.forms.forms_of(_NOBODY))
        seconds = min(self._timed(session, nobody) for _ in range(3))
        took = f"a search for a number that nobody has took {seconds * 1000:.0f} ms"
        if seconds > _SLOW:
            return self._bad(
                "CPR index", f"{took}: there is probably no index", f"Add an equality index on {attribute}"
            )
        return self._good("CPR index", f"{took}; judged by time alone, so in a small directory it proves little")

    def _timed(self, session: Session, condition: str) -> float:
        start = time.perf_counter()
        session.sample(self._settings.base, condition, ["1.1"], size_limit=1)
        return time.perf_counter() - start
