"""The anchors of the audit trail reach a real syslog socket, and its silence stops nothing."""

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resetapp.anchors import Anchors
from resetapp.core.staff import Role
from resetapp.settings import Staff
from resetapp.storage.audit import ANCHOR
from tests.web.conftest import World
from tests.web.staff_steps import enter, staff_roles, visited

Make = Callable[[str], World]


@pytest.fixture
def make(make_world: Callable[..., World]) -> Make:
    def made(syslog: str) -> World:
        service = replace(make_world().settings.service, syslog=syslog)
        return make_world(service=service, staff=Staff(enabled=True, roles=staff_roles(Role.OPERATOR)))

    return made


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A socket's path has 107 characters at most."""
    return tmp_path_factory.mktemp("log") / "socket"


@pytest.fixture
def local(path: Path) -> Iterator[socket.socket]:
    with listening_at(path) as listener:
        yield listener


def listening_at(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(path))
    listener.settimeout(5)
    return listener


def anchors(world: World) -> Anchors:
    found: Anchors = world.app.extensions["resetapp.anchors"]
    return found


def nothing_more(listener: socket.socket) -> bool:
    listener.setblocking(False)
    try:
        listener.recv(2000)
    except BlockingIOError:
        return True
    return False


def test_the_local_syslog_gets_each_anchor_once(make: Make, path: Path, local: socket.socket) -> None:
    world = make(str(path))
    visited(world)
    anchors(world).write()
    line = local.recv(2000).decode()
    assert re.fullmatch(r"<86>resetapp: audit\.anchor seq=3 hash=[0-9a-f]{64}", line)
    assert ANCHOR.search(line)
    anchors(world).write()
    assert nothing_more(local)
    enter(world)
    assert f"{path}, afsendt" in world.get("/staff/status").text


def test_another_machine_gets_it_in_the_form_of_rfc_5424(make: Make) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        world = make(f"udp://127.0.0.1:{listener.getsockname()[1]}")
        visited(world)
        anchors(world).write()
        line = listener.recv(2000).decode()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00"
    assert re.fullmatch(rf"<86>1 {moment} \S+ resetapp - - - audit\.anchor seq=3 hash=[0-9a-f]{{64}}", line)


def test_a_silent_syslog_is_told_once_and_stops_nothing(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = make(str(path))
    visited(world)
    for _ in range(3):
        anchors(world).write()
    assert caplog.text.count("anchors.syslog_silent fault=FileNotFoundError") == 1
    assert caplog.text.count("audit.anchor seq=3") == 1
    enter(world)
    assert f"{path} tager ikke imod (FileNotFoundError)" in world.get("/staff/status").text
    with listening_at(path) as listener:
        anchors(world).write()
        assert "audit.anchor seq=4" in listener.recv(2000).decode()
    assert "anchors.syslog_back" in caplog.text


def test_a_syslog_that_reads_nothing_is_not_waited_for(make: Make, path: Path, local: socket.socket) -> None:
    world = make(str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as noise, contextlib.suppress(BlockingIOError):
        noise.setblocking(False)
        while noise.sendto(b"noise", str(path)):
            pass  # until nothing more goes in
    visited(world)
    anchors(world).write()  # it would hang here
    assert anchors(world).fault == "TimeoutError"


def test_it_is_off_unless_it_is_set(make: Make) -> None:
    world = make("")
    visited(world)
    anchors(world).write()
    enter(world)
    assert re.search(r"Ankre til syslog</dt><dd>\s*Slået fra", world.get("/staff/status").text)
