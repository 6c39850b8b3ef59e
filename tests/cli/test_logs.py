"""What a log line shows, and what it never shows."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resetapp import logs

CPR = "6101901234"


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    before = list(logging.getLogger().handlers), sys.excepthook
    path = tmp_path / "resetapp.log"
    logging.getLogger().handlers.clear()  # so ours is the first; pytest's follow with the test itself
    logs.configure(str(path))
    yield path
    logs.configure("")
    logging.getLogger().handlers[:], sys.excepthook = before
    logging.captureWarnings(False)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_a_line_is_one_json_object(log_file: Path) -> None:
    logging.getLogger("resetapp.reset").info("password.%s reference=%s", "set", "ABCD")
    (line,) = lines(log_file)
    assert line["message"] == "password.set reference=ABCD"
    assert line["logger"] == "resetapp.reset"
    assert str(line["time"]).endswith("+00:00")


@pytest.mark.parametrize(
    "text",
    [
        CPR,
        "610190-1234",
        f"cpr={CPR}, next",
        f"urn:mace:terena.org:schac:personalUniqueID:dk:CPR:{CPR}",
        f"CPR%3A{CPR}&x",
        repr(f"\n{CPR}".encode()),
        f"<AttributeValue>{CPR}</AttributeValue>",
    ],
)
def test_a_personal_number_is_hidden_in_message_and_arguments(log_file: Path, text: str) -> None:
    logging.getLogger("resetapp").warning(text)
    logging.getLogger("resetapp").warning("found %s", text)
    written = log_file.read_text()
    assert CPR not in written
    assert "610190-1234" not in written
    assert written.count("xxxxxx-xxxx") == 2


@pytest.mark.parametrize(
    "text", ["a6101901234b", "61019012345", f"{'ab12' * 8}6101901234", "2026-01-02 10:00", "port 636"]
)
def test_other_numbers_and_fingerprints_stay_as_they_are(text: str) -> None:
    assert logs.scrubbed(text) == text


def test_nobody_can_forge_a_line(log_file: Path) -> None:
    logging.getLogger("resetapp").info("%s", 'a\r\n{"level": "INFO"}\x1b[2J\x9b\x7f\u2028\u202eend')
    written = log_file.read_bytes()
    assert written.count(b"\n") == 1
    assert all(32 <= byte < 127 for byte in written.strip(b"\n"))
    assert lines(log_file)[0]["message"] == 'a\r\n{"level": "INFO"}\x1b[2J\x9b\x7f\u2028\u202eend'


def _raise_with_secret() -> None:
    secret = "hunter2"
    try:
        raise KeyError(secret)
    except KeyError as error:
        raise ValueError(f"{secret} {CPR}") from error


def test_an_exception_is_told_by_class_and_place_alone(log_file: Path) -> None:
    try:
        _raise_with_secret()
    except ValueError:
        logging.getLogger("resetapp").exception("it broke")
    (line,) = lines(log_file)
    told = line["exceptions"]
    assert isinstance(told, list)
    assert [error["class"] for error in told] == ["builtins.ValueError", "builtins.KeyError"]
    assert told[0]["at"][-1].endswith(" _raise_with_secret")
    assert "hunter2" not in log_file.read_text()


def test_wrong_arguments_of_a_logging_call_do_not_come_out(log_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("resetapp").info("%d resets", "hunter2")
    assert "without its arguments (TypeError)" in str(lines(log_file)[0]["message"])
    assert "hunter2" not in log_file.read_text() + "".join(capsys.readouterr())


@pytest.mark.parametrize("name", ["saml2", "saml2.response", "ldap3", "sqlalchemy.engine.Engine"])
def test_talkative_libraries_are_capped_even_when_someone_lowers_their_level(log_file: Path, name: str) -> None:
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    try:
        logger.debug("a whole assertion")
        logger.info("every parameter")
        logger.warning("this one is told")
    finally:
        logger.setLevel(logging.NOTSET)
    assert [line["message"] for line in lines(log_file)] == ["this one is told"]


def test_configuring_twice_does_not_write_twice(log_file: Path) -> None:
    logs.configure(str(log_file))
    logging.getLogger("resetapp").info("once")
    assert len(lines(log_file)) == 1


def test_strangers_cannot_read_the_file(log_file: Path) -> None:
    assert log_file.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize(
    "where", ["raise ValueError('hunter2')", "import threading; t = threading.Thread(target=f); t.start(); t.join()"]
)
def test_an_unhandled_exception_is_a_line_without_its_text(where: str) -> None:
    program = f"from resetapp import logs\nlogs.configure()\ndef f():\n    raise ValueError('hunter2')\n{where}\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    line = json.loads(done.stderr)
    assert (line["level"], line["message"]) == ("CRITICAL", "unhandled exception")
    assert "hunter2" not in done.stderr
