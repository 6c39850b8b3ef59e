"""Where secrets may stand, and that nothing shows them."""

from pathlib import Path

import pytest

from resetapp.core.secret import Secret
from resetapp.settings import load
from tests.settings.written import FILLED_IN, SECRETS, faults_of, filled_in, only_fault, with_line, write


def _from_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    secret = folder / "bind"
    secret.write_bytes(content)
    secret.chmod(mode)
    return write(folder, filled_in().replace("bind_password = ", 'bind_password_file = "bind"\n# '))


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_secret_may_stand_in_a_file_of_its_own(folder: Path, ending: bytes) -> None:
    settings = load(_from_file(folder, b" kept spaces " + ending))
    assert settings.directories[0].bind_password == Secret(" kept spaces ")


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        (b"secret", 0o644, "can be read by everybody"),
        (b"\n", 0o600, "is empty"),
        (b"\xff\xfe", 0o600, "not a text in UTF-8"),
        (b"two\nlines", 0o600, "line break"),
    ],
)
def test_a_bad_secret_file_is_refused(folder: Path, content: bytes, mode: int, problem: str) -> None:
    fault = only_fault(_from_file(folder, content, mode))
    assert fault.key == "directory[people].bind_password"
    assert problem in fault.problem


def test_a_secret_file_that_is_not_there_is_refused(folder: Path) -> None:
    path = _from_file(folder, b"secret")
    (folder / "bind").unlink()
    assert "cannot be read (FileNotFoundError)" in only_fault(path).problem


def test_a_secret_stands_in_one_place(folder: Path) -> None:
    _from_file(folder, b"secret")
    text = filled_in().replace("bind_password = ", 'bind_password_file = "bind"\nbind_password = ')
    assert "stands here and in bind_password_file" in only_fault(write(folder, text)).problem


def test_secrets_in_a_file_that_everybody_can_read_are_refused(folder: Path) -> None:
    faults = faults_of(write(folder, filled_in(), mode=0o644))
    assert [fault.key for fault in faults] == [
        "service.secret_key",
        "service.person_key",
        "directory[people].bind_password",
    ]


def test_a_readable_file_without_secrets_is_accepted(folder: Path) -> None:
    text = filled_in()
    for key in ("secret_key", "person_key", "bind_password"):
        (folder / key).write_text(FILLED_IN[key].strip('"'))
        (folder / key).chmod(0o600)
        text = text.replace(f"\n{key} = ", f'\n{key}_file = "{key}"\n# ')
    assert load(write(folder, text, mode=0o644)) == load(write(folder, filled_in()))


def test_no_secret_is_in_a_fault_or_a_repr(folder: Path) -> None:
    database = '"postgresql+psycopg://resetapp:hunter2@db.example.dk/resetapp?sslmode=verify-full"'
    settings = load(write(folder, with_line(filled_in(), "url", database)))
    text = filled_in().replace("bind_password = ", "bind_pasword = ").replace("secret_key = ", "secretkey = ")
    text = with_line(text, "url", '"postgres://resetapp:hunter2@db/resetapp"')
    said = repr(settings) + "".join(map(repr, faults_of(write(folder, text))))
    assert not [secret for secret in (*SECRETS, "hunter2") if secret in said]


def test_the_token_for_the_numbers_may_be_left_out_and_is_long_enough_when_it_is_there(folder: Path) -> None:
    assert load(write(folder, filled_in())).service.metrics_token is None
    with_token = filled_in().replace("[service]\n", f'[service]\nmetrics_token = "{"t0ken-" * 8}"\n')
    assert load(write(folder, with_token)).service.metrics_token == Secret("t0ken-" * 8)
    short = filled_in().replace("[service]\n", '[service]\nmetrics_token = "short"\n')
    assert "is shorter than 32 characters" in only_fault(write(folder, short)).problem
    (folder / "token").write_text("t0ken-" * 8 + "\n")
    (folder / "token").chmod(0o600)
    in_file = filled_in().replace("[service]\n", '[service]\nmetrics_token_file = "token"\n')
    assert load(write(folder, in_file)).service.metrics_token == Secret("t0ken-" * 8)
