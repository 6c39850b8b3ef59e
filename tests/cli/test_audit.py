"""`resetapp audit`: what it says of a trail that holds and of one that does not, and what it hands out."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from resetapp.cli import main
from resetapp.core.events import LoginEnded, PasswordSending
from resetapp.core.mapping_events import MappingRemoved
from resetapp.settings import load
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(installation: Path) -> Iterator[Path]:
    """With three events; the database is as before afterwards."""
    database_file = installation.parent / "data" / "resetapp.db"
    kept = shutil.copy(database_file, database_file.with_suffix(".kept"))
    read = load(installation)
    with closing(Database(read.database.url)) as database, database.transaction() as db:
        journal = Journal(read.service.person_key)
        journal.write(db, LoginEnded(reference="7KQ4-M2XD", person="f" * 64, by="person"), AT)
        sent = {"attempt": "a", "directory": "people", "entry_id": "=1+1", "username": "freja"}
        journal.write(db, PasswordSending(reference="7KQ4-M2XD", person="f" * 64, **sent), AT + timedelta(hours=1))
        journal.write(db, LoginEnded(reference="7KQ4-M2XD", by="hub"), AT + timedelta(hours=2))
    yield installation
    for left in database_file.parent.glob("resetapp.db*"):
        left.unlink()
    Path(kept).rename(database_file)


@pytest.fixture
def removal(settings: Path) -> None:
    """A fourth event, that a report tells."""
    read = load(settings)
    account = {"mapping": "m", "directory": "people", "entry_id": "e", "account": "freja"}
    event = MappingRemoved(person="a" * 64, username="astrid", **account, why="=1+1\nFratrådt")
    with closing(Database(read.database.url)) as database, database.transaction() as db:
        Journal(read.service.person_key).write(db, event, AT + timedelta(hours=2))


def run(settings: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "audit", *arguments], input=typed)


def execute(settings: Path, statement: str) -> None:
    with closing(Database(load(settings).database.url)) as database, database.transaction() as db:
        db.execute(text(statement))


def test_a_trail_that_holds_is_told_with_its_newest(settings: Path) -> None:
    result = run(settings, "verify")
    assert result.exit_code == 0
    assert "3 events, 0 of them erased in time; 0 anchors." in result.output
    assert "The chain holds. Newest: 3:" in result.output


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_event SET facts = '{}' WHERE seq = 2", "event 2: its facts were edited"),
        ("DELETE FROM audit_event WHERE seq = 2", "event 2: is missing"),
        ("DELETE FROM audit_event WHERE seq > 1", "event 2: is missing, and all up to 3"),
    ],
)
def test_a_trail_that_does_not_hold_is_told_and_exits_with_1(settings: Path, statement: str, words: str) -> None:
    execute(settings, statement)
    result = run(settings, "verify")
    assert result.exit_code == 1
    assert f"✗ {words}" in result.output
    assert "The chain holds" not in result.output


def test_the_printed_anchor_is_found_again_and_missed_when_its_event_is_gone(settings: Path) -> None:
    anchor = run(settings, "anchor").output
    held = run(settings, "verify", "--anchors", "-", typed=f"noise\n{anchor}more noise\n")
    assert (held.exit_code, "1 anchors" in held.output) == (0, True)
    execute(settings, "DELETE FROM audit_event")
    execute(settings, "DELETE FROM audit_head")
    assert run(settings, "verify").exit_code == 0  # nothing is left that could tell
    gone = run(settings, "verify", "--anchors", "-", typed=anchor)
    assert gone.exit_code == 1


def test_json_lines_are_in_the_common_schemas_names(settings: Path) -> None:
    lines = [json.loads(line) for line in run(settings, "export").output.splitlines()]
    assert [line["event"]["action"] for line in lines] == ["login.ended", "password.sending", "login.ended"]
    assert [line["event"]["category"] for line in lines] == [["authentication"], ["iam"], ["authentication"]]
    assert [line["event"]["type"] for line in lines] == [["end"], ["user", "change"], ["end"]]
    assert [line["event"]["outcome"] for line in lines] == ["success", "unknown", "success"]
    assert lines[1]["@timestamp"] == "2026-11-22T13:00:00.000000+00:00"
    assert (lines[1]["event"]["sequence"], lines[1]["labels"]) == (2, {"reference": "7KQ4-M2XD"})
    assert lines[1]["resetapp"]["facts"]["username"] == "freja"


def test_an_export_can_be_of_a_time(settings: Path) -> None:
    result = run(settings, "export", "--since", "2026-11-22T13:00+00:00", "--until", "2026-11-22T14:00+00:00")
    assert len(result.output.splitlines()) == 1


def test_csv_has_a_head_and_one_line_for_each_event(settings: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(settings, "export", "--format", "csv").output)))
    assert [(row["seq"], row["event"]) for row in rows] == [
        ("1", "login.ended"),
        ("2", "password.sending"),
        ("3", "login.ended"),
    ]
    assert json.loads(rows[1]["facts"])["entry_id"] == "=1+1"


@pytest.mark.usefixtures("removal")
def test_the_report_is_text_for_a_mail_in_both_languages(settings: Path) -> None:
    until = ("--until", "2026-11-22T15:00+00:00", "--seed", "kb1")
    danish = run(settings, "report", *until)
    assert danish.exit_code == 0
    assert "Perioden går fra 15. november 2026 til 22. november 2026 kl. 16.00." in danish.output
    assert "den nyeste af alle er nr. 4." in danish.output
    assert "    Konto: freja (Campus)\n    Gjort af: astrid" in danish.output
    assert "* astrid | Tilknytninger fjernet | 1" in danish.output
    assert "    Begrundelse: =1+1 Fratrådt" in danish.output
    assert "Aktiveringskoder (0)\n--------------------\nIngen i perioden." in danish.output
    english = run(settings, "report", *until, "--lang", "en", "--days", "1").output
    assert "The period is from 21 November 2026 to 22 November 2026 at 16:00." in english
    assert "None in the period." in english


@pytest.mark.usefixtures("removal")
def test_the_report_as_csv_is_for_a_spreadsheet_that_carries_nothing_out(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    assert run(settings, "report", "--until", "2026-11-22T15:00+00:00", "--csv", str(file)).output == ""
    written = file.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written), delimiter=";"))
    assert ["Hvornår", "Hvad", "Konto", "Gjort af", "Bedt om af", "Godkendt af", "Begrundelse"] in rows
    moment = "22. november 2026 kl. 15.00"
    assert [moment, "Tilknytning fjernet", "freja (Campus)", "astrid", "–", "–", "'=1+1\nFratrådt"] in rows
    assert "\r\n" in written
    assert "Tilknytning fjernet" in run(settings, "report", "--until", "2026-11-22T15:00+00:00", "--csv", "-").output


@pytest.mark.usefixtures("removal")
def test_the_report_ends_with_1_when_its_events_are_not_as_they_were_written(settings: Path) -> None:
    execute(settings, "UPDATE audit_event SET facts = replace(facts, 'astrid', 'mia') WHERE seq = 4")
    told = run(settings, "report", "--until", "2026-11-22T15:00+00:00")
    assert told.exit_code == 1
    assert "Kæden holder ikke." in told.output
    assert "Nr. 4: indholdet er rettet" in told.output
