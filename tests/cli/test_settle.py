"""`resetapp settle` after a process was killed with a password on its way: kill -9, real processes and directory."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from resetapp.cli import main
from resetapp.demo.certificates import make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.people import PERSONAS
from resetapp.settings import load
from resetapp.storage.attempts import STALE_AFTER
from resetapp.storage.database import Database
from resetapp.storage.tables import Attempt
from tests.directory.binding import binds
from tests.directory.proxy import Fate, Proxy, between

FREJA = next(persona for persona in PERSONAS if persona.key == "freja")
NEW = "grøn cykel under bro"
VISIT = """
import sys
from pathlib import Path
from resetapp import reset, submission
from resetapp.app import desk_of
from resetapp.core.cpr import CprNumber
from resetapp.core.secret import Secret
from resetapp.settings import load
from resetapp.storage import logins
from resetapp.storage.tables import Visit
from tests.builders import a_person

desk = desk_of(load(Path(sys.argv[1])))
with desk.database.transaction() as db:
    logins.open_login(db, "_r", "browser", "da", None, desk.clock())
    pending = logins.find_opened(db, "browser")
now = desk.clock()
reset.sign_in(desk, pending, a_person(CprNumber.parse(sys.argv[2]), authenticated_at=now, assertion_expires_at=now))
with desk.database.reading() as db:
    visit = db.query(Visit).one().id
submission.set_passwords(desk, visit, reset.open_page(desk, visit)[0].round, Secret(sys.argv[3]))
"""


@dataclass
class Installed:
    settings: Path
    proxy: Proxy
    endpoint: Endpoint

    def settle(self) -> list[str]:
        result = CliRunner().invoke(main, ["--config", str(self.settings), "settle"])
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    def make_older(self) -> None:
        """As if the process had been killed long enough ago."""
        database = Database(load(self.settings).database.url)
        with database.transaction() as db:
            attempt = db.query(Attempt).one()
            assert attempt.state == "sending"
            assert attempt.sent_at is not None
            assert attempt.fence_at is not None
            older = {"sent_at": attempt.sent_at - STALE_AFTER, "fence_at": attempt.fence_at - STALE_AFTER}
            db.execute(update(Attempt).values(older))
        database.close()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    tree = Tree(demo_tree(datetime.now(UTC)), lambda: datetime.now(UTC))
    with (
        running_directory(tree, make_certificates(tmp_path, datetime.now(UTC))) as endpoint,
        between(endpoint) as proxy,
    ):
        hub = Hub.kept_in(tmp_path / "hub", "http://127.0.0.1:9", tmp_path / "sp-metadata.xml")
        directory = demo_directory_settings(endpoint.certificates.ca, proxy.port)
        metadata = tmp_path / "hub" / "hub-metadata.xml"
        settings = install(tmp_path, "http://localhost:8000", hub.entity_id, metadata, [directory], datetime.now(UTC))
        yield Installed(settings, proxy, endpoint)


@pytest.mark.parametrize(("arrives", "state"), [(False, "not_set"), (True, "presumed")])
def test_what_a_killed_process_left_is_found_out(installed: Installed, arrives: bool, state: str) -> None:
    username = FREJA.accounts[0].username
    command = [sys.executable, "-c", VISIT, str(installed.settings), FREJA.cpr or "", NEW]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    installed.proxy.fate = Fate.PASSED if arrives else Fate.HELD
    installed.proxy.before_modify = lambda: os.kill(process.pid, signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    assert installed.settle() == ["0 settled, 1 left open."]  # it could still be at work
    installed.make_older()
    found, count = installed.settle()
    assert found.endswith(f"  people: {username}: {state}")
    assert count == "1 settled, 0 left open."
    assert arrives_in_the_end(installed, username) is arrives
    assert installed.settle() == ["0 settled, 0 left open."]


def arrives_in_the_end(installed: Installed, username: str) -> bool:
    end = time.monotonic() + 2
    while not binds(installed.endpoint, username, NEW):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_database_of_another_version_is_told(installed: Installed) -> None:
    changed = installed.settings.with_name(f"{secrets.token_hex(4)}.toml")
    text = installed.settings.read_text("utf-8").replace("data/resetapp.db", "data/fresh.db")
    changed.write_text(text, "utf-8")
    changed.chmod(0o600)
    result = CliRunner().invoke(main, ["--config", str(changed), "settle"])
    assert result.exit_code == 1
    assert "resetapp migrate" in result.output
