"""`resetapp check-config --terms`: every clause with its state, on the terminal, as JSON and as a document."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import html

from resetapp import __version__
from resetapp.cli import main
from resetapp.demo.people import PERSONAS
from resetapp.settings import load
from resetapp.terms.clause import State
from resetapp.terms.clauses import CLAUSES
from resetapp.web.console.clauses import STATES, last_report
from tests.terms.looking import changed

IDS = [*(f"T{number}" for number in range(21)), *(f"P{number}" for number in range(10))]


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(path), "check-config", *options])


@pytest.fixture(scope="module")
def written(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    target = tmp_path_factory.mktemp("report") / "terms.2026"
    return check(installed, "--terms", "--report", str(target)), target


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_clause_is_declared_once() -> None:
    assert [clause.id for clause in CLAUSES] == IDS


def test_every_clause_is_told_and_all_stand(written: tuple[Result, Path]) -> None:
    result, _ = written
    assert result.exit_code == 0, result.output
    assert re.findall(r"(?m)^✓ ([TP]\d+) ", result.output) == IDS
    assert "to be declared: 0; does not hold: 0" in result.output


def test_the_document_is_dated_whole_in_both_languages_and_needs_nothing_else(written: tuple[Result, Path]) -> None:
    source = written[1].with_name("terms.2026.html").read_text("utf-8")
    page = html.document_fromstring(source)
    for language, made in (("da", "Lavet "), ("en", "Made on ")):
        (section,) = page.xpath(f"//section[@id='{language}'][@lang='{language}']")
        assert [each.split()[0] for each in section.xpath(".//article/h3/text()[1]")] == IDS
        assert made in section.text_content()
        assert str(datetime.now(UTC).year) in section.xpath("string(./p[1])")
    assert page.get("lang") == "da"
    assert page.xpath("//link | //script | //img | //@src") == []
    assert "opfyldt" in source
    assert "@media print" in source


def test_the_operators_page_can_read_it(written: tuple[Result, Path]) -> None:
    found = last_report(written[1].with_name("terms.2026.json"))
    assert found is not None
    assert (sum(found.counts.values()), found.failing, found.version) == (len(IDS), (), __version__)
    assert tuple(State) == STATES
    assert datetime.now(UTC) - found.made_at < timedelta(minutes=30)


def test_the_data_say_the_same(written: tuple[Result, Path]) -> None:
    data = json.loads(written[1].with_name("terms.2026.json").read_text("utf-8"))
    assert datetime.fromisoformat(data["made_at"]).tzinfo is not None
    assert data["login_open"] is True
    assert [clause["id"] for clause in data["clauses"]] == IDS
    assert sum(data["state"].values()) == len(IDS)
    for clause in data["clauses"]:
        assert clause["demand"]["da"] != clause["demand"]["en"]
        assert clause["points"]


def test_no_secret_and_no_personal_number_is_told(written: tuple[Result, Path], installed: Path) -> None:
    settings = load(installed)
    hidden = [settings.service.secret_key.reveal(), settings.service.person_key.hex()]
    hidden += [each.bind_password.reveal() for each in settings.directories]
    hidden += [number for persona in PERSONAS for number in persona.cpr_values]
    told = written[0].output + "".join(
        written[1].with_name(f"terms.2026{ending}").read_text("utf-8") for ending in (".html", ".json")
    )
    assert [each for each in hidden if each in told] == []


def test_nothing_of_the_installation_is_changed(installed: Path) -> None:
    before = contents(installed.parent)
    check(installed, "--terms")
    assert contents(installed.parent) == before


def test_what_is_left_empty_is_told_and_is_no_fault(installed: Path) -> None:
    result = check(changed(installed, "empty", "risk_assessment", '""'), "--terms")
    assert result.exit_code == 0
    assert "… T3 Sikringsniveauer: to be declared" in result.output
    assert "→ Fill in terms.risk_assessment in the settings" in result.output


def test_one_clause_that_does_not_hold_makes_it_fail(installed: Path) -> None:
    result = check(changed(installed, "old", "reviewed_on", '"2020-01-01"'), "--terms", "--json")
    assert result.exit_code == 1
    failed = [clause for clause in json.loads(result.stdout) if clause["state"] == "does-not-hold"]
    assert [clause["id"] for clause in failed] == ["T10"]
    remedies = [point["remedy"]["da"] for point in failed[0]["points"] if point["state"] == "does-not-hold"]
    assert remedies == ["Læs vilkårene på www.wayf.dk, og ret terms.terms_version og terms.reviewed_on"]


def test_what_cannot_be_looked_at_does_not_hold(installed: Path) -> None:
    result = check(changed(installed, "keyless", "key_file", '"sp-metadata.xml"'), "--terms")
    assert result.exit_code == 1
    assert "✗ T4 Single-sign-on: does not hold" in result.output
    assert "Could not be examined, and so counts as not holding: SamlConfigurationError" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("risk_assessment", '""', "✗ terms: record: lacks risk_assessment: nobody can log in"),
        ("login", "false", "✓ terms: record: is complete; the login is closed by terms.login"),
        ("login", "true", "✓ terms: record: is complete; see also"),
    ],
)
def test_the_ordinary_check_tells_whether_anybody_can_log_in(installed: Path, key: str, value: str, told: str) -> None:
    assert told in check(changed(installed, "plain", key, value)).output
