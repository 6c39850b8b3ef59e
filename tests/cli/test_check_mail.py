"""`resetapp check-config` and the mail server: it answers, TLS holds, the login works; no mail is sent."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from resetapp.cli import main
from resetapp.core.checks import Check
from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerCertificates, make_certificates
from resetapp.mail.checks import check_mail
from resetapp.settings import Encryption, Mail
from tests.mail.smtp_server import FROM, LOGIN, PASSWORD, USERNAME, Post, mail_settings, running_post


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("mail-tls"), datetime.now(UTC))


@pytest.fixture
def post(tls: ServerCertificates) -> Iterator[Post]:
    with running_post(Encryption.STARTTLS, tls.server) as post:
        yield post


@pytest.fixture
def settings(post: Post, tls: ServerCertificates) -> Mail:
    return mail_settings(post, Encryption.STARTTLS, ca_file=tls.ca, **LOGIN)


def looked(settings: Mail) -> list[tuple[str, bool]]:
    checks: list[Check] = list(check_mail(settings))
    assert all(bool(each.remedy) != each.ok for each in checks)
    return [(each.name, each.ok) for each in checks]


def test_a_server_that_takes_our_login_passes_and_gets_no_mail(settings: Mail, post: Post) -> None:
    assert looked(settings) == [("connection", True), ("tls", True), ("login", True)]
    assert (post.mails, post.tries) == ([], 0)


def test_while_mail_is_off_nothing_is_asked(settings: Mail) -> None:
    assert looked(replace(settings, enabled=False)) == []


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        (lambda found, tls: replace(found, ca_file=tls.other_ca), "tls"),
        (lambda found, tls: replace(found, encryption=Encryption.TLS), "tls"),
        (lambda found, tls: replace(found, password=Secret("wrong")), "login"),
        (lambda found, tls: replace(found, port=closed_port()), "connection"),
    ],
)
def test_what_does_not_hold_is_named_with_its_remedy(
    settings: Mail, tls: ServerCertificates, broken: Callable[[Mail, ServerCertificates], Mail], step: str
) -> None:
    assert looked(broken(settings, tls))[-1] == (step, False)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_the_command_tells_it_without_the_password(installation: Path, post: Post, tls: ServerCertificates) -> None:
    lines = ["enabled = true", 'host = "localhost"', f"port = {post.port}", f'ca_file = "{tls.ca}"']
    lines += [f'username = "{USERNAME}"', f'password = "{PASSWORD}"', f'from_address = "{FROM}"']
    path = installation.with_name("with-mail.toml")
    path.write_text(installation.read_text("utf-8").replace("\n[mail]\n", "\n[mail]\n" + "\n".join(lines) + "\n"))
    path.chmod(0o600)
    output = CliRunner().invoke(main, ["--config", str(path), "check-config"]).output
    path.unlink()
    assert "✓ mail: connection" in output
    assert "✓ mail: login" in output
    assert PASSWORD not in output
