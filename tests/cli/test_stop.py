"""`resetapp stop`: the emergency stop, in the installation's own database, and what the trail keeps of it."""

import getpass
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.cli import main
from resetapp.settings import load
from resetapp.stop_command import operator
from resetapp.storage import audit, stops
from resetapp.storage.database import Database

Command = Callable[..., Result]


@pytest.fixture
def stop(installation: Path) -> Iterator[Command]:
    """The database is as before afterwards: other tests count its events."""
    database_file = installation.parent / "data" / "resetapp.db"
    kept = shutil.copy(database_file, database_file.with_suffix(".kept"))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(installation), "stop", *arguments])

    yield run
    for left in database_file.parent.glob("resetapp.db*"):
        left.unlink()
    Path(kept).rename(database_file)


def told(installation: Path) -> list[tuple[str, str]]:
    database = Database(load(installation).database.url)
    with database.reading() as db:
        found = [each for each in audit.events(db) if each.name.startswith("stop.")]
        names = [(each.name, json.loads(each.facts or "{}")) for each in found]
    database.close()
    assert all(facts["by"] == operator() for _, facts in names)
    return [(name, facts["why"]) for name, facts in names]


def test_one_command_stops_and_another_lets_go_on_and_both_are_on_record(stop: Command, installation: Path) -> None:
    before = len(told(installation))
    assert "It is not stopped" in stop("--show").output
    assert "Stopped. Nothing more is sent" in stop("--why", "false logins 010203-1234").output
    assert "Stopped since" in stop("--show").output
    assert "was stopped already" in stop("--da", "Vi leder.", "--en", "We look.").output
    assert "da: Vi leder.\n  en: We look." in stop("--show").output
    assert "goes on" in stop("--end", "--why", "all is well").output
    assert "It was not stopped" in stop("--end").output
    [first, again, end] = told(installation)[before:]
    assert (again, end) == (("stop.begun", ""), ("stop.ended", "all is well"))
    assert first[0] == "stop.begun"
    assert "false logins" in first[1]
    assert "1234" not in first[1]


def test_who_it_was_is_named_also_behind_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert operator() == getpass.getuser()
    monkeypatch.setenv("SUDO_USER", "anna")
    assert operator() == f"anna ({getpass.getuser()})"


WRONG = {
    "both at once": (["--end", "--show"], "stand alone"),
    "words at the end": (["--end", "--da", "x", "--en", "y"], "stand alone"),
    "one language": (["--da", "Vi leder."], "both --da and --en"),
    "a link": (["--da", "Se https://example.dk", "--en", "x"], "a link"),
    "too long": (["--why", "x" * 301], "at most 300"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_meant_is_refused_and_stops_nothing(stop: Command, installation: Path, what: str) -> None:
    arguments, said = WRONG[what]
    result = stop(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    database = Database(load(installation).database.url)
    with database.reading() as db:
        assert stops.find(db) is None
    database.close()
