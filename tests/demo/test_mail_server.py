"""The demo's mail server: what a client of its own kind and the service hand over, and what must do it no harm."""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from resetapp.core.notices import Delivery, Fate
from resetapp.demo.certificates import ServerCertificates, make_certificates
from resetapp.demo.mail_server import LARGEST_MAIL, LONGEST_LINE, MOST_CONNECTIONS, Patience, running_mail_server
from resetapp.demo.mailbox import MOST_MAILS, KeptMail, Mailbox
from resetapp.mail.server import MailServer
from resetapp.settings import Encryption, Mail

FROM, TO = "adgangskode@example.dk", "freja@example.dk"
PLAIN = "MAIL FROM:<a@example.dk>\r\nRCPT TO:<b@example.dk>\r\nDATA\r\n"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("demo-mail"), datetime.now(UTC))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox, tls: ServerCertificates) -> Iterator[int]:
    with running_mail_server(mailbox, tls.server) as port:
        yield port


@pytest.fixture
def hasty(mailbox: Mailbox, tls: ServerCertificates) -> Iterator[int]:
    """A server that waits for hardly anybody."""
    with running_mail_server(mailbox, tls.server, patience=Patience(step=0.4, whole=1.2)) as port:
        yield port


@contextmanager
def client(port: int, tls: ServerCertificates) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=tls.ca)
    with smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=context) as opened:
        yield opened


@contextmanager
def connected(port: int, tls: ServerCertificates) -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context(cafile=tls.ca)
    plain = socket.create_connection(("127.0.0.1", port), 10)
    with plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
        yield secure


def until_closed(sock: socket.socket) -> bytes:
    told = b""
    with suppress(OSError):  # a server that leaves while something is on its way to it may reset the connection
        while got := sock.recv(4096):
            told += got
    return told


def a_mail(subject: str, text: str = "Hej\n.en prik\n.\n..\nFarvel, æøå\n") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, FROM, TO
    message.set_content(text, cte="quoted-printable")
    message["Content-Language"] = "da"  # after the content, which takes such headers away
    return message


def handed_over(port: int, tls: ServerCertificates, patience: float = 5.0, **settings: object) -> Delivery:
    """By the service itself."""
    known = {"host": "127.0.0.1", "port": port, "ca_file": tls.ca, "from_address": FROM, "encryption": Encryption.TLS}
    return MailServer(Mail(enabled=True, **known | settings), 10.0, patience).deliver(bytes(a_mail("Prøve")), TO)


def still_serves(port: int, tls: ServerCertificates, mailbox: Mailbox) -> bool:
    for _ in range(5):  # on a busy machine a hasty server may have left before this client is ready
        with suppress(OSError), client(port, tls) as smtp:
            smtp.send_message(a_mail("Er der nogen?"))
            break
    return [mail.subject for mail in mailbox.newest_first()[:1]] == ["Er der nogen?"]


def test_two_mails_of_one_connection_arrive_newest_first(port: int, tls: ServerCertificates, mailbox: Mailbox) -> None:
    before = datetime.now(UTC)
    with client(port, tls) as smtp:
        assert smtp.send_message(a_mail("Første")) == {}
        assert smtp.noop()[0] == 250
        smtp.sendmail(FROM, ["a@example.dk", "b@example.dk"], bytes(a_mail("Ændret på én gang")))
    newest, first = mailbox.newest_first()
    assert (newest.subject, newest.to) == ("Ændret på én gang", ("a@example.dk", "b@example.dk"))
    assert (first.subject, first.to, first.language) == ("Første", (TO,), "da")
    assert first.text == "Hej\n.en prik\n.\n..\nFarvel, æøå"
    assert before <= first.at <= newest.at


