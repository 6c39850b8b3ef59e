"""`resetapp logins end`: what must be said, and that it is on record even when there was nobody."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.cli import main
from resetapp.settings import load
from resetapp.stop_command import operator
from resetapp.storage import audit
from resetapp.storage.database import Database


def end(installation: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(installation), "logins", "end", *arguments])


@pytest.mark.parametrize("arguments", [(), ("--all", "--username", "frni"), ("--why", "x")])
def test_whose_must_be_said(installation: Path, arguments: tuple[str, ...]) -> None:
    result = end(installation, *arguments)
    assert result.exit_code == 2
    assert "either --all or --username" in result.output


def test_it_is_on_record_with_who_and_why(installation: Path) -> None:
    result = end(installation, "--username", "frni", "--why", "laptop stolen")
    assert (result.exit_code, result.output) == (0, "There was no such login.\n")
    with closing(Database(load(installation).database.url)) as database, database.reading() as db:
        [told] = [json.loads(each.facts or "{}") for each in audit.events(db) if each.name == "logins.ended"]
    assert (told["by"], told["why"], told["about"], told["ended"]) == (operator(), "laptop stolen", "frni", 0)
