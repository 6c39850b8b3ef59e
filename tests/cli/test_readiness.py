"""`resetapp readiness`: what is counted is printed and kept, and what cannot be counted is told with what to do."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from resetapp.cli import main
from resetapp.core.readiness import CountFault
from resetapp.demo.certificates import make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.settings import load
from resetapp.storage.database import Database
from resetapp.storage.readiness import Readiness


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counting")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    now = datetime.now(UTC)
    with running_directory(Tree(demo_tree(now), lambda: now), make_certificates(folder / "tls", now)) as endpoint:
        yield endpoint.ldaps_port


def run(folder: Path, name: str, *ports: int) -> tuple[Result, list[Readiness]]:
    """On an installation whose directories answer there."""
    home = folder / name
    hub = Hub.kept_in(home / "hub", "http://127.0.0.1:9", home / "sp-metadata.xml")
    tables = [
        demo_directory_settings(folder / "tls" / "ca.pem", each) | {"name": f"d{number}"}
        for number, each in enumerate(ports)
    ]
    metadata = home / "hub" / "hub-metadata.xml"
    path = install(home, "http://localhost:8000", hub.entity_id, metadata, tables, datetime.now(UTC))
    done = CliRunner().invoke(main, ["--config", str(path), "readiness"])
    with closing(Database(load(path).database.url)) as database, database.reading() as db:
        return done, list(db.scalars(select(Readiness).order_by(Readiness.directory)))


def test_what_is_counted_is_printed_and_kept(folder: Path, port: int) -> None:
    done, [row] = run(folder, "whole", port)
    assert done.exit_code == 0, done.output
    assert row.fault is None
    assert 5 < row.with_number < row.accounts  # the demo has somebody whose directory holds no number
    line = done.stdout.splitlines()[-1]
    assert re.findall(r"\S+", line) == ["d0", str(row.accounts), str(row.with_number), "0", str(row.neither)]


def test_a_directory_that_cannot_be_counted_is_told_and_the_others_are_counted(folder: Path, port: int) -> None:
    done, [silent, counted] = run(folder, "half", 9, port)
    assert done.exit_code == 1
    assert (silent.fault, silent.accounts) == (CountFault.UNREACHABLE, 0)
    assert (counted.fault, counted.accounts > 5) == (None, True)
    assert re.search(r"(?m)^d0 +– +– +– +–$", done.output)
    assert "d0 could not be counted: the directory does not answer" in done.output
    assert "→ Check it with the command check-config" in done.output
    assert "Traceback" not in done.output
