"""Asking the list, and noticing one that is not what it says."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resetapp.breached.build import build
from resetapp.breached.checks import _in_order, check_breached, verify
from resetapp.breached.form import BUCKETS, INDEX_BYTES, TAIL, BreachedTrouble, read_about
from resetapp.breached.leaked import LeakedPasswords, demand_usable, tail_and_bucket
from tests.breached.published import ordered_file

MANY = {f"password number {number}": 1 for number in range(3000)}
NOW = datetime.now(UTC)
TAILS = st.sampled_from([b"\0\0\0\0\0", b"\0\0\0\0\1", b"\0\0\0\1\0", b"\xff\0\0\0\0", b"\xff" * 5]) | st.binary(
    min_size=TAIL, max_size=TAIL
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    build([ordered_file(folder / "all.txt", MANY)], folder / "list", 1, lambda _: None)
    return folder / "list"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy for each test, for some damage it."""
    return Path(shutil.copytree(made, tmp_path / "list"))


def test_the_form_is_the_documented_one(folder: Path) -> None:
    about = read_about(folder)
    assert (folder / about.index).stat().st_size == INDEX_BYTES == 4 * (2**24 + 1)
    assert (folder / about.tails).stat().st_size == 5 * 3000
    index, tails = (folder / about.index).read_bytes(), (folder / about.tails).read_bytes()
    tail, bucket = tail_and_bucket("password number 7")
    start, end = (int.from_bytes(index[4 * at : 4 * at + 4], "little") for at in (bucket, bucket + 1))
    assert tail in [tails[at * TAIL : at * TAIL + TAIL] for at in range(start, end)]


def test_all_are_found_and_nothing_else(folder: Path) -> None:
    leaked = LeakedPasswords(folder)
    assert all(password in leaked for password in MANY)
    assert not any(f"{password}!" in leaked for password in MANY)


def test_the_first_and_the_last_bucket_are_asked_like_the_others(tmp_path: Path) -> None:
    """Hashes of zeros and of Fs alone, which no known password has."""
    (tmp_path / "all.txt").write_text(f"{'0' * 40}:1\n{'F' * 40}:1\n", "ascii")
    build([tmp_path / "all.txt"], tmp_path / "list", 1, lambda _: None)
    leaked = LeakedPasswords(tmp_path / "list")
    assert leaked._bounds(0) == (0, 1)
    assert leaked._bounds(BUCKETS - 1) == (1, 2)
    verify(tmp_path / "list", lambda _: None)


def test_five_bytes_across_two_records_are_no_hit(tmp_path: Path) -> None:
    """The end of one record and the beginning of the next look like the password's own five bytes."""
    tail, bucket = tail_and_bucket("solsikke")
    start = f"{bucket:06X}"
    records = [start + "00" + tail[:4].hex().upper(), start + tail[4:].hex().upper() + "FF" * 4]
    (tmp_path / "all.txt").write_text("".join(f"{each:0<40}:1\n" for each in sorted(records)), "ascii")
    build([tmp_path / "all.txt"], tmp_path / "list", 1, lambda _: None)
    assert tail in (tmp_path / "list" / read_about(tmp_path / "list").tails).read_bytes()
    assert "solsikke" not in LeakedPasswords(tmp_path / "list")


@pytest.mark.parametrize("text", ["", "\ud800", "x" * 1000, "\x00"])
def test_any_text_may_be_asked_for(folder: Path, text: str) -> None:
    assert text not in LeakedPasswords(folder)


def changed(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


def test_a_list_that_was_cut_off_is_not_opened(folder: Path) -> None:
    tails = folder / read_about(folder).tails
    tails.write_bytes(tails.read_bytes()[:-1])
    with pytest.raises(BreachedTrouble, match="has 14999 bytes, it should have 15000"):
        demand_usable(folder)


def test_an_index_of_another_list_is_not_opened(folder: Path) -> None:
    changed(folder / read_about(folder).index, INDEX_BYTES - 4, b"\0\0\0\1")
    with pytest.raises(BreachedTrouble, match="does not belong to this list"):
        demand_usable(folder)


@pytest.mark.parametrize("entry", [b"\xff\xff\xff\0", bytes(4)], ids=["beyond the records", "less than before it"])
def test_a_damaged_index_is_seen_by_the_check(folder: Path, entry: bytes) -> None:
    verify(folder, lambda _: None)
    changed(folder / read_about(folder).index, INDEX_BYTES // 2 + 400, entry)
    demand_usable(folder)  # too dear to be looked at whole at each start
    with pytest.raises(BreachedTrouble, match=r"index-[0-9a-f]+ is not in order"):
        verify(folder, lambda _: None)


def test_records_out_of_order_are_seen_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("".join(f"ABCDEF{number:034X}:1\n" for number in (1 << 100, 2 << 100)), "ascii")
    build([tmp_path / "all.txt"], tmp_path / "list", 1, lambda _: None)
    verify(tmp_path / "list", lambda _: None)
    tails = tmp_path / "list" / read_about(tmp_path / "list").tails
    tails.write_bytes(tails.read_bytes()[5:] + tails.read_bytes()[:5])
    with pytest.raises(BreachedTrouble, match=r"tails-[0-9a-f]+ is not in order"):
        verify(tmp_path / "list", lambda _: None)


@given(st.lists(st.lists(TAILS, max_size=4).flatmap(st.permutations), max_size=6), st.integers(0, 1 << 31))
def test_each_bucket_is_in_order_or_not(buckets: list[list[bytes]], first: int) -> None:
    """Beside the plain words for it. Neighbours of different buckets may stand in any order."""
    bounds = list(accumulate(map(len, buckets), initial=first))
    whole = b"".join(tail for bucket in buckets for tail in bucket)
    assert _in_order(whole, bounds) == all(bucket == sorted(bucket) for bucket in buckets)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", "not json", '{"format": 1, "entries": "many"}', '{"format": 1, "entries": 3000}', "\x00"],
)
def test_a_broken_about_is_told(folder: Path, content: str) -> None:
    (folder / "about.json").write_text(content, "utf-8")
    with pytest.raises(BreachedTrouble, match=r"about\.json is damaged"):
        demand_usable(folder)


def test_an_about_may_not_lead_out_of_its_folder(folder: Path) -> None:
    facts = json.loads((folder / "about.json").read_text("utf-8"))
    (folder / "about.json").write_text(json.dumps(facts | {"index": "../index-00"}), "utf-8")
    with pytest.raises(BreachedTrouble, match="damaged"):
        demand_usable(folder)


def test_another_format_is_told(folder: Path) -> None:
    (folder / "about.json").write_text('{"format": 2}', "utf-8")
    with pytest.raises(BreachedTrouble, match="another version"):
        demand_usable(folder)


def test_the_line_of_check_config(folder: Path) -> None:
    (line,) = check_breached(folder, NOW)
    assert line.ok
    assert f"3000 passwords, built on {NOW:%Y-%m-%d}" in line.detail
    assert "older" not in line.detail
    (late,) = check_breached(folder, NOW + timedelta(days=366))
    assert late.ok
    assert "older than a year" in late.detail
    (none,) = check_breached(None, NOW)
    assert none.ok


def test_a_list_that_is_not_there_is_a_fault_of_check_config(tmp_path: Path) -> None:
    (line,) = check_breached(tmp_path, NOW)
    assert not line.ok
    assert "about.json cannot be read" in line.detail
    assert "resetapp breached build" in line.remedy
