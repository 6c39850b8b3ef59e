"""The settings of mail: off unless asked for, and never in the clear over a network."""

from pathlib import Path

import pytest

from resetapp.core.secret import Secret
from resetapp.settings import Encryption, Mail, load
from tests.settings.written import faults_of, filled_in, with_line, write

ON = ("enabled = true", 'host = "smtp.example.dk"', 'from_address = "noreply@example.dk"')


def with_mail(*lines: str) -> str:
    head, tail = filled_in().split("\n[mail]\n")
    return f"{head}\n[mail]\n{chr(10).join(lines)}\n{tail}"


def faults(folder: Path, *lines: str) -> list[tuple[str, str]]:
    return [(each.key, each.problem) for each in faults_of(write(folder, with_mail(*lines)))]


def test_mail_is_off_unless_it_is_asked_for(folder: Path) -> None:
    assert load(write(folder, filled_in())).mail == Mail(enabled=False)
    assert load(write(folder, filled_in())).directories[0].mail_attribute == "mail"


def test_with_a_server_and_a_sender_it_is_on(folder: Path) -> None:
    mail = load(write(folder, with_mail(*ON))).mail
    assert (mail.enabled, mail.encryption, mail.usual_port) == (True, Encryption.STARTTLS, 587)
    tls = load(write(folder, with_mail(*ON, 'encryption = "tls"'))).mail
    assert tls.usual_port == 465
    assert load(write(folder, with_mail(*ON, "port = 2525"))).mail.usual_port == 2525


def test_the_password_may_stand_in_a_file_of_its_own_and_is_never_shown(folder: Path) -> None:
    (folder / "mail-password").write_text("seen by nobody\n")
    (folder / "mail-password").chmod(0o600)
    mail = load(write(folder, with_mail(*ON, 'username = "resetapp"', 'password_file = "mail-password"'))).mail
    assert mail.password == Secret("seen by nobody")
    assert "seen by nobody" not in repr(mail)


@pytest.mark.parametrize(
    ("lines", "key", "problem"),
    [
        (ON[:1] + ON[2:], "mail.host", "is empty although mail is on"),
        (ON[:2], "mail.from_address", "is empty although mail is on"),
        ((*ON, 'encryption = "none"'), "mail.encryption", "not on this machine"),
        ((*ON, 'encryption = "ssl"'), "mail.encryption", "not one of the known words"),
        ((*ON, 'username = "resetapp"'), "mail.username", "belong together"),
        ((*ON, 'password = "secret"'), "mail.username", "belong together"),
        ((*ON, 'reply_to = "Support <support@example.dk>"'), "mail.reply_to", "not a plain e-mail address"),
        ((*ON[:2], 'from_address = "a@example.dk, b@example.dk"'), "mail.from_address", "not a plain"),
        ((*ON[:1], 'host = "smtp://smtp.example.dk"', ON[2]), "mail.host", "not a host"),
        ((*ON[:1], 'host = "smtp.example.dk:25"', ON[2]), "mail.host", "not a host"),
        ((*ON, "port = 65536"), "mail.port", "outside"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, lines: tuple[str, ...], key: str, problem: str) -> None:
    [(where, what)] = faults(folder, *lines)
    assert where == key
    assert problem in what


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_without_encryption_only_this_machine_is_written_to(folder: Path, host: str) -> None:
    text = with_mail(ON[0], f'host = "{host}"', ON[2], 'encryption = "none"')
    assert load(write(folder, text)).mail.host == host


def test_a_directorys_authority_is_looked_for_too(folder: Path) -> None:
    text = filled_in().replace('#ca_file = "directory-ca.pem"', 'ca_file = "directory-ca.pem"')
    assert [each.key for each in faults_of(write(folder, text))] == ["directory[people].ca_file"]


def test_a_directory_may_have_no_addresses(folder: Path) -> None:
    assert load(write(folder, with_line(filled_in(), "mail_attribute", '""'))).directories[0].mail_attribute == ""
