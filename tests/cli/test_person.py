"""`resetapp person`: one person's rows, nobody else's; the number typed unseen; an erasure that says what stays."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from resetapp import texts
from resetapp.cli import main
from resetapp.core.accounts import AccountKey, AccountState, DirectoryPolicy
from resetapp.core.candidates import Candidate
from resetapp.core.cpr import CprNumber
from resetapp.core.events import EVENTS, PasswordSending
from resetapp.core.mappings import MappingState, RequestState
from resetapp.core.outcomes import AttemptState, MatchResult, Outcome, PasswordRefused, Refusal
from resetapp.person import TOLD
from resetapp.person_report import WORDS
from resetapp.settings import load
from resetapp.storage import attempts, limits, logins, outbox, visits
from resetapp.storage.audit import Journal, about
from resetapp.storage.database import Database
from resetapp.storage.limits import Kind
from resetapp.storage.outbox import Channel, MailKind, MailState, OutboxMail, Receiver
from resetapp.storage.tables import Attempt, AuditEvent, Count, Login, Visit
from tests.builders import FREJA, a_candidate, a_person, an_account
from tests.house.canary import in_the_list_of_processes
from tests.house.test_texts import DA

OTHER = CprNumber.parse("6202912345")
LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
TYPED = f"{FREJA.digits[:6]}-{FREJA.digits[6:]}"
KEY = AccountKey("people", "id-freja")


@pytest.fixture
def settings(installation: Path) -> Iterator[Path]:
    """The installation with a database in which FREJA and OTHER have been here two days ago."""
    database_file = installation.parent / "data" / "resetapp.db"
    kept = database_file.with_suffix(".kept")
    shutil.copy(database_file, kept)
    read = load(installation)
    with closing(Database(read.database.url)) as database:
        for cpr, name in ((FREJA, "freja"), (OTHER, "oskar")):
            visited(database, cpr, name, read.service.person_key)
    yield installation
    for left in database_file.parent.glob("resetapp.db*"):
        left.unlink()
    kept.rename(database_file)


def visited(database: Database, cpr: CprNumber, username: str, key: bytes) -> None:
    """One account found, one password refused, one on its way; a user name that is the number, and not ended."""
    person = cpr.fingerprint(key)
    account = an_account(username, display_name=f"{username} {cpr.digits}", policy=DirectoryPolicy(minimum_length=12))
    with database.transaction() as db:
        logins.open_login(db, f"_{username}", username, "da", None, LONG_AGO)
        pending = logins.find_opened(db, username)
        assert pending is not None
        who = a_person(cpr, f"{username} holm", assertion_id=username, authenticated_at=LONG_AGO)
        logins.complete_login(db, pending, who, timedelta(minutes=30), LONG_AGO)
        visits.open_visit(db, pending.id, person, MatchResult((account,), (), Outcome.OPEN), LONG_AGO)
        limits.count(db, Kind.LOGIN_STARTED, person, LONG_AGO)
        visit = db.query(Visit).filter_by(person=person).one()
        refused = attempts.open_round(db, visit, [a_candidate(account.key, username)], LONG_AGO)[0]
        attempts.refuse(db, refused.id, PasswordRefused((Refusal.TOO_SHORT,)), LONG_AGO)
        sent = attempts.open_round(db, visit, [a_candidate(account.key, username)], LONG_AGO)[0]
        attempts.claim(db, [(sent, "mark-before")], LONG_AGO)
        change = outbox.of_attempt(db, sent.id, MailKind.CHANGED, LONG_AGO)
        outbox.put(db, change, [Receiver(Channel.MAIL, f"{username}@example.dk")], "da", LONG_AGO)
        Journal(key).write(db, PasswordSending(**about(visit, sent)), LONG_AGO)


def run(settings: Path, *arguments: str, typed: str = TYPED) -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "person", *arguments], input=f"{typed}\n")


def exported(settings: Path, typed: str = TYPED) -> dict[str, Any]:
    result = run(settings, "export", typed=typed)
    assert result.exit_code == 0, result.output
    kept = json.loads(result.stdout)
    assert isinstance(kept, dict)
    return kept


def secrets_of(settings: Path) -> set[str]:
    read = load(settings)
    with closing(Database(read.database.url)) as database, database.reading() as db:
        found = {FREJA.fingerprint(read.service.person_key), "mark-before", "oskar", FREJA.digits, TYPED}
        for login in db.query(Login):
            found |= {login.request_id, login.browser_hash, login.token_hash or ""}
        return (found | {each for attempt in db.query(Attempt) for each in (attempt.id, attempt.round)}) - {""}


def test_the_export_is_of_one_person_with_documented_keys(settings: Path) -> None:
    kept = exported(settings)
    rows = ["logins", "counts", "mails", "mappings", "staff_logins", "mapping_requests", "events"]
    assert list(kept) == ["form", "made_at", "institution", "kept_months", *rows]
    (login,) = kept["logins"]
    visit = login.pop("visit")
    tries = visit.pop("attempts")
    assert (tuple(login), tuple(visit), tuple(tries[0])) == (TOLD[Login], TOLD[Visit], TOLD[Attempt])
    assert [tuple(count) for count in kept["counts"]] == [TOLD[Count]]
    [mail] = kept["mails"]
    assert (tuple(mail), mail["address"]) == (TOLD[OutboxMail], "freja@example.dk")
    [event] = kept["events"]
    assert (tuple(event), event["name"]) == (TOLD[AuditEvent], "password.sending")
    assert set(event["facts"]) == {"directory", "entry_id", "username"}
    assert (kept["form"], kept["kept_months"], login["display_name"]) == (1, 13, "freja holm")
    assert login["opened_at"] == LONG_AGO.isoformat()
    assert [(one["state"], one["reasons"]) for one in tries] == [("refused", ["too_short"]), ("sending", [])]
    assert visit["candidates"][0]["display_name"] == "freja xxxxxx-xxxx"


@pytest.mark.parametrize("arguments", [("export",), ("export", "--text", "da"), ("export", "--text", "en")])
def test_no_output_holds_the_number_a_key_or_somebody_else(settings: Path, arguments: tuple[str, ...]) -> None:
    told = secrets_of(settings)
    assert len(told) >= 12
    result = run(settings, *arguments)
    assert result.exit_code == 0
    assert "freja" in result.stdout
    assert [secret for secret in told if secret in result.output] == []


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "da",
            [
                "Det har vi gemt om dig",
                "  Navn: freja holm",
                "      Status: sagt nej til",
                "        Mindste længde: 12",
            ],
        ),
        (
            "en",
            ["What we have kept about you", "  Name: freja holm", "      State: refused", "        Least length: 12"],
        ),
    ],
)
def test_the_export_can_be_read(settings: Path, language: str, lines: list[str]) -> None:
    output = run(settings, "export", "--text", language).stdout.splitlines()
    assert [line for line in lines if line not in output] == []
    assert any(line.endswith(texts.date_time(language, LONG_AGO)) for line in output)


def test_every_key_and_word_of_an_export_has_its_text_and_no_other() -> None:
    keys = {name for names in TOLD.values() for name in names} | {each.name for each in fields(DirectoryPolicy)}
    keys |= set(Candidate.of(an_account(link="mapping:m")).to_json())
    keys |= {
        "title",
        "yes",
        "no",
        "form",
        "made_at",
        "institution",
        "kept_months",
        "logins",
        "counts",
        "staff_logins",
        "mappings",
        "mapping_requests",
        "events",
        "mails",
        "visit",
        "attempts",
    }
    told = (each.name for event in EVENTS.values() for each in fields(event))
    keys |= set(told) - {
        "person",
        "attempt",
        *("mapping", "request", "replaced", "account"),
        "by",
        "about",
        "kept",
        "login_off",
    }  # the last two are of events about nobody
    kinds = (Outcome, AttemptState, AccountState, MailState, MailKind, Channel, MappingState, RequestState)
    words = {f"is_{word.value}" for kind in kinds for word in kind}
    assert {key.removeprefix("export.") for key in DA if key.startswith("export.")} == keys | words
    assert keys >= WORDS


@pytest.mark.parametrize("command", [("export",), ("erase", "--yes")])
def test_of_an_unknown_person_it_says_so_and_exits_with_1(settings: Path, command: tuple[str, ...]) -> None:
    result = run(settings, *command, typed="6303931234")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing is kept about this person" in result.stderr


@pytest.mark.parametrize("typed", ["", "610190123", "6113901234", "Freja Holm", f"{TYPED} {TYPED}", "6" * 4000])
def test_what_is_no_number_is_not_repeated(settings: Path, typed: str) -> None:
    result = run(settings, "export", typed=typed)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no CPR number" in result.stderr
    assert typed == "" or typed not in result.output


def test_the_number_is_no_argument(settings: Path) -> None:
    for arguments in (("export", TYPED), ("export", "--cpr", TYPED), ("erase", "--yes", TYPED)):
        assert run(settings, *arguments).exit_code == 2
    assert len(exported(settings)["logins"]) == 1


def test_erasing_ends_empties_and_keeps_what_is_on_its_way(settings: Path) -> None:
    before = exported(settings, OTHER.digits)
    result = run(settings, "erase", "--yes")
    assert result.exit_code == 0
    assert "1 logins were ended." in result.stdout
    assert "1 logins were emptied and kept: 1 requests" in result.stdout
    assert "What became of 1 of them is not known yet" in result.stdout
    assert "1 mails about them wait to be sent" in result.stdout
    (login,) = exported(settings)["logins"]
    assert (login["display_name"], login["name_id"], login["visit"]["candidates"]) == ("", None, [])
    assert [attempt["state"] for attempt in login["visit"]["attempts"]] == ["sending"]
    after = exported(settings, OTHER.digits)
    changed = {"made_at": "", "events": []}  # that it was exported is an event of its own
    assert after | changed == before | changed


def test_without_a_terminal_nothing_is_erased_unasked(settings: Path) -> None:
    result = run(settings, "erase")
    assert result.exit_code == 1
    assert "--yes" in result.stderr
    assert exported(settings)["logins"][0]["display_name"] == "freja holm"


def test_each_use_is_a_line_of_the_log_that_names_nobody(settings: Path) -> None:
    lines = [run(settings, *command).stderr for command in (("export",), ("erase", "--yes"))]
    assert f"person.exported logins=1 by_uid={os.getuid()}" in lines[0]
    assert f"person.erased logins=0 kept=1 by_uid={os.getuid()}" in lines[1]
    assert [secret for secret in secrets_of(settings) if secret in "".join(lines)] == []


def on_a_terminal(settings: Path, command: str, answers: list[tuple[str, str]]) -> tuple[str, int]:
    """Types each answer when its question stands there. Returns all that the terminal showed, and the exit code."""
    program = [sys.executable, "-m", "resetapp", "--config", str(settings), "person", command]
    process, terminal = pty.fork()
    if process == 0:
        os.execv(program[0], program)  # noqa: S606 - this very Python, without a shell
    shown = ""
    for question, answer in answers:
        while question not in shown and select.select([terminal], [], [], 60)[0]:
            shown += os.read(terminal, 4096).decode()
        os.write(terminal, f"{answer}\n".encode())
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk.decode()
    except OSError:  # Linux tells the end of a terminal so
        os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@pytest.mark.parametrize(("answer", "code", "name"), [("n", 1, "freja holm"), ("y", 0, "")])
def test_on_a_terminal_the_number_is_not_shown_and_erasing_is_asked(
    settings: Path, answer: str, code: int, name: str
) -> None:
    shown, exit_code = on_a_terminal(settings, "erase", [("CPR number: ", TYPED), ("Erase it? [y/N]: ", answer)])
    assert exit_code == code, shown
    assert "1 logins would be ended." in shown
    assert ("1 logins were ended." in shown) is (answer == "y")
    assert TYPED not in shown
    assert FREJA.digits not in shown
    assert exported(settings)["logins"][0]["display_name"] == name


def test_the_list_of_processes_shows_no_number(settings: Path) -> None:
    program = [sys.executable, "-m", "resetapp", "--config", str(settings), "person", "export"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(TYPED.encode())
        process.stdin.flush()
        seen = in_the_list_of_processes(process.pid)
        output, _ = process.communicate(b"\n", 60)
    assert process.returncode == 0
    assert b"freja" in output
    assert b"person\0export" in seen
    assert TYPED.encode() not in seen
    assert FREJA.digits.encode() not in seen
