"""Which tests go together to one worker, and which go first, when several processes share a run (`-n auto`).

What uses one server stays together, so that the server starts once for a run, as it does with a single process. All
else goes by its file. The longest groups are handed out first; the short ones then fill up evenly whoever is free.
"""

import os
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

SERVERS = ("ds389", "samba", "faults", "postgresql")  # marks of tests that share one server
DEMOS = ("slapd_demo", "demo")  # fixtures with processes of their own, for the whole run
KINDS = ("world", "start")  # fixtures that offer one server of several
# Long, with servers for themselves; they mostly wait.
ALONE = ("test_a_frozen_directory_is_told", "test_our_keys_change_and_no_login_fails")
# Long, and it freezes the domain; one more starts in two seconds.
OWN_DOMAIN = "tests/journeys/test_student_and_staff.py"
# The longest first; among them those that take a core stand between those that mostly wait.
FIRST = (
    *("demo", OWN_DOMAIN, "ds389", "samba", *ALONE),
    *("tests/saml/test_roll_over.py", "tests/demo/test_rehearsal.py", "tests/cli/test_reload.py"),
    *("tests/journeys", "tests/web/test_chromium", "faults", "tests/contract", "tests/directory"),
    *("tests/web/test_settling.py", "tests/breached", "tests/guides", "tests/demo/test_metadata_states.py"),
    *("tests/cli/test_s", "tests/house/test_skips.py", "tests/house/test_w", "tests/house/test_canary.py"),
)


@dataclass(frozen=True)
class Labelled:
    """A test as xdist is told of it: what stands behind the @ is its group."""

    nodeid: str


def group_of(item: pytest.Item) -> str:
    """Tests of one group run in one process, in their usual order."""
    file = item.nodeid.partition("::")[0]
    if file == OWN_DOMAIN:
        return file
    marks = {mark.name for mark in item.iter_markers()}
    for server in SERVERS:
        if server in marks:
            return server
    if set(DEMOS) & set(getattr(item, "fixturenames", ())):
        return "demo"
    if item.name.startswith(ALONE):
        return item.name.replace("[", " ").rstrip("]")  # xdist takes what a bracket follows for a parameter
    kinds = [str(value) for name, value in _parameters(item).items() if name in KINDS]
    return " ".join([file.rpartition("/")[0], *kinds]) if kinds else file


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return dict(item.callspec.params) if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def rank(group: str) -> int:
    return next((place for place, name in enumerate(FIRST) if group.startswith(name)), len(FIRST))


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: most of a run is waiting for servers, and for time-outs that must pass."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """After pytest itself has sorted. A single process keeps the usual order."""
    yield
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(group_of(item)))


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Generator[None]:
    """Here xdist tells what there is. Its own way to the groups, a mark, is lost on pytest since 9.2."""
    if not hasattr(session.config, "workerinput"):
        return (yield)
    items: Any = session.items
    session.items = [Labelled(f"{item.nodeid}@{group_of(item)}") for item in items]  # type: ignore[misc]
    try:
        return (yield)
    finally:
        session.items = items
