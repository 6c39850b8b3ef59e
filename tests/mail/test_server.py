"""A mail on its way to a real SMTP server: encrypted or not at all, and told truly what became of it."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from resetapp.core.notices import Fate
from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerCertificates, make_certificates
from resetapp.mail.server import MailServer, MailServerTrouble
from resetapp.settings import Encryption, Mail
from tests.mail.smtp_server import FROM, LOGIN, Post, mail_settings, odd_server, running_post

TO = "freja@example.dk"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("mail-tls"), datetime.now(UTC))


@pytest.fixture
def plain() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


def a_message() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Prøve"
    message.set_content(".en prik\n.\nog mere\n", cte="quoted-printable")
    return message.as_bytes()


def delivered(settings: Mail, longest: float = 10.0, patience: float = 5.0) -> tuple[Fate, str]:
    delivery = MailServer(settings, longest, patience).deliver(a_message(), TO)
    return delivery.fate, delivery.reason


def test_a_mail_arrives_whole(plain: Post) -> None:
    assert delivered(mail_settings(plain)) == (Fate.SENT, "")
    [mail] = plain.mails
    assert (mail.sender, mail.recipients) == (FROM, [TO])
    assert mail.text.splitlines() == [".en prik", ".", "og mere"]


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_with_tls_and_login_it_arrives_encrypted(encryption: Encryption, tls: ServerCertificates) -> None:
    with running_post(encryption, tls.server) as post:
        assert delivered(mail_settings(post, encryption, ca_file=tls.ca, **LOGIN)) == (Fate.SENT, "")
    assert [(each.encrypted, each.logged_in) for each in post.mails] == [(True, True)]


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
@pytest.mark.parametrize("fault", ["another authority", "another name", "the system's authorities"])
def test_a_certificate_that_does_not_hold_gets_no_mail(
    encryption: Encryption, fault: str, tls: ServerCertificates
) -> None:
    authority: Path | None = {"another authority": tls.other_ca, "another name": tls.ca}.get(fault)
    files = tls.wrong_name if fault == "another name" else tls.server
    with running_post(encryption, files) as post:
        fate, reason = delivered(mail_settings(post, encryption, ca_file=authority, **LOGIN))
    assert (fate, reason.partition("_")[2]) == (Fate.DOWN, "certificate")
    assert (post.mails, post.tries) == ([], 0)


def test_without_an_offer_of_starttls_nothing_is_sent(plain: Post, tls: ServerCertificates) -> None:
    """Who is in the way could leave the offer out."""
    settings = mail_settings(plain, Encryption.STARTTLS, ca_file=tls.ca, **LOGIN)
    assert delivered(settings) == (Fate.DOWN, "tls_not_offered")
    assert (plain.mails, plain.tries) == ([], 0)


def test_what_is_said_before_tls_is_not_believed_after_it(tls: ServerCertificates) -> None:
    """Answers that somebody put behind the 220 of STARTTLS in the clear are thrown away with the rest of it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.server.certificate, tls.server.key)

    def injecting(connection: socket.socket) -> None:
        connection.sendall(b"220 here\r\n")
        connection.recv(1000)
        connection.sendall(b"250-mail\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n")
        secure = context.wrap_socket(connection, server_side=True)
        secure.recv(1000)
        secure.sendall(b"550 not you\r\n")
        time.sleep(1)

    with odd_server(injecting) as port:
        assert delivered(mail_settings(Post(port=port), Encryption.STARTTLS, ca_file=tls.ca)) == (
            Fate.DOWN,
            "tls_code_550",
        )


def test_a_wrong_password_is_told_and_not_repeated(tls: ServerCertificates, caplog: pytest.LogCaptureFixture) -> None:
    with running_post(Encryption.TLS, tls.server) as post:
        wrong = LOGIN | {"password": Secret("wrong-and-secret")}
        settings = mail_settings(post, Encryption.TLS, ca_file=tls.ca, **wrong)
        assert delivered(settings) == (Fate.DOWN, "login_code_535")
        with pytest.raises(MailServerTrouble) as caught:
            MailServer(settings).try_login()
    assert "wrong-and-secret" not in caplog.text + repr(caught.value) + repr(settings)


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        ("550 5.1.1 No such user", Fate.REFUSED),
        ("450 4.2.1 Try later", Fate.LATER),
        ("421 Closing", Fate.DOWN),
        ("251 Forwarded", Fate.SENT),
    ],
)
def test_what_is_said_of_the_recipient_decides(plain: Post, answer: str, fate: Fate) -> None:
    plain.recipient_answers[TO] = answer
    code = answer[:3]
    if code == "251":  # the server must hold a recipient to take the mail
        plain.recipient_answers[TO] = "250 Forwarded"
    expected = "" if fate is Fate.SENT else f"recipient_{code}"
    assert delivered(mail_settings(plain)) == (fate, expected)


@pytest.mark.parametrize(("answer", "fate"), [("554 Spam", Fate.REFUSED), ("452 Full", Fate.LATER)])
def test_what_is_said_of_the_content_decides(plain: Post, answer: str, fate: Fate) -> None:
    plain.content_answer = answer
    assert delivered(mail_settings(plain)) == (fate, f"content_{answer[:3]}")
    assert plain.mails == []


def test_a_sender_that_is_not_taken_is_no_fault_of_the_recipient(plain: Post) -> None:
    plain.sender_answer = "553 You may not"
    assert delivered(mail_settings(plain)) == (Fate.DOWN, "sender_553")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_breaks_off_may_be_asked_again(plain: Post, when: str) -> None:
    plain.breaks_off = when
    assert delivered(mail_settings(plain)) == (Fate.DOWN, "no_answer")


def test_a_server_that_is_down_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert delivered(mail_settings(Post(port=port))) == (Fate.DOWN, "connection_not_reached")


def test_a_server_that_says_nothing_is_left(tls: ServerCertificates) -> None:
    with odd_server(lambda connection: time.sleep(5)) as port:
        for encryption in (Encryption.NONE, Encryption.TLS):
            settings = mail_settings(Post(port=port), encryption, ca_file=tls.ca)
            assert delivered(settings, patience=0.3) == (Fate.DOWN, "connection_no_answer")


def test_a_server_that_drips_is_left(tls: ServerCertificates) -> None:
    """Each piece comes in time, and the whole never: a claim must not run out over it."""

    def dripping(connection: socket.socket) -> None:
        for _ in range(300):
            connection.sendall(b"2")
            time.sleep(0.05)

    with odd_server(dripping) as port:
        begun = time.monotonic()
        assert delivered(mail_settings(Post(port=port)), longest=0.5)[0] is Fate.DOWN
        assert time.monotonic() - begun < 10
