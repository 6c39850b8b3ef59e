"""A real SMTP server on loopback (aiosmtpd), and some that are none."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerFiles
from resetapp.settings import Encryption, Mail

FROM = "noreply@example.dk"
USERNAME, PASSWORD = "resetapp", "the mail password"


@dataclass
class Received:
    """A mail as it arrived, and how."""

    sender: str
    recipients: list[str]
    octets: bytes
    encrypted: bool
    logged_in: bool

    @property
    def message(self) -> EmailMessage:
        read = message_from_bytes(self.octets, policy=SMTP_POLICY)  # type: ignore[arg-type]
        assert isinstance(read, EmailMessage)
        return read

    @property
    def text(self) -> str:
        return str(self.message.get_content())


@dataclass
class Post:
    """What the server answers, and what has arrived."""

    host: str = "localhost"
    port: int = 0
    mails: list[Received] = field(default_factory=list)
    sender_answer: str = "250 OK"
    recipient_answers: dict[str, str] = field(default_factory=dict)
    content_answer: str = "250 OK"
    breaks_off: str = ""  # "before" or "after" it has taken the mail
    tries: int = 0
    before_answer: Callable[[], None] = lambda: None

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        self.tries += 1
        envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        answer = self.recipient_answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.get_running_loop().run_in_executor(None, self.before_answer)
        if self.breaks_off == "before":
            server.transport.abort()
            return "421 gone"
        if self.content_answer.startswith("250"):
            recipients = list(envelope.rcpt_tos)
            secure = server.transport.get_extra_info("ssl_object") is not None
            login = bool(session.authenticated)
            self.mails.append(Received(envelope.mail_from, recipients, envelope.content, secure, login))
        if self.breaks_off == "after":
            server.transport.abort()
        return self.content_answer


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def running_post(encryption: Encryption, files: ServerFiles | None = None, **options: Any) -> Iterator[Post]:
    """`options`: those of aiosmtpd's SMTP. With certificates STARTTLS is demanded and a login offered."""
    post, context = Post(), None
    if files is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.certificate, files.key)
    known: dict[str, Any] = {"hostname": "mail.example.dk", "enable_SMTPUTF8": False, "authenticator": _authenticate}
    if encryption is Encryption.STARTTLS and context:
        known |= {"tls_context": context, "require_starttls": True}
    if encryption is Encryption.TLS:
        known["auth_require_tls"] = False  # it only knows of STARTTLS; here all of it is encrypted
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(post, loop=loop, **known | options),
            "127.0.0.1",
            0,
            ssl=context if encryption is Encryption.TLS else None,
        )
    )
    post.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield post
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


@contextmanager
def odd_server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listener that is no SMTP server: `behave` gets each connection. Yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_behaving, args=(behave, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _behaving(behave: Callable[[socket.socket], None], connection: socket.socket) -> None:
    try:
        behave(connection)
    except OSError:
        return


def mail_settings(post: Post, encryption: Encryption = Encryption.NONE, **changes: Any) -> Mail:
    known = {"host": post.host, "port": post.port, "encryption": encryption, "from_address": FROM}
    return Mail(enabled=True, **known | changes)


LOGIN = {"username": USERNAME, "password": Secret(PASSWORD)}
