"""`resetapp simulator`: refuses what would open it to others, and docs/rehearsal.md is followed step by step."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.hub import Hub
from resetapp.demo.hub_failure import SimulatorEnded
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.processes import Part, serves, wait_until
from resetapp.demo.rehearsal import main
from tests.browser import Browser
from tests.demo.service_provider import ServiceProvider, written
from tests.guides.guide import Guide
from tests.ports import free_port
from tests.servers.running import ROOT
from tests.settings.written import with_line

CPR = re.compile(r"740301-?4138")
HOST = "127.0.0.1"


def utc() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listen", "0.0.0.0"], "log in as anybody"),  # noqa: S104 - refused
        (["--listen", "192.0.2.1", "--open-to-the-network"], "log in as anybody"),
        (["--listen", "192.0.2.1", "--public-url", "https://rehearsal.example.dk"], "log in as anybody"),
        (["--listen", "name.example.dk"], "log in as anybody"),
        (["--public-url", "http://rehearsal.example.dk"], "cannot be used"),
        (["--public-url", "https://rehearsal.example.dk/below"], "cannot be used"),
        ([], "sp.xml: unknown service provider"),
        (["--people", "people.toml"], "people.toml: cannot be read"),
    ],
)
def test_it_does_not_start(inside: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(SimulatorEnded, match=words) as caught:
        main(["--sp-metadata", "sp.xml", "--port", str(free_port()), *arguments])
    assert caught.value.remedy


def test_a_port_that_is_taken_is_named(inside: Path, sp: ServiceProvider) -> None:
    written(inside, "sp.xml", sp.metadata())
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SimulatorEnded, match=f"port {port} is taken"):
            main(["--sp-metadata", "sp.xml", "--port", str(port)])


def test_behind_a_proxy_its_metadata_have_the_proxys_address(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--sp-metadata", "sp.xml", "--public-url", "https://rehearsal.example.dk", "--write-metadata"])
    text = (inside / "simulator/hub-metadata.xml").read_text()
    assert 'entityID="https://rehearsal.example.dk/simulator"' in text
    assert "127.0.0.1" not in text
    assert 'hub_entity_id = "https://rehearsal.example.dk/simulator"' in capsys.readouterr().out
    assert not [file for file in (inside / "simulator").glob("*.key") if file.stat().st_mode & 0o077]


def runs(pid: int) -> bool:
    """It is a grandchild of ours, whose end nobody else tells us."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture
def followed(tmp_path: Path, ports: tuple[int, int], server_certificates: ServerCertificates) -> Iterator[Path]:
    """The guide, done as far as step 4 in the folder of a new installation; stopped by its own last step."""
    folder = tmp_path / "installation"
    tree = Tree(demo_tree(utc()), utc)
    with running_directory(tree, server_certificates, admin_password="unused") as endpoint:
        hub = Hub.kept_in(tmp_path / "wayf", "http://127.0.0.1:9", tmp_path / "none.xml")
        table = demo_directory_settings(endpoint.certificates.ca, endpoint.ldaps_port)
        metadata = tmp_path / "wayf/hub-metadata.xml"
        folder.mkdir()
        path = install(folder, f"http://{HOST}:{ports[0]}", hub.entity_id, metadata, [table], utc())
        path.write_text(with_line(path.read_text("utf-8"), "listen_port", str(ports[0])), "utf-8")
        (folder / "sp-metadata.xml").unlink()
        guide = Guide(ROOT / "docs/rehearsal.md", {"8000": str(ports[0]), "8001": str(ports[1])})
        guide.run(folder, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        try:
            for name, port in zip(("service", "simulator"), ports, strict=True):
                log = folder / f"{name}.log"
                pid = int((folder / f"{name}.pid").read_text())
                part = Part(name, partial(runs, pid), log.read_text)
                wait_until(part, partial(serves, port, "/"), threading.Event())
            yield folder
        finally:
            guide.run_more(folder)
            assert {file.name for file in folder.iterdir()} == {"config.toml", "data", "keys"}


def test_the_guide_is_followed_and_a_person_of_ones_own_sets_a_password(followed: Path, ports: tuple[int, int]) -> None:
    service, simulator = (f"http://{HOST}:{port}" for port in ports)
    browser = Browser(checked=service)
    browser.open(f"{service}/login")
    page = browser.submit("//form[.//button[@name='person']]", person="person-1")
    assert "Enhver kan logge ind som hvem som helst" in page.text
    assert browser.submit("//form[.//input[@name='SAMLResponse']]").path == "/password"
    password = "Grøn-Cykel-Under-Bro-31"
    page = browser.submit("//form[.//input[@name='attempt']]", password=password, password2=password)
    assert page.path == "/done"
    other = Browser(checked=service)
    other.open(f"{service}/login")
    other.submit("//form[.//button[@name='person']]", what_if="edited")
    assert other.submit("//form[.//input[@name='SAMLResponse']]").status == 403
    assert not CPR.search(other.open(f"{simulator}/").text)
    demand_nothing_written(followed)


def demand_nothing_written(folder: Path) -> None:
    """The file with the people holds the number; no log, key folder or database does."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "people.toml"]
    assert {"simulator.log", "service.log", "rehearsal.db"} <= {file.name for file in files}
    assert [file for file in files if CPR.search(file.read_bytes().decode("latin-1"))] == []


def test_the_simulators_command_is_told_by_help() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "resetapp", "simulator", "--help"], capture_output=True, text=True, check=True
    )
    assert "--sp-metadata" in told.stdout
    assert "can be anybody" in told.stdout
