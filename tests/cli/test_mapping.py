"""`resetapp mapping`: keys that are never overwritten and never shown; the index made anew with the offline one."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resetapp.cli import main
from resetapp.mapping.checks import check_mappings
from resetapp.settings import load
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.escrow import Escrow
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.settings.written import with_line
from tests.storage.mapping_rows import TENANT, a_row, keep, number, root

OLD = CprIndexes(TENANT, [("2026a", root("2026a"))])


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "mapping", *arguments])


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "escrow.key"


@pytest.fixture
def settings(installation: Path, private: Path, tmp_path: Path) -> Iterator[Path]:
    """With mappings on, two keys, and an offline key; the database is as before afterwards."""
    database = installation.parent / "data" / "resetapp.db"
    kept = shutil.copy(database, tmp_path / "kept.db")
    public = re.search("[0-9a-f]{64}", run(installation, "escrow-key", str(private)).output)
    assert public is not None
    yield written(installation, public[0], "2026b", "2026a")
    for left in database.parent.glob("resetapp.db*"):
        left.unlink()
    shutil.move(kept, database)


def written(installation: Path, public: str, *kids: str) -> Path:
    """Beside the others, so that relative paths hold."""
    text = installation.read_text("utf-8")
    for section, lines in SWITCHED_ON.items():
        text = text.replace(f"\n[{section}]\n", f"\n[{section}]\n{lines}\n", 1)
    text = text.replace("\n[mapping]\n", f'\n[mapping]\nenabled = true\ntenant = "{TENANT}"\nescrow_key = "{public}"\n')
    for kid in kids:
        text += f'\n[[mapping.key]]\nid = "{kid}"\nkey = "{root(kid).hex()}"\n'
    text += '\n[[staff.role]]\nrole = "mapper"\ndirectory = "people"\ngroup = "cn=mappers,dc=example,dc=dk"\n'
    path = installation.with_name("mapping.toml")
    path.write_text(with_line(text, "words", '["eksempel"]'), "utf-8")
    path.chmod(0o600)
    return path


SWITCHED_ON = {
    "staff": "enabled = true",
    "mail": 'enabled = true\nhost = "127.0.0.1"\nencryption = "none"\nfrom_address = "it@example.dk"',
}


def fill(settings: Path, count: int, *more: AccountMapping) -> None:
    read = load(settings)
    assert read.mapping.escrow_key is not None
    escrow = Escrow(TENANT, read.mapping.escrow_key)
    rows = [a_row(f"m{n}", number(n), OLD, escrow) for n in range(count)]
    with closing(Database(read.database.url)) as database:
        assert keep(database, [*rows, *more])


def looked(settings: Path) -> dict[str, tuple[bool, str]]:
    read = load(settings)
    return {each.name: (each.ok, each.detail) for each in check_mappings(read.mapping, read.database.url)}


@pytest.mark.parametrize("command", ["escrow-key", "new-key"])
def test_a_key_is_for_its_owner_alone_and_takes_no_other_keys_place(command: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    first = run(tmp_path / "none.toml", command, str(file))
    secret = file.read_text().strip()
    assert first.exit_code == 0
    assert re.fullmatch("[0-9a-f]{64}", secret)
    assert file.stat().st_mode & 0o777 == 0o400
    assert secret not in first.output
    again = run(tmp_path / "none.toml", command, str(file))
    assert (again.exit_code, file.read_text().strip()) == (1, secret)
    assert "no key is ever overwritten" in again.output


def test_a_key_is_not_written_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert run(tmp_path / "none.toml", "new-key", str(tmp_path / "link")).exit_code == 1
    assert not (tmp_path / "elsewhere").exists()


def test_new_keys_can_stand_in_the_settings(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "2027a"
    run(settings, "new-key", str(file))
    settings.write_text(settings.read_text("utf-8").replace(f'key = "{root("2026b").hex()}"', f'key_file = "{file}"'))
    assert load(settings).mapping.keys[0].key == bytes.fromhex(file.read_text())


def test_rekeying_says_what_it_did_and_which_key_can_go(settings: Path, private: Path) -> None:
    fill(settings, 3)
    rehearsed = run(settings, "rekey", "--escrow-key", str(private), "--dry-run")
    assert "3 of 3 mappings would be made anew with 2026b." in rehearsed.output
    assert "2026a: mappings that need this key: 3." in rehearsed.output
    done = run(settings, "rekey", "--escrow-key", str(private))
    assert done.exit_code == 0
    assert "3 of 3 mappings were made anew with 2026b." in done.output
    assert "2026a: no mapping needs this key any more." in done.output
    assert "0 of 0 mappings" in run(settings, "rekey", "--escrow-key", str(private)).output


def test_what_is_left_is_told_with_the_reason(settings: Path, private: Path, tmp_path: Path) -> None:
    fill(settings, 1, a_row("bare", number(8), OLD))
    other = tmp_path / "other.key"
    run(settings, "escrow-key", str(other))
    wrong = run(settings, "rekey", "--escrow-key", str(other))
    assert wrong.exit_code == 1
    assert "1 left as before: sealed to another key, or damaged" in wrong.output
    right = run(settings, "rekey", "--escrow-key", str(private))
    assert (right.exit_code, "1 left as before: no number is sealed" in right.output) == (0, True)
    assert "2026a: mappings that need this key: 1." in right.output


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o420])
def test_an_offline_key_that_others_can_read_is_not_read(settings: Path, private: Path, mode: int) -> None:
    private.chmod(mode)
    refused = run(settings, "rekey", "--escrow-key", str(private))
    assert refused.exit_code == 1
    assert "is open to others than its owner" in refused.output
    assert f"chmod 0400 {private}" in refused.output


@pytest.mark.parametrize("content", ["", "no key", "ab" * 31, "ab" * 33, "å" * 64])
def test_a_file_that_holds_no_key_is_named_and_not_quoted(settings: Path, tmp_path: Path, content: str) -> None:
    file = tmp_path / "wrong"
    file.write_text(content)
    file.chmod(0o600)
    refused = run(settings, "rekey", "--escrow-key", str(file))
    assert (refused.exit_code, f"{file} does not hold 32 bytes" in refused.output) == (1, True)
    assert not content or content not in refused.output


def test_the_offline_key_is_never_told(settings: Path, private: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(settings, 2)
    secret = private.read_text().strip()
    told = [run(settings, "rekey", "--escrow-key", str(private), *more) for more in (["--dry-run"], [])]
    assert secret not in "".join(each.output for each in told) + caplog.text
    assert number(0).digits not in "".join(each.output for each in told) + caplog.text


def test_the_state_is_told_by_key(settings: Path) -> None:
    fill(settings, 2)
    told = run(settings, "status").output
    assert "New mappings are made with 2026b, and sealed, too." in told
    assert re.search(r"2026a +requested +2 +2", told)
    assert "Requests that wait for a second person: 1, the oldest since 2026-11-22" in told


def test_rows_that_somebody_wrote_past_the_service_are_listed(settings: Path) -> None:
    fill(settings, 2, a_row("put-in", number(7), OLD, seal=None))
    with closing(Database(load(settings).database.url)) as database, database.transaction() as db:
        db.get_one(MappingRequest, "r").requested_by = "somebody else"
    broken = run(settings, "verify")
    assert broken.exit_code == 1
    assert "✗ put-in (people: put-in): was not written by this service" in broken.output
    assert "✗ r: request was not written by this service" in broken.output
    assert "3 mappings that wait or are approved were looked at; 2 faults." in broken.output
    told = "2 mappings or requests were written past this service, or their key is not in the settings"
    assert looked(settings)["seals"] == (False, told)
    with closing(Database(load(settings).database.url)) as database, database.transaction() as db:
        db.get_one(MappingRequest, "r").requested_by = "a" * 64
        db.delete(db.get_one(AccountMapping, "put-in"))
    whole = run(settings, "verify")
    assert (whole.exit_code, whole.output) == (0, "2 mappings that wait or are approved were looked at; 0 faults.\n")
    assert "seals" not in looked(settings)


def test_rekeying_tells_of_a_broken_row_by_its_exit_code(settings: Path, private: Path) -> None:
    fill(settings, 2, a_row("put-in", number(7), OLD, seal=None))
    done = run(settings, "rekey", "--escrow-key", str(private))
    assert done.exit_code == 1
    assert "2 of 3 mappings were made anew" in done.output
    assert "1 left as before: its seal is broken" in done.output


def test_while_mappings_are_off_there_is_nothing_to_tell(installation: Path) -> None:
    refused = run(installation, "status")
    assert refused.exit_code == 1
    assert "enabled = true under [mapping]" in refused.output
    assert looked(installation) == {}


def test_the_settings_check_tells_which_keys_are_needed(settings: Path) -> None:
    fill(settings, 2, a_row("bare", number(8), OLD))
    assert looked(settings) == {
        "key 2026b": (True, "makes new mappings; 0 have it"),
        "key 2026a": (True, "3 mappings need it"),
        "escrow_key": (True, "1 live mappings are not sealed to it"),
    }


def test_a_key_that_mappings_need_and_the_settings_lack_is_a_fault(settings: Path, private: Path) -> None:
    fill(settings, 2)
    without = settings.read_text("utf-8").replace('id = "2026a"', 'id = "2026x"')
    settings.write_text(without, "utf-8")
    found = looked(settings)
    assert found["key 2026a"] == (False, "is not in the settings: 2 live mappings are not followed for want of it")
    assert found["key 2026x"][1].startswith("no mapping was made with it any more")
    told = run(settings, "rekey", "--escrow-key", str(private)).output
    assert "2 left as before: made with a key that is not in the settings" in told
    assert "2 of 2 mappings were made" in run(settings, "rekey", "--escrow-key", str(private), "--old-key-lost").output
    assert looked(settings)["escrow_key"] == (True, "all live mappings are sealed")


def test_without_an_offline_key_the_check_says_what_that_means(settings: Path) -> None:
    settings.write_text(re.sub("(?m)^escrow_key.*$", "", settings.read_text("utf-8")), "utf-8")
    assert looked(settings)["escrow_key"] == (True, "there is none: a lost key means that all are mapped anew")
    assert "not sealed: there is no escrow_key" in run(settings, "status").output
