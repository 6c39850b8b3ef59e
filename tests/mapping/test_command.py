"""`resetapp mapping import`: every fault on a line of its own, and nothing kept before somebody approves it."""

import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from resetapp.app import desk_of
from resetapp.cli import main
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import RequestState
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import ADMIN_DN, demo_directory_settings
from resetapp.demo.ldap_tree import Tree
from resetapp.mapping.approval import carry_out, claim
from resetapp.settings import load
from resetapp.storage.database import Database
from resetapp.storage.imports import STOPPED_AFTER
from resetapp.storage.mappings import MappingRequest
from resetapp.storage.tables import StaffLogin
from tests.mapping.conftest import entries, number
from tests.mapping.test_approval import DiedError, died_after
from tests.mapping.test_imports import students
from tests.settings.written import with_line

ON = {
    "staff": "enabled = true",
    "mail": 'enabled = true\nhost = "127.0.0.1"\nencryption = "none"\nfrom_address = "it@example.dk"',
    "mapping": 'enabled = true\ntenant = "example.dk"',
}


@pytest.fixture(scope="module")
def settings(certificates: ServerCertificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("installation")
    administrator = secrets.token_urlsafe(16)
    tree = Tree(entries(), lambda: datetime.now(UTC), admin=(ADMIN_DN, administrator.encode()))
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    metadata = folder / "hub" / "hub-metadata.xml"
    with running_directory(tree, certificates, admin_password=administrator) as endpoint:
        directory = demo_directory_settings(certificates.ca, endpoint.ldaps_port)
        path = install(folder, "http://localhost:8000", hub.entity_id, metadata, [directory], datetime.now(UTC))
        text = with_line(path.read_text("utf-8"), "words", '["eksempel"]')
        for section, lines in ON.items():
            text = text.replace(f"\n[{section}]\n", f"\n[{section}]\n{lines}\n", 1)
        text += f'\n[[mapping.key]]\nid = "2026a"\nkey = "{bytes(range(32)).hex()}"\n'
        text += '\n[[staff.role]]\nrole = "mapper"\ndirectory = "people"\ngroup = "cn=mappers,dc=example,dc=dk"\n'
        path.write_text(text, "utf-8")
        yield path


def run(settings: Path, *arguments: str, content: str = "") -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "mapping", "import", *arguments], input=content)


def asked(settings: Path) -> list[MappingRequest]:
    with closing(Database(load(settings).database.url)) as database, database.reading() as db:
        return list(db.scalars(select(MappingRequest).order_by(MappingRequest.requested_at)))


def test_a_dry_run_says_what_would_change_and_keeps_nothing(settings: Path) -> None:
    done = run(settings, "-", "--dry-run", content=students(0, 3))
    assert done.exit_code == 0, done.output
    assert "      3 New links\n" in done.output
    assert "Nothing was kept" in done.output
    assert asked(settings) == []


def test_every_fault_has_its_line_and_nothing_is_kept(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text(f"cpr;username\n{number(1)};nobody\n{number(2)[1:]};s02\n{number(3)};=s\n{number(4)};s04;x\n")
    done = run(settings, str(file))
    assert done.exit_code == 1
    assert [line for line in done.stdout.splitlines() if re.match(r"Line \d+", line)] == [
        "Line 2: the account does not exist (nobody)",
        "Line 3: the CPR number has 9 digits. Excel may have removed a leading 0 (s02)",
        "Line 4: a username may not begin with =, +, - or @ (=s)",
        "Line 5 has 3 columns. That is not as many as the headings",
    ]
    assert "Nothing was kept." in done.output
    assert number(2)[1:] not in done.output
    assert asked(settings)[-1].state is RequestState.FAULTY


def test_a_file_without_faults_waits_for_somebody_of_the_staff(settings: Path) -> None:
    done = run(settings, "-", "--whole", "--reason", "Semesterstart", content=students(0, 3))
    assert done.exit_code == 0, done.output
    request = asked(settings)[-1]
    assert (request.state, request.rows, request.whole) == (RequestState.WAITING, 3, True)
    assert request.reason == "Semesterstart"
    assert re.fullmatch(r"system:\S+", request.requester)
    assert f"SHA-256 {request.file_hash}" in done.output
    again = run(settings, "-", content=students(0, 3))
    assert again.exit_code == 1
    assert again.stdout.count("there is a request for the account already") == 3


@pytest.mark.parametrize("reason", ["x", f"Sag {number(1)}", "to\nlinjer i sagen"])
def test_a_reason_that_cannot_be_kept_is_refused(settings: Path, reason: str) -> None:
    done = run(settings, "-", "--reason", reason, content=students(0, 3))
    assert done.exit_code == 2
    assert number(1) not in done.output


def test_the_whole_file_is_named_where_no_line_is_at_fault(settings: Path) -> None:
    done = run(settings, "-", content="")
    assert (done.exit_code, "The whole file: The file is empty" in done.stdout) == (1, True)


def test_prune_carries_a_decided_file_to_its_end(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(settings, "-", content=students(6, 9)).exit_code == 0
    request = asked(settings)[-1]
    desk = desk_of(load(settings))
    with closing(desk), monkeypatch.context() as broken:
        assert desk.register is not None
        own = dict(desk.register.indexes.of(CprNumber.parse(number(901))))
        member = StaffLogin(person="x", username="approver", directory="people", entry_id="none", indexes=own)
        claim(desk, desk.register, member, request.id, request.file_hash or "")
        died_after(broken, 1)
        with pytest.raises(DiedError):
            carry_out(desk, desk.register, request.id)
        with desk.database.transaction() as db:
            db.query(MappingRequest).filter_by(id=request.id).update({"touched_at": desk.clock() - 2 * STOPPED_AFTER})
    assert asked(settings)[-1].state is RequestState.APPLYING
    for told in (["1 approved files of mappings taken up where a process had stopped."], []):
        done = CliRunner().invoke(main, ["--config", str(settings), "prune"])
        assert [line for line in done.output.splitlines() if "taken up" in line] == told
        assert (asked(settings)[-1].state, asked(settings)[-1].done) == (RequestState.APPROVED, 3)
