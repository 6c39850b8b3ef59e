"""Building the list: from every published form, refusing what is wrong by file and line, leaving nothing half-done."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resetapp.breached.build import build
from resetapp.breached.checks import verify
from resetapp.breached.form import About, BreachedTrouble, read_about
from resetapp.breached.leaked import LeakedPasswords
from resetapp.breached.sources import pieces, total
from tests.breached.published import hashes, ordered_file, range_files

LEAKED = {"123456": 900, "sommer2026": 12, "blåbærgrød": 3, "solsikke": 1, "padded": 0, "emoji 😀": 2}
SEEN = {password for password, count in LEAKED.items() if count}


def built(files: Sequence[Path], folder: Path, minimum_count: int = 1) -> LeakedPasswords:
    build(files, folder, minimum_count, lambda _: None)
    return LeakedPasswords(folder)


def known(leaked: LeakedPasswords) -> set[str]:
    return {password for password in LEAKED if password in leaked}


def refused(files: Sequence[Path], folder: Path) -> str:
    with pytest.raises(BreachedTrouble) as caught:
        build(files, folder, 1, lambda _: None)
    assert caught.value.remedy
    return caught.value.problem


FORMS: dict[str, Callable[[Path], Sequence[Path]]] = {
    "range files": lambda folder: range_files(folder / "r", LEAKED),
    "range files with an ending": lambda folder: range_files(folder / "r", LEAKED, ".txt"),
    "range files with gzip": lambda folder: range_files(folder / "r", LEAKED, ".txt.gz"),
    "a folder": lambda folder: [range_files(folder / "r", LEAKED)[0].parent],
    "a folder with gzip": lambda folder: [range_files(folder / "r", LEAKED, ".gz")[0].parent],
    "the ordered file": lambda folder: [ordered_file(folder / "all.txt", LEAKED)],
    "the ordered file with gzip": lambda folder: [ordered_file(folder / "all.txt.gz", LEAKED)],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_published_form_gives_the_same_list(form: str, tmp_path: Path) -> None:
    leaked = built(FORMS[form](tmp_path), tmp_path / "list")
    assert known(leaked) == SEEN
    assert len(leaked) == len(SEEN)
    assert "not leaked" not in leaked
    verify(tmp_path / "list", lambda _: None)


def test_only_what_was_seen_often_enough(tmp_path: Path) -> None:
    leaked = built(range_files(tmp_path / "r", LEAKED), tmp_path / "list", 3)
    assert known(leaked) == {"123456", "sommer2026", "blåbærgrød"}
    assert (leaked.about.entries, leaked.about.minimum_count) == (3, 3)


def test_small_letters_a_byte_order_mark_and_missing_ends_of_lines_are_understood(tmp_path: Path) -> None:
    lines = "\r\n".join(f"{digits.lower()}:{count}" for digits, count in hashes(LEAKED))
    (tmp_path / "all.txt").write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert known(built([tmp_path / "all.txt"], tmp_path / "list")) == SEEN


def test_every_byte_read_is_told(tmp_path: Path) -> None:
    for files in (range_files(tmp_path / "r", LEAKED), [ordered_file(tmp_path / "all.txt", LEAKED)]):
        told: list[int] = []
        build(files, tmp_path / "list", 1, told.append)
        assert sum(told) == total(files)


LINE = "0018A45C4D1DEF81644B54AB7F969B88D65:3"
MALFORMED = {
    "no count": "0018A45C4D1DEF81644B54AB7F969B88D65",
    "too short": "0018A45C4D1DEF81644B54AB7F969B88D6:3",
    "too long": "0018A45C4D1DEF81644B54AB7F969B88D65AA:3",
    "no digit": "0018A45C4D1DEF81644B54AB7F969B88D6G:3",
    "a blank": "0018A45C4D1DEF81644B54AB7F969B88 65:3",
    "a count in words": "0018A45C4D1DEF81644B54AB7F969B88D65:many",
    "a negative count": "0018A45C4D1DEF81644B54AB7F969B88D65:-3",
    "an empty line": "",
    "another character": "0018A45C4D1DEF81644B54AB7F969B88D65:3é",
}


@pytest.mark.parametrize("wrong", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_line_is_named(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "00000").write_text(f"{'0' * 35}:1\n{wrong}\n1{LINE[1:]}\n", "utf-8")
    problem = refused([tmp_path / "00000"], tmp_path / "list")
    assert problem.startswith(f"{tmp_path / '00000'}, line 2: ")
    assert list((tmp_path / "list").iterdir()) == []


@pytest.mark.parametrize("second", [LINE, "0" * 35 + ":9"], ids=["the same again", "less"])
def test_an_unordered_line_is_named(second: str, tmp_path: Path) -> None:
    (tmp_path / "00000").write_text(f"{LINE}\n{second}\n", "utf-8")
    assert refused([tmp_path / "00000"], tmp_path / "list").startswith(f"{tmp_path / '00000'}, line 2: does not come")


def test_files_out_of_order_are_refused(tmp_path: Path) -> None:
    files = range_files(tmp_path / "r", LEAKED)
    assert "line 1: does not come after" in refused([*files, files[0]], tmp_path / "list")
    assert "line 1: does not come after" in refused(files[::-1], tmp_path / "list")


def test_a_line_without_an_end_and_a_damaged_archive_are_refused(tmp_path: Path) -> None:
    (tmp_path / "00000").write_bytes(b"A" * 3_000_000)
    assert "line 1: is longer" in refused([tmp_path / "00000"], tmp_path / "list")
    whole = ordered_file(tmp_path / "all.txt.gz", LEAKED).read_bytes()
    (tmp_path / "all.txt.gz").write_bytes(whole[:-12])
    assert "the compressed file is damaged" in refused([tmp_path / "all.txt.gz"], tmp_path / "list")


def test_a_line_number_counts_from_the_beginning_of_the_file(tmp_path: Path) -> None:
    """The file is read in pieces of a megabyte."""
    many = "".join(f"{number:040X}:1\n" for number in range(60_000))
    (tmp_path / "all.txt").write_text(many + "wrong\n", "ascii")
    assert ", line 60001: " in refused([tmp_path / "all.txt"], tmp_path / "list")


def test_files_that_hold_nothing_make_no_list(tmp_path: Path) -> None:
    (tmp_path / "00000").touch()
    assert "no password was seen 1 times" in refused([tmp_path / "00000"], tmp_path / "list")
    (tmp_path / "empty").mkdir()
    assert "holds no range file" in refused([tmp_path / "empty"], tmp_path / "list")
    assert "cannot be read" in refused([tmp_path / "missing"], tmp_path / "list")


def test_a_folder_with_a_range_in_two_files_is_refused(tmp_path: Path) -> None:
    first = range_files(tmp_path / "r", LEAKED)[0]
    (tmp_path / "r" / "README.md").touch()  # other files are in nobody's way
    (tmp_path / "r" / f"{first.name}.txt").write_bytes(first.read_bytes())
    assert f"holds the range {first.name} twice" in refused([tmp_path / "r"], tmp_path / "list")


def test_a_failed_build_leaves_the_list_in_use(tmp_path: Path) -> None:
    leaked = built(range_files(tmp_path / "r", LEAKED), tmp_path / "list")
    before = {file.name: file.stat().st_size for file in (tmp_path / "list").iterdir()}
    (tmp_path / "00000").write_text("wrong\n", "ascii")
    refused([tmp_path / "00000"], tmp_path / "list")
    assert {file.name: file.stat().st_size for file in (tmp_path / "list").iterdir()} == before
    assert known(leaked) == known(LeakedPasswords(tmp_path / "list")) == SEEN


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(_read: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(range_files(tmp_path / "r", LEAKED), tmp_path / "list", 1, interrupt)
    assert list((tmp_path / "list").iterdir()) == []


def test_a_new_list_takes_the_place_of_the_old_which_stays_readable_while_open(tmp_path: Path) -> None:
    old = built(range_files(tmp_path / "r", LEAKED), tmp_path / "list")
    (tmp_path / "list" / "tails-0123456789abcdef").touch()  # as a killed build leaves it
    new = built([ordered_file(tmp_path / "all.txt", {"quite another": 4})], tmp_path / "list")
    assert known(old) == SEEN
    assert known(new) == set()
    assert "quite another" in new
    assert {file.name for file in (tmp_path / "list").iterdir()} == {"about.json", new.about.index, new.about.tails}


def test_two_builds_in_one_folder_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "list").mkdir()
    handle = os.open(tmp_path / "list", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert "another build is at work" in refused(range_files(tmp_path / "r", LEAKED), tmp_path / "list")
    os.close(handle)
    assert known(built(range_files(tmp_path / "r", LEAKED), tmp_path / "list")) == SEEN


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "list").touch()
    assert "cannot be written" in refused(range_files(tmp_path / "r", LEAKED), tmp_path / "list")


def test_what_was_built_is_written_down(tmp_path: Path) -> None:
    about = build(range_files(tmp_path / "r", LEAKED), tmp_path / "list", 2, lambda _: None)
    assert isinstance(about, About)
    assert read_about(tmp_path / "list") == about


@settings(deadline=None)  # a busy machine is no fault
@given(st.dictionaries(st.text(min_size=1, max_size=12).filter(str.isprintable), st.integers(1, 9), min_size=1))
def test_pieces_give_back_every_hash_in_order(tmp_path_factory: pytest.TempPathFactory, leaked: dict[str, int]) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    found = [one for piece in pieces(range_files(folder, leaked), 1) for one in piece.hashes]
    assert found == sorted(hashlib.sha1(each.encode()).hexdigest().upper().encode() for each in leaked)  # noqa: S324 - the published form
