"""The institution's mail server: one conversation for each mail, encrypted, and over within a minute.

No certificate, no mail: without strict TLS whoever stands between reads who has got a new password, and with STARTTLS
that is only asked for politely he takes the offer away. The library's texts, which quote the server's, go no further.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from resetapp.core.notices import Delivery, Fate
from resetapp.settings import Encryption, Mail

_SECONDS = 15.0  # for each step
_LONGEST = 60.0  # for everything: a server that drips must not hold a mail longer than its claim
_FAREWELL = 2.0
_DONE, _TAKEN, _CLOSING, _FOR_GOOD = 250, (250, 251), 421, 500  # RFC 5321, section 4.2


class MailServerTrouble(Exception):
    """The server cannot be used. `step`: "connection", "tls" or "login"; `reason`: one word."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step} {reason}")
        self.step, self.reason = step, reason


class MailServer:
    """Thread-safe: each conversation has a connection of its own."""

    def __init__(self, settings: Mail, longest: float = _LONGEST, patience: float = _SECONDS) -> None:
        self._settings = settings
        self._longest, self._patience = longest, patience

    def deliver(self, message: bytes, to: str) -> Delivery:
        """Never raises what the server or the network brings about."""
        try:
            with self._conversation() as client:
                return _hand_over(client, self._settings.from_address, to, message)
        except MailServerTrouble as trouble:
            return Delivery(Fate.DOWN, f"{trouble.step}_{trouble.reason}")
        except (OSError, smtplib.SMTPException) as error:  # broken off: perhaps sent, and nobody can say
            return Delivery(Fate.DOWN, _reason(error))

    def try_login(self) -> None:
        """For check-config: connect, TLS, log in, and no mail. Raises MailServerTrouble."""
        with self._conversation():
            return

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        """A client that may send. Raises MailServerTrouble until then."""
        client = self._client()
        watch = threading.Timer(self._longest, _end, (client,))
        watch.daemon = True
        watch.start()
        try:
            _step("connection", lambda: self._connect(client))
            _step("tls", lambda: self._secure(client))
            _step("login", lambda: self._log_in(client))
            yield client
            _leave(client)
        finally:
            watch.cancel()
            client.close()

    def _client(self) -> smtplib.SMTP:
        return smtplib.SMTP(timeout=self._patience)

    def _connect(self, client: smtplib.SMTP) -> None:
        address = (self._settings.host, self._settings.usual_port)
        client.sock = socket.create_connection(address, self._patience)
        if self._settings.encryption is Encryption.TLS:
            self._wrap(client)
        _expect(client.getreply()[0], 220)
        _expect(client.ehlo()[0], 250)

    def _secure(self, client: smtplib.SMTP) -> None:
        """STARTTLS or nothing: who is in the way could leave the offer out, and read on (RFC 3207, section 6)."""
        if self._settings.encryption is not Encryption.STARTTLS:
            return
        if not client.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError
        _expect(client.docmd("STARTTLS")[0], 220)
        client.file = None  # what was said before TLS and not read yet: somebody else may have put it there
        self._wrap(client)
        _expect(client.ehlo()[0], 250)

    def _wrap(self, client: smtplib.SMTP) -> None:
        context = ssl.create_default_context(cafile=self._settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        plain, host = client.sock, self._settings.host
        if plain is not None:
            client.sock = wrapped = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
            wrapped.do_handshake()

    def _log_in(self, client: smtplib.SMTP) -> None:
        if self._settings.username and self._settings.password is not None:
            client.login(self._settings.username, self._settings.password.reveal())


def _step(name: str, action: Callable[[], None]) -> None:
    try:
        action()
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        reason = _reason(error)
    else:
        return
    raise MailServerTrouble(name, reason)


def _expect(code: int, wanted: int) -> None:
    if code != wanted:
        raise smtplib.SMTPResponseException(code, "")


def _leave(client: smtplib.SMTP) -> None:
    """What was said before holds, whatever the server makes of this."""
    with suppress(OSError, smtplib.SMTPException):
        if client.sock is not None:
            client.sock.settimeout(_FAREWELL)
        client.quit()


def _end(client: smtplib.SMTP) -> None:
    with suppress(OSError):
        if client.sock is not None:
            client.sock.shutdown(socket.SHUT_RDWR)


def _hand_over(client: smtplib.SMTP, sender: str, to: str, octets: bytes) -> Delivery:
    """A sender that is not taken is a matter of our settings, and not of this mail's."""
    if (code := client.mail(sender)[0]) != _DONE:
        return Delivery(Fate.DOWN, f"sender_{code}")
    if (code := client.rcpt(to)[0]) not in _TAKEN:
        return _not_taken("recipient", code)
    try:
        code = client.data(octets)[0]
    except smtplib.SMTPDataError as error:
        code = error.smtp_code
    return Delivery(Fate.SENT) if code == _DONE else _not_taken("content", code)


def _not_taken(what: str, code: int) -> Delivery:
    if code == _CLOSING:
        return Delivery(Fate.DOWN, f"{what}_{code}")
    return Delivery(Fate.REFUSED if code >= _FOR_GOOD else Fate.LATER, f"{what}_{code}")


def _reason(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return "certificate"
        case ssl.SSLError():
            return "no_tls"
        case smtplib.SMTPResponseException():
            return f"code_{error.smtp_code}"
        case smtplib.SMTPNotSupportedError():
            return "not_offered"
        case smtplib.SMTPException() | TimeoutError():
            return "no_answer"
        case UnicodeError():
            return "not_ascii"
    return "not_reached"
