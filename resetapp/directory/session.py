"""One encrypted, authenticated connection to one server: the only file that makes ldap3 do anything.

Rules, each from a measured fault of ldap3 2.9.1: results are judged by their code, never by the library's booleans
(a search cut short by a limit is "True"); referrals are not followed (the credentials would be sent to whoever is
named); no Connection, answer or exception text leaves this file (they hold the passwords); its logging stays off.
"""

import contextlib
import math
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ldap3 import AUTO_BIND_NONE, NONE, SAFE_SYNC, SIMPLE, Connection, Server
from ldap3.core.exceptions import LDAPException
from pyasn1.error import PyAsn1Error

from resetapp.directory import policy_control
from resetapp.directory.entries import Entry
from resetapp.directory.hosts import Host
from resetapp.directory.messages import Search, SearchAnswers, of_one, search_filter, search_request
from resetapp.directory.policy_control import PolicyError
from resetapp.directory.results import Result
from resetapp.directory.tls import StrictTls

NO_ANSWER = "no_answer"  # the reason of a SessionBroken that cost a time-out
ASSERTION_CONTROL = "1.3.6.1.1.12"  # RFC 4528
_ABOUT_ITSELF = (
    "supportedControl",
    "defaultNamingContext",
    "configurationNamingContext",
    "schemaNamingContext",
    "subschemaSubentry",
    "currentTime",
)
_LIBRARY_FAULTS = (LDAPException, PyAsn1Error, OSError, ValueError, LookupError, TypeError, AttributeError)
"""What ldap3 and the codecs below it raise: a result code that ldap3 does not know, for example, is a KeyError.

They are caught, and our own exception is raised behind the `except` block: not even as its context does one of
theirs go on, for its text may hold a filter with a personal number.
"""


class SessionBroken(Exception):
    """No usable connection to this server, or no longer. Never raised for a sent modify."""

    def __init__(self, reason: str) -> None:
        """`reason`: one of our own words."""
        super().__init__(reason)
        self.reason = reason