def test_the_service_hands_over_by_tls_whose_certificate_holds(
    port: int, tls: ServerCertificates, mailbox: Mailbox
) -> None:
    assert handed_over(port, tls) == Delivery(Fate.SENT)
    assert [mail.subject for mail in mailbox.newest_first()] == ["Prøve"]
    assert handed_over(port, tls, ca_file=tls.other_ca) == Delivery(Fate.DOWN, "connection_certificate")
    assert handed_over(port, tls, 0.3, encryption=Encryption.NONE).fate is Fate.DOWN
    assert len(mailbox.newest_first()) == 1


def test_what_it_does_not_know_or_expect_is_refused_and_forgotten(
    port: int, tls: ServerCertificates, mailbox: Mailbox
) -> None:
    with client(port, tls) as smtp:
        answers = [smtp.docmd(line)[0] for line in ("HELO x", "VRFY a", "STARTTLS", "AUTH PLAIN x", "\0\xff"[:1], "")]
        assert answers == [502] * 6
        assert [smtp.docmd(line)[0] for line in ("DATA", "RCPT TO:<a@example.dk>", "MAIL FROM:")] == [503, 503, 501]
        assert smtp.mail(FROM)[0] == 250
        assert [smtp.docmd(line)[0] for line in ("MAIL FROM:<a@b>", "RCPT TO:<>", "RCPT TO:a b")] == [503, 501, 501]
        assert [smtp.rcpt(f"a{number}@example.dk")[0] for number in range(11)] == [250] * 10 + [452]
        assert smtp.rset()[0] == 250
        assert smtp.docmd("DATA")[0] == 503
    assert mailbox.newest_first() == []


def test_it_listens_on_loopback_alone(port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), 5)


def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken(
    port: int, tls: ServerCertificates, mailbox: Mailbox
) -> None:
    with client(port, tls) as smtp:
        smtp.ehlo_or_helo_if_needed()
        assert smtp.esmtp_features["size"] == str(LARGEST_MAIL)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(FROM, [TO], b"Subject: x\r\n\r\n" + b"y" * 70 + (b"\r\n" + b"y" * 70) * 1000)
        assert refused.value.smtp_code == 552
        smtp.send_message(a_mail("En lille"))
    assert [mail.subject for mail in mailbox.newest_first()] == ["En lille"]


@pytest.mark.parametrize("before", ["", PLAIN])
def test_a_line_without_end_is_not_read_to_its_end(
    before: str, port: int, tls: ServerCertificates, mailbox: Mailbox
) -> None:
    with connected(port, tls) as sock:
        sock.sendall(before.encode() + b"x" * (LONGEST_LINE + 1))
        assert until_closed(sock).endswith(b"500 line too long\r\n")
    assert mailbox.newest_first() == []
    assert still_serves(port, tls, mailbox)


def test_a_line_feed_alone_ends_neither_a_line_nor_a_mail(port: int, tls: ServerCertificates, mailbox: Mailbox) -> None:
    """SMTP smuggling: a second mail must not hide in the text of the first."""
    with connected(port, tls) as sock:
        sock.sendall(f"{PLAIN}\r\nHej\n.\nMAIL FROM:<evil@example.dk>\n\r\n.\r\nQUIT\r\n".encode())
        assert until_closed(sock).endswith(b"250 OK\r\n221 bye\r\n")
    (mail,) = mailbox.newest_first()
    assert "evil@example.dk" in mail.text


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05junk!", b"", b"\0" * 5000])
def test_who_speaks_no_tls_ends_their_own_connection_alone(
    junk: bytes, port: int, tls: ServerCertificates, mailbox: Mailbox
) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        with suppress(OSError):  # it may have left at the first octets
            sock.sendall(junk)
            sock.shutdown(socket.SHUT_WR)
        assert b"220" not in until_closed(sock)
    assert still_serves(port, tls, mailbox)


