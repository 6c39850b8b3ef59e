"""Tests that share a server share a worker, tried on small test files of their own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

FILE = """
import os, pathlib, pytest
@pytest.mark.parametrize("number", range(5))
@pytest.mark.{mark}
def test_a(number, request):
    with pathlib.Path("who").open("a") as who:
        who.write(request.node.nodeid + " " + os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""
MARKS = {"one": "samba", "two": "samba", "three": "slapd", "four": "slapd"}


def test_what_shares_a_server_runs_in_one_worker_and_other_files_in_one_each(tmp_path: Path) -> None:
    for name, mark in MARKS.items():
        (tmp_path / f"test_{name}.py").write_text(FILE.format(mark=mark))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.workers", "-p", "no:cacheprovider"]
    options = ["-n4", "--dist", "loadgroup", "--no-loadscope-reorder", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*command, *options], cwd=tmp_path, env=environment, capture_output=True, check=True)
    found = [line.split() for line in (tmp_path / "who").read_text().splitlines()]
    assert len(found) == 5 * len(MARKS)
    workers = {name: {who for test, who in found if test.startswith(f"test_{name}.py::")} for name in MARKS}
    assert workers["one"] == workers["two"]
    assert {len(each) for each in workers.values()} == {1}
    assert len(set().union(*workers.values())) == 3, "there are three groups, and a worker for each"