class Declined(Exception):
    """The server answered a read with this result code instead of the entries."""

    def __init__(self, code: int) -> None:
        super().__init__(f"result {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: for a connection with its handshake, and for each answer."""

    connect: float
    answer: float


Control = tuple[str, bool, bytes | None]
"""(its OID, must the server obey it, its value): RFC 4511, section 4.1.11."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's definite answer to a modify or a bind."""

    code: int
    policy_error: PolicyError | None = None
    text: str = field(default="", repr=False)  # the server's words: for comparing, never for showing


class Session:
    """Used by one thread at a time. `usable`: logged in, and no answer is outstanding that the next one might get."""

    def __init__(self, host: Host, context: ssl.SSLContext, timeouts: Timeouts, dn: str, password: bytes) -> None:
        """Connects and encrypts, sends nothing yet. Raises SessionBroken.

        `password` as octets: from a text ldap3 would make another password (SASLprep), which then fails.
        """
        self.host = host
        self.usable = False
        self._ahead: dict[Search, tuple[int, list[Entry]]] | None = None
        self._timeouts = timeouts
        self._tls = StrictTls(context, timeouts.answer)
        server = Server(
            host.name,
            port=host.port,
            use_ssl=not host.start_tls,
            tls=self._tls,
            get_info=NONE,
            connect_timeout=timeouts.connect,
        )
        self._connection = Connection(
            server,
            dn,
            password,
            authentication=SIMPLE,
            auto_bind=AUTO_BIND_NONE,
            client_strategy=SAFE_SYNC,
            auto_referrals=False,
            auto_range=False,
            auto_escape=False,
            auto_encode=False,
            check_names=False,
            return_empty_attributes=False,
        )
        self._encrypt()

    def __repr__(self) -> str:
        return f"Session({self.host})"

    def _encrypt(self) -> None:
        fault = ""
        try:
            self._connection.open(read_server_info=False)
            if self.host.start_tls:
                self._connection.start_tls(read_server_info=False)
        except _LIBRARY_FAULTS as error:
            fault = self._tls.fault or _fault(error, "unreachable")
        if not fault and not self._encrypted():
            fault = "tls_failed"
        if fault:
            self.close()
            raise SessionBroken(fault)

    def _encrypted(self) -> bool:
        return not self._connection.closed and isinstance(self._connection.socket, ssl.SSLSocket)

    def peer_certificate(self) -> tuple[bytes, dict[str, Any]]:
        """As DER, and taken apart as Python does it: empty when it was not verified."""
        socket = self._connection.socket
        return socket.getpeercert(binary_form=True) or b"", dict(socket.getpeercert() or {})

    def bind(self) -> Answer:
        """Logs in with the name and password of the session. Raises SessionBroken.

        Never on a connection that is not encrypted: ldap3 would open a closed one again, without StartTLS.
        """
        if not self._encrypted():
            raise self._broken("closed")
        try:
            _, result, _, _ = self._connection.bind(read_server_info=False, controls=[policy_control.REQUEST])
            answer = _answer(result)
        except _LIBRARY_FAULTS as error:
            reason = _fault(error, "connection_lost")
        else:
            self._forget_password()
            self.usable = answer.code == Result.SUCCESS
            return answer
        raise self._broken(reason)

    def _forget_password(self) -> None:
        self._connection.password = None
        self._connection.request = None

    def search(
        self, base: str, filter_text: str, attributes: Iterable[str], *, subtree: bool = True, size_limit: int = 0
    ) -> list[Entry]:
        """Every entry found. Raises Declined for any result but success, also a truncated one, and SessionBroken."""
        code, entries = self.sample(base, filter_text, attributes, subtree=subtree, size_limit=size_limit)
        if code != Result.SUCCESS:
            raise Declined(code)
        return entries

    def sample(
        self, base: str, filter_text: str, attributes: Iterable[str], *, subtree: bool = True, size_limit: int = 0
    ) -> tuple[int, list[Entry]]:
        """As `search`, but the result code is the caller's to judge. References to other servers are left out."""
        return self.ask(Search(base, filter_text, tuple(attributes), subtree, size_limit))

    def ask(self, search: Search) -> tuple[int, list[Entry]]:
        """The result code and what was found. Raises SessionBroken."""
        if self._ahead is None:
            return self._exchange([search]).in_order()[0]
        if search not in self._ahead:
            self._ahead[search] = self._exchange([search]).in_order()[0]
        return self._ahead[search]

    def page(self, search: Search) -> tuple[int, list[Entry], bytes | None]:
        """The result code, what is on the page, and the cookie for the next: empty with the last page, None when the
        server does not make any. Raises SessionBroken.
        """
        answers = self._exchange([search])
        return *answers.in_order()[0], answers.cookie

    @contextlib.contextmanager
    def asked_ahead(self, searches: Iterable[Search]) -> Iterator[None]:
        """For judging many entries at once: asks all this together; until the end no search is sent a second time.

        Only for a moment, and never around a write: what is known by then may have changed. Raises SessionBroken.
        """
        wanted = list(dict.fromkeys(searches))
        self._ahead = dict(zip(wanted, self._exchange(wanted).in_order(), strict=True))
        try:
            yield
        finally:
            self._ahead = None

    def _exchange(self, searches: Sequence[Search]) -> SearchAnswers:
        """All are sent before the first answer is read. So few that none of both sides waits to be read."""
        self.usable = False  # until the answers are here
        server, limit = self._connection.server, math.ceil(self._timeouts.answer)
        numbered = {server.next_message_id(): search for search in searches}
        expected = SearchAnswers(numbered)
        try:
            asked = (search_request(number, search, limit) for number, search in numbered.items())
            self._connection.socket.sendall(b"".join(asked))
            while not expected.complete:
                expected.take(self._connection.strategy.receiving())
        except _LIBRARY_FAULTS as error:
            reason = _fault(error, "connection_lost")
        else:
            if not any(code in (Result.BUSY, Result.UNAVAILABLE) for code, _ in expected.in_order()):
                self.usable = True
                return expected
            reason = "unavailable"
        raise self._broken(reason)

    def replace(
        self, dn: str, changes: Mapping[str, Sequence[bytes]], controls: Sequence[Control] = ()
    ) -> Answer | None:
        """Sends the one modify there is: these attributes get these values, all or none.

        None: it was sent, or may have been, and no answer is known. It is never sent again: the first may still
        be carried out, minutes later, even after the connection is gone.
        """
        wanted = {name: [("MODIFY_REPLACE", list(values))] for name, values in changes.items()}
        return self._modify(dn, wanted, controls)

    def remove_value(self, dn: str, attribute: str, value: bytes) -> Answer | None:
        return self._modify(dn, {attribute: [("MODIFY_DELETE", [value])]}, [policy_control.REQUEST])

    def exchange_value(self, dn: str, attribute: str, old: bytes, new: bytes) -> Answer | None:
        """Both or none (RFC 4511, section 4.6): without the old value there, the new one does not come."""
        parts = [("MODIFY_DELETE", [old]), ("MODIFY_ADD", [new])]
        return self._modify(dn, {attribute: parts}, [policy_control.REQUEST])

    def _modify(self, dn: str, changes: dict[str, Any], controls: Sequence[Control]) -> Answer | None:
        self.usable = False
        try:
            _, result, _, _ = self._connection.modify(dn, changes, controls=list(controls))
            answer = _answer(result)
        except Exception:  # whatever it is, it tells nothing about what the server did
            return None
        self.usable = True
        return answer

    @cached_property
    def root(self) -> Entry:
        """What the server says about itself (RFC 4512, section 5.1). Empty when it does not. Raises SessionBroken."""
        _, entries = self.ask(of_one("", _ABOUT_ITSELF))
        return entries[0] if entries else Entry("", {})

    @cached_property
    def controls(self) -> frozenset[str]:
        """The controls the server says it supports; empty when it does not say. Raises SessionBroken."""
        return frozenset(self.root.all_shown("supportedControl"))

    def close(self) -> None:
        """Without a word to the server: an unbind on a broken connection raises, or waits."""
        self.usable = False
        self._forget_password()
        socket, self._connection.socket = self._connection.socket, None
        self._connection.closed, self._connection.listening = True, False
        if socket is not None:
            with contextlib.suppress(OSError):
                socket.close()

    def _broken(self, reason: str) -> SessionBroken:
        self.close()
        return SessionBroken(reason)


def _fault(error: BaseException, otherwise: str) -> str:
    """ldap3's exceptions are also of the class that the socket raised."""
    return NO_ANSWER if isinstance(error, TimeoutError) else otherwise


def _answer(result: dict[str, Any]) -> Answer:
    control = (result.get("controls") or {}).get(policy_control.OID) or {}
    error = policy_control.policy_error(control.get("value") or b"")
    return Answer(int(result["result"]), error, str(result.get("message") or ""))


def assertion(filter_text: str) -> Control:
    """Critical: a server that does not know the control must refuse the modify (RFC 4511, section 4.1.11)."""
    return ASSERTION_CONTROL, True, search_filter(filter_text)
