"""`resetapp init`: everything in one folder, nothing overwritten, nothing left half-done."""

import os
import re
import resource
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.cli import main
from resetapp.initialise import NotInitialised, initialise
from resetapp.saml.keys import read_key_pair
from resetapp.settings import KeyPair, SettingsError, load
from resetapp.storage.database import revisions
from tests.settings.written import FILLED_IN, with_line

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def init(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["init", "--folder", str(folder), *options])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def filled_in(path: Path) -> None:
    """What only the operator knows."""
    text = path.read_text("utf-8")
    for key, value in FILLED_IN.items():
        if key not in ("secret_key", "person_key"):
            text = with_line(text, key, value)
    path.write_text(text, "utf-8")
    (path.parent / "wayf-metadata.xml").touch()


def test_the_settings_load_once_the_operator_has_filled_them_in(tmp_path: Path) -> None:
    path = initialise(tmp_path, "", "Eksempel Universitet", NOW).settings
    filled_in(path)
    settings = load(path)
    assert settings.institution.name == "Eksempel Universitet"
    read_key_pair(settings.wayf.signing)
    for pair in settings.wayf.encryption:
        read_key_pair(pair)
    current, newest = revisions(settings.database.url)
    assert current == newest


def test_what_is_left_to_do_is_told_and_complete(tmp_path: Path) -> None:
    result = init(tmp_path, "--public-url", "https://adgangskode.example.dk", "--name", "Eksempel Universitet")
    assert result.exit_code == 0
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "config.toml")
    keys = [fault.key for fault in caught.value.faults]
    assert "wayf.hub_metadata_file" in keys
    assert "service.public_url" not in keys
    assert all(f"✗ {key}:" in result.output for key in keys)


def test_a_name_with_quotes_and_backslashes_is_kept(tmp_path: Path) -> None:
    name = 'Skolen "På \\1 Bakken"'
    path = initialise(tmp_path, "https://a.example.dk", name, NOW).settings
    filled_in(path)
    assert load(path).institution.name == name


def test_every_installation_has_secrets_of_its_own(tmp_path: Path) -> None:
    texts = [initialise(tmp_path / name, "", "", NOW).settings.read_text("utf-8") for name in ("a", "b")]
    for key in ("secret_key", "person_key"):
        first, second = (re.search(rf'(?m)^{key} = "([0-9a-f]{{64}})"$', text) for text in texts)
        assert first is not None
        assert second is not None
        assert first[1] != second[1]
    assert contents(tmp_path / "a")["keys/signing.key"] != contents(tmp_path / "b")["keys/signing.key"]


def test_no_secret_is_printed(tmp_path: Path) -> None:
    output = init(tmp_path).output
    text = (tmp_path / "config.toml").read_text("utf-8")
    secrets = re.findall(r"[0-9a-f]{64}", text)
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in output]


def test_strangers_can_read_none_of_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        initialise(tmp_path / "new", "", "", NOW)
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new", *(tmp_path / "new").rglob("*"))}
    certificates = {name: modes.pop(name) for name in ("signing.crt", "encryption.crt")}  # these are public
    assert set(certificates.values()) == {0o644}
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


def test_a_second_init_writes_nothing_and_names_what_is_there(tmp_path: Path) -> None:
    assert init(tmp_path).exit_code == 0
    before = contents(tmp_path)
    result = init(tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path}/config.toml" in result.output
    assert "Nothing was written" in result.output
    assert contents(tmp_path) == before


@pytest.mark.parametrize("there", ["config.toml", "keys/encryption.crt", "data/resetapp.db"])
def test_a_single_file_in_the_way_stops_it_before_anything_is_written(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    with pytest.raises(NotInitialised) as caught:
        initialise(tmp_path, "", "", NOW)
    assert there in caught.value.problem
    assert contents(tmp_path) == {there: b"mine"}


def test_a_dangling_link_in_the_way_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / "config.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotInitialised):
        initialise(tmp_path, "", "", NOW)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_where_a_folder_belongs_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    with pytest.raises(NotInitialised) as caught:
        initialise(tmp_path, "", "", NOW)
    assert "cannot be written" in caught.value.problem
    assert contents(tmp_path) == {"data": b"mine"}
    assert not (tmp_path / "keys").exists()


def test_what_was_begun_is_taken_away_when_the_last_step_fails(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32_768, hard))  # enough for settings and keys, not for the database
    try:
        with pytest.raises(NotInitialised) as caught:
            initialise(tmp_path / "new" / "deep", "", "", NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "database" in caught.value.problem
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--public-url", "adgangskode.example.dk"], "--public-url is not a web address"),
        (["--public-url", "https://example.dk/reset"], "--public-url has a path"),
        (["--public-url", "https://example.dk", "--name", "two\nlines"], "--name holds a line break"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_written(tmp_path: Path, options: list[str], told: str) -> None:
    result = init(tmp_path, *options)
    assert result.exit_code == 1
    assert told in result.output
    assert list(tmp_path.iterdir()) == []


def test_on_this_machine_alone_no_proxy_is_expected(tmp_path: Path) -> None:
    path = initialise(tmp_path, "http://localhost:8000", "", NOW).settings
    assert "\ntrusted_proxies = 0\n" in path.read_text("utf-8")


def test_keys_are_made_for_their_own_use(tmp_path: Path) -> None:
    initialise(tmp_path, "https://adgangskode.example.dk", "", NOW)
    for use in ("signing", "encryption"):
        pair = KeyPair(tmp_path / f"keys/{use}.key", tmp_path / f"keys/{use}.crt")
        _, certificate = read_key_pair(pair)
        assert certificate.subject.rfc4514_string() == f"CN=adgangskode.example.dk {use}"
