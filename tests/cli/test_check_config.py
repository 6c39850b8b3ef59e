"""`resetapp check-config`: every fault with its remedy, on a broken and on a working installation; it only reads."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.check_config import check_lengths
from resetapp.cli import main
from resetapp.core.accounts import DirectoryPolicy
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.ldap_seed import SERVICE_PASSWORD
from resetapp.demo.slapd import SlapdUnavailable, running_slapd
from resetapp.settings import Passwords
from tests.settings.written import SECRETS, filled_in, folder_with_files, with_line, write


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(path), "check-config", *options])


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The settings' file of an installation in which everything holds."""
    folder = tmp_path_factory.mktemp("installation")
    try:
        with running_slapd(folder / "directory") as endpoint:
            hub_url = "http://127.0.0.1:9"  # only its metadata is looked at
            hub = Hub.kept_in(folder / "hub", hub_url, folder / "sp-metadata.xml")
            directory = demo_directory_settings(endpoint.certificates.ca, endpoint.ldaps_port)
            metadata = folder / "hub" / "hub-metadata.xml"
            yield install(folder, "http://localhost:8000", hub.entity_id, metadata, [directory], datetime.now(UTC))
    except SlapdUnavailable as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


def variant(working: Path, tmp_path: Path, key: str, value: str | None) -> Path:
    """A copy of the settings beside the original, so that its relative paths hold, with one line changed."""
    path = working.with_name(f"{tmp_path.name}.toml")
    path.write_text(with_line(working.read_text("utf-8"), key, value), "utf-8")
    path.chmod(0o600)
    return path


def broken(tmp_path: Path) -> Path:
    text = with_line(filled_in(), "minimum_length", "3").replace("#idle_minutes", "idle_minuts", 1)
    return write(folder_with_files(tmp_path), text)


def test_a_working_installation_passes(working: Path) -> None:
    result = check(working)
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output
    for subject in ("settings", "machine", "signing key", "hub metadata", "database", "people"):
        assert f"✓ {subject}" in result.output or f'"{subject}"' in result.output


def test_it_writes_nothing(working: Path) -> None:
    def installed() -> dict[str, tuple[bytes, int]]:
        found = [path for part in ("*.*", "keys/*", "data/*", "hub/*") for path in working.parent.glob(part)]
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found if path.is_file()}

    before = installed()
    check(working)
    assert len(before) > 10
    assert installed() == before


def test_faults_of_the_settings_are_told_with_their_remedies(tmp_path: Path) -> None:
    result = check(broken(tmp_path))
    assert result.exit_code == 1
    assert "✗ settings: passwords.minimum_length: is 3, outside 8 to 64\n      → Choose 8 to 64" in result.output
    assert '✗ settings: visits.idle_minuts: is not a known key\n      → Did you mean "idle_minutes"?' in result.output
    assert "0 of 2 checks hold." in result.output


def test_a_missing_file_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    result = check(tmp_path / "none.toml")
    assert result.exit_code == 1
    assert "there is no such file" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("which", ["broken", "working"])
def test_a_program_can_read_it(which: str, working: Path, tmp_path: Path) -> None:
    result = check(working if which == "working" else broken(tmp_path), "--json")
    checks = json.loads(result.stdout)
    assert {frozenset(entry) for entry in checks} == {frozenset({"subject", "name", "ok", "detail", "remedy"})}
    assert all(bool(entry["remedy"]) != entry["ok"] for entry in checks)
    assert result.exit_code == (0 if which == "working" else 1)


@pytest.mark.parametrize(
    ("key", "value", "subject", "told"),
    [
        ("url", '"sqlite:///data/none.db"', "database", "is at revision none"),
        ("url", '"sqlite:///no/such/folder.db"', "database", "is at revision none"),
        ("url", '"postgresql+psycopg://u:hunter2@127.0.0.1:9/x?connect_timeout=1"', "database", "cannot be used"),
        ("hub_entity_id", '"https://elsewhere.example.dk"', "hub metadata", "0 times instead of once"),
        ("hub_metadata_file", '"config.toml"', "hub metadata", "is not the XML of SAML metadata"),
        ("certificate_file", '"keys/encryption.crt"', "signing key", "encryption.crt"),
        ("hosts", '["ldaps://127.0.0.1:9"]', "people", "127.0.0.1:9"),
        ("bind_password", '"wrong wrong wrong"', "people", "refused"),
    ],
)
def test_each_part_is_looked_at(working: Path, tmp_path: Path, key: str, value: str, subject: str, told: str) -> None:
    result = check(variant(working, tmp_path, key, value), "--json")
    assert result.exit_code == 1
    failed = [entry for entry in json.loads(result.stdout) if not entry["ok"]]
    assert [e for e in failed if subject in e["subject"] and told in e["detail"] + e["name"]], failed
    assert "hunter2" not in result.output


def test_addresses_are_looked_at_where_somebody_is_written_to(working: Path, tmp_path: Path) -> None:
    assert "mail addresses" not in check(working).output
    path = variant(working, tmp_path, "minimum_length", "12")
    on = 'enabled = true\nhost = "localhost"\nport = 9\nencryption = "none"\nfrom_address = "it@example.dk"\n'
    path.write_text(path.read_text("utf-8").replace("\n[mail]\n", f"\n[mail]\n{on}"), "utf-8")
    output = check(path).output
    assert "mail addresses: mail is readable: 5 of 5 looked at can be written to" in output
    assert "mobile numbers" not in output


def test_what_everybody_can_write_is_told(working: Path) -> None:
    working.chmod(0o602)
    try:
        result = check(working)
    finally:
        working.chmod(0o600)
    assert result.exit_code == 1
    assert "everybody on this machine can write it" in result.output


def test_no_secret_is_shown(working: Path, tmp_path: Path) -> None:
    secrets = [*SECRETS, SERVICE_PASSWORD, *re.findall(r"[0-9a-f]{64}", working.read_text("utf-8"))]
    said = "".join(
        check(path, *options).output for path in (working, broken(tmp_path)) for options in ((), ("--json",))
    )
    assert len(secrets) == len(SECRETS) + 3
    assert not [secret for secret in secrets if secret in said]


def test_directories_that_exclude_each_other_are_named_with_their_figures_and_a_remedy() -> None:
    told = {"people": DirectoryPolicy(minimum_length=20), "old": DirectoryPolicy(12, 16), "silent": DirectoryPolicy()}
    [check] = check_lengths(Passwords(), told)
    assert (check.subject, check.ok) == ('directory "people"', False)
    assert 'demands at least 20 characters, directory "old" allows at most 16' in check.detail
    assert 'Lower the minimum of directory "people" to 16' in check.remedy
    assert 'raise the maximum of directory "old" to 20' in check.remedy


def test_a_directory_that_allows_less_than_we_demand_is_named() -> None:
    [check] = check_lengths(Passwords(minimum_length=15), {"old": DirectoryPolicy(maximum_length=10)})
    assert '[passwords] demands at least 15 characters, directory "old" allows at most 10' in check.detail


def test_directories_that_agree_or_tell_nothing_are_not_mentioned() -> None:
    told = {"people": DirectoryPolicy(20, 40), "staff": DirectoryPolicy(minimum_length=14), "silent": DirectoryPolicy()}
    assert list(check_lengths(Passwords(), told)) == []
