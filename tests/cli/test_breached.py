"""`resetapp breached`, and a service that does not start with a list that cannot be used."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.breached.build import build
from resetapp.breached.form import BreachedTrouble, read_about
from resetapp.cli import main
from tests.breached.published import ordered_file, range_files
from tests.settings.written import filled_in, folder_with_files, only_fault, with_line, write

LEAKED = {"123456": 900, "sommer2026": 12, "blåbærgrød": 3}


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, list(arguments), input=typed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build([ordered_file(tmp_path / "all.txt", LEAKED)], tmp_path / "list", 1, lambda _: None)
    return tmp_path / "list"


def test_building_says_what_was_built(tmp_path: Path) -> None:
    files = [str(file) for file in range_files(tmp_path / "ranges", LEAKED)]
    result = run("breached", "build", *files, "--output", str(tmp_path / "list"), "--min-count", "10")
    assert result.exit_code == 0, result.output
    assert f"2 passwords in {tmp_path / 'list'}, seen at least 10 times" in result.output
    assert read_about(tmp_path / "list").entries == 2


def test_a_faulty_file_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("not a hash\n", "ascii")
    result = run("breached", "build", str(tmp_path / "all.txt"), "--output", str(tmp_path / "list"))
    assert result.exit_code == 1
    assert f"{tmp_path / 'all.txt'}, line 1: is not 40 hexadecimal digits" in result.output
    assert "→" in result.output
    assert "Traceback" not in result.output


def test_checking_says_what_is_there(folder: Path) -> None:
    result = run("breached", "check", str(folder))
    assert result.exit_code == 0
    assert "3 passwords, built on " in result.output


@pytest.mark.parametrize(
    ("password", "answer"), [("blåbærgrød", "It is in the list."), ("grøn cykel", "It is not in the list.")]
)
def test_a_password_may_be_asked_for_and_is_not_shown(folder: Path, password: str, answer: str) -> None:
    result = run("breached", "check", str(folder), "--password", typed=f"{password}\n")
    assert answer in result.output
    assert password not in result.output


def test_a_damaged_list_is_exit_1(folder: Path) -> None:
    (folder / read_about(folder).tails).write_bytes(b"short")
    result = run("breached", "check", str(folder))
    assert result.exit_code == 1
    assert "has 5 bytes, it should have 15" in result.output


def test_without_a_folder_the_settings_name_the_list(folder: Path, tmp_path: Path) -> None:
    plain = write(folder_with_files(tmp_path), filled_in())
    assert "Name its folder" in run("--config", str(plain), "breached", "check").output
    named = write(tmp_path, with_line(filled_in(), "breached_list", '"list"'))
    assert "3 passwords" in run("--config", str(named), "breached", "check").output


def test_settings_that_name_no_folder_are_a_fault(tmp_path: Path) -> None:
    fault = only_fault(write(folder_with_files(tmp_path), with_line(filled_in(), "breached_list", '"nowhere"')))
    assert fault.key == "passwords.breached_list"
    assert "resetapp breached build" in fault.remedy


def test_word_lists_that_are_named_must_be_there(tmp_path: Path) -> None:
    fault = only_fault(write(folder_with_files(tmp_path), with_line(filled_in(), "word_lists", '["nowhere"]')))
    assert "names no file" in fault.problem
    assert write(tmp_path, with_line(filled_in(), "word_lists", "[]"))


def test_a_service_with_a_damaged_list_does_not_start(installation: Path, tmp_path: Path) -> None:
    (tmp_path / "list").mkdir()
    settings = installation.with_name("with-a-list.toml")
    settings.write_text(with_line(installation.read_text("utf-8"), "breached_list", f'"{tmp_path / "list"}"'), "utf-8")
    settings.chmod(0o600)
    result = run("--config", str(settings), "serve")
    assert result.exit_code == 1
    assert "about.json cannot be read" in result.output
    assert "resetapp breached build" in result.output


def test_check_config_has_a_line_for_it(installation: Path, folder: Path) -> None:
    settings = installation.with_name("with-a-good-list.toml")
    settings.write_text(with_line(installation.read_text("utf-8"), "breached_list", f'"{folder}"'), "utf-8")
    settings.chmod(0o600)
    assert "✓ passwords: breached list:" in run("--config", str(settings), "check-config").output
    assert "none: only passwords" in run("--config", str(installation), "check-config").output


def test_the_application_itself_refuses_it_too(installation: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from resetapp.app import create_app
    from resetapp.settings import load

    settings = load(installation)
    (tmp_path / "list").mkdir()
    broken = replace(settings, passwords=replace(settings.passwords, breached_list=tmp_path / "list"))
    with pytest.raises(BreachedTrouble):
        create_app(broken)