@pytest.mark.parametrize(
    "said", [b"", b"EHLO", PLAIN.encode(), PLAIN.encode() + b"Subject: half\r\n\r\nhalf a mail\r\n"]
)
def test_a_connection_that_ends_too_early_leaves_no_mail(
    said: bytes, port: int, tls: ServerCertificates, mailbox: Mailbox
) -> None:
    with connected(port, tls) as sock:
        sock.sendall(said)
        sock.shutdown(socket.SHUT_WR)
        until_closed(sock)
    assert still_serves(port, tls, mailbox)
    assert len(mailbox.newest_first()) == 1


def test_who_says_nothing_and_who_drips_are_left(hasty: int, tls: ServerCertificates, mailbox: Mailbox) -> None:
    with socket.create_connection(("127.0.0.1", hasty), 10) as silent:
        assert until_closed(silent) == b""
    with connected(hasty, tls) as sock, suppress(OSError):
        end = time.monotonic() + 10
        while time.monotonic() < end:  # until the other end has gone
            sock.sendall(b"NOOP\r\n")
            assert sock.recv(100), "ended"
            time.sleep(0.1)
        pytest.fail("it went on for ever")
    assert still_serves(hasty, tls, mailbox)


def test_who_occupies_all_places_gives_them_back(hasty: int, tls: ServerCertificates, mailbox: Mailbox) -> None:
    occupied = [socket.create_connection(("127.0.0.1", hasty), 10) for _ in range(MOST_CONNECTIONS * 2)]
    try:
        assert still_serves(hasty, tls, mailbox)
    finally:
        for each in occupied:
            each.close()


def test_after_the_end_nobody_listens(mailbox: Mailbox, tls: ServerCertificates) -> None:
    before = set(threading.enumerate())
    with running_mail_server(mailbox, tls.server) as port:
        (thread,) = set(threading.enumerate()) - before
        assert still_serves(port, tls, mailbox)
    thread.join(10)
    assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_commands_without_end_are_ended(port: int, tls: ServerCertificates) -> None:
    with connected(port, tls) as sock:
        sock.sendall(b"NOOP\r\n" * 300)
        assert until_closed(sock).count(b"250 OK") <= 200


def kept(octets: bytes) -> KeptMail:
    mailbox = Mailbox()
    mailbox.keep(octets, (TO,), datetime.now(UTC))
    return mailbox.newest_first()[0]


def test_the_oldest_mail_makes_room() -> None:
    mailbox = Mailbox()
    for number in range(MOST_MAILS + 5):
        mailbox.keep(f"Subject: {number}\r\n\r\n".encode(), (TO,), datetime.now(UTC))
    assert len(mailbox.newest_first()) == MOST_MAILS
    assert (mailbox.newest_first()[0].subject, mailbox.newest_first()[-1].subject) == ("104", "5")


def test_charsets_and_encodings_are_undone() -> None:
    header = b"Subject: =?utf-8?q?=C3=86ndret?=\r\nContent-Language: da\r\n"
    latin = kept(header + b'Content-Type: text/plain; charset="iso-8859-1"\r\n\r\nbl\xe5\r\n')
    base64 = kept(
        header + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nYmzDpQ=="
    )
    assert {(mail.subject, mail.text, mail.language) for mail in (latin, base64)} == {("Ændret", "blå", "da")}


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\xfe\0junk",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nHej",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n" * 500,
        b"Content-Type: image/png\r\n\r\nx",
        b"Subject: =?utf-8?b?!!?=\r\nContent-Type: ;;;=\r\n\r\nHej",
        b"Content-Type: message/rfc822\r\n\r\n" * 1500,
    ],
)
def test_a_mail_that_cannot_be_read_is_kept_all_the_same(octets: bytes) -> None:
    assert kept(octets).to == (TO,)


def test_a_subject_and_a_text_are_shown_up_to_a_length() -> None:
    mail = kept(b"Subject: " + b"s" * 5000 + b"\r\n\r\n" + b"t" * 50_000)
    assert (len(mail.subject), len(mail.text)) == (500, 20_000)
