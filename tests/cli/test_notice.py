"""`resetapp notice`: set, shown and cleared in the installation's own database; what may not stand on every page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.cli import main

DA, EN = "Vi opdaterer i aften.", "We update tonight."
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)


@pytest.fixture
def notice(installation: Path) -> Iterator["Commands"]:
    commands = Commands(installation)
    yield commands
    commands("clear")


class Commands:
    def __init__(self, installation: Path) -> None:
        self._installation = installation

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self._installation), "notice", *arguments])


def test_what_is_set_is_shown_until_it_is_cleared(notice: Commands) -> None:
    assert "There is no notice" in notice("show").output
    assert notice("set", "--da", DA, "--en", EN, "--until", TOMORROW.isoformat(), "--login-off").exit_code == 0
    shown = notice("show").output
    for part in (DA, EN, "is on every page", "new logins: off", TOMORROW.astimezone().isoformat(" ", "minutes")):
        assert part in shown
    assert "gone" in notice("clear").output
    assert "There is no notice" in notice("show").output
    assert "There was no notice" in notice("clear").output


def test_a_newer_one_takes_its_place_with_all_that_was_said(notice: Commands) -> None:
    notice("set", "--da", DA, "--en", EN, "--until", TOMORROW.isoformat(), "--login-off")
    notice("set", "--da", "Det tager længere.", "--en", "It takes longer.")
    shown = notice("show").output
    assert DA not in shown
    assert "Det tager længere." in shown
    assert "new logins: on" in shown
    assert "until: it is cleared" in shown


def test_one_that_begins_later_says_so(notice: Commands) -> None:
    assert "has not begun yet" in notice("set", "--da", DA, "--en", EN, "--from", TOMORROW.isoformat()).output


def test_a_time_without_an_offset_is_this_machines(notice: Commands) -> None:
    local = TOMORROW.astimezone().replace(tzinfo=None)
    notice("set", "--da", DA, "--en", EN, "--until", local.isoformat())
    assert TOMORROW.astimezone().isoformat(" ", "minutes") in notice("show").output


WRONG = {
    "no English": (["--da", DA], "--en"),
    "no Danish": (["--en", EN], "--da"),
    "empty": (["--da", "  ", "--en", EN], "1 to 300 characters"),
    "too long": (["--da", "x" * 301, "--en", EN], "1 to 300 characters"),
    "a line break": (["--da", "a\nb", "--en", EN], "control character"),
    "a control character": (["--da", "a\x1b[31mb", "--en", EN], "control character"),
    "a direction mark": (["--da", "a\u202eb", "--en", EN], "control character"),
    "a link": (["--da", DA, "--en", "See https://example.dk"], "a link"),
    "half a link": (["--da", "Se www.example.dk", "--en", EN], "a link"),
    "no time": (["--da", DA, "--en", EN, "--until", "tonight"], "it is no time"),
    "over already": (["--da", DA, "--en", EN, "--until", "2020-01-01T10:00"], "over already"),
    "ends before it begins": (
        ["--da", DA, "--en", EN, "--from", (TOMORROW + timedelta(days=1)).isoformat(), "--until", TOMORROW.isoformat()],
        "before --from",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_may_not_stand_on_every_page_is_refused_and_changes_nothing(notice: Commands, what: str) -> None:
    arguments, said = WRONG[what]
    result = notice("set", *arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "There is no notice" in notice("show").output
