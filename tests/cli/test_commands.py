"""The command line as a whole, and the commands that need a database or the SAML side."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp import __version__
from resetapp.cli import main
from resetapp.settings import load
from resetapp.storage import audit
from resetapp.storage.database import Database
from tests.settings.written import filled_in, folder_with_files, with_line, write
from tests.storage.test_retention import an_attempt

COMMANDS = (
    "init",
    "check-config",
    "metadata",
    "fetch-metadata",
    "keys",
    "migrate",
    "serve",
    "prune",
    "settle",
    "readiness",
    "breached",
    "person",
    "notice",
    "demo",
)
TOLD_WITHOUT_SETTINGS = (
    "check-config",
    "metadata",
    "fetch-metadata",
    "migrate",
    "serve",
    "prune",
    "settle",
    "readiness",
)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environment)


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(re.search(rf"(?m)^  {command} ", result.output) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    assert run(command, "--help").exit_code == 0


def test_help_needs_none_of_the_heavy_libraries() -> None:
    program = (
        "import sys\nfrom resetapp.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('sqlalchemy', 'saml2', 'ldap3', 'lxml', 'flask', 'granian') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_told() -> None:
    assert __version__ in run("--version").output


@pytest.mark.parametrize("command", TOLD_WITHOUT_SETTINGS)
def test_faulty_settings_are_lines_and_exit_1(tmp_path: Path, command: str) -> None:
    path = write(folder_with_files(tmp_path), with_line(filled_in(), "minimum_length", "3"))
    result = run("--config", str(path), command)
    assert result.exit_code == 1
    assert "passwords.minimum_length: is 3, outside 8 to 64" in result.output
    assert "→ Choose 8 to 64" in result.output
    assert "Traceback" not in result.output


def test_the_settings_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    assert str(tmp_path / "here.toml") in run("check-config", RESETAPP_CONFIG=str(tmp_path / "here.toml")).output


def test_our_metadata_is_printed_alone(installation: Path) -> None:
    result = run("--config", str(installation), "metadata")
    assert result.exit_code == 0
    assert result.stdout.startswith("<?xml")
    assert 'entityID="http://localhost:8000/saml/metadata"' in result.stdout


def test_unusable_keys_are_a_line_with_a_remedy(installation: Path) -> None:
    changed = installation.with_name("changed.toml")
    text = with_line(installation.read_text("utf-8"), "certificate_file", '"keys/encryption.crt"')
    changed.write_text(text, "utf-8")
    changed.chmod(0o600)
    result = run("--config", str(changed), "metadata")
    assert result.exit_code == 1
    assert "encryption.crt" in result.output
    assert "→" in result.output
    assert "Traceback" not in result.output


def test_migrate_brings_an_empty_database_to_the_newest_revision(installation: Path) -> None:
    changed = installation.with_name("fresh.toml")
    changed.write_text(with_line(installation.read_text("utf-8"), "url", '"sqlite:///data/fresh.db"'), "utf-8")
    changed.chmod(0o600)
    refused = run("--config", str(changed), "serve")
    assert refused.exit_code == 1
    assert "resetapp migrate" in refused.output
    assert run("--config", str(changed), "migrate").exit_code == 0
    assert "as before" in run("--config", str(changed), "migrate").output


def test_prune_tells_what_it_deleted(installation: Path) -> None:
    result = run("--config", str(installation), "prune")
    assert result.exit_code == 0
    assert result.output == "0 logins deleted, with their visits and attempts.\n"


def test_prune_gives_up_what_no_directory_will_tell_and_says_so(installation: Path) -> None:
    data = installation.parent / "data"
    shutil.copy(data / "resetapp.db", data / "hopeless.db")
    path = installation.with_name("hopeless.toml")
    path.write_text(with_line(installation.read_text("utf-8"), "url", '"sqlite:///data/hopeless.db"'), "utf-8")
    path.chmod(0o600)
    with closing(Database(load(path).database.url)) as database, database.transaction() as db:
        db.add(an_attempt(datetime.now(UTC) - timedelta(days=8)))
    words = "1 attempts given up: their directory has not told for a week what became of them.\n"
    assert words in run("--config", str(path), "prune").output
    assert words not in run("--config", str(path), "prune").output
    with closing(Database(load(path).database.url)) as database, database.reading() as db:
        [told] = [each for each in audit.events(db) if each.name == "password.settled"]
    assert json.loads(told.facts or "{}")["state"] == "unknown"


def test_python_m_resetapp_is_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "resetapp", "--version"], capture_output=True, text=True, check=True)
    assert __version__ in done.stdout
