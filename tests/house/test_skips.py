"""The rule that nothing is skipped on CI, tried on a small test file of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SKIPPING = {
    "by itself": "import pytest\ndef test_a(): pytest.skip('no server')",
    "by a mark": "import pytest\n@pytest.mark.skipif(True, reason='no server')\ndef test_a(): pass",
    "by a fixture": "import pytest\n@pytest.fixture\ndef x(): pytest.skip('no server')\ndef test_a(x): pass",
    "as a file": "import pytest\npytest.skip('no server', allow_module_level=True)\ndef test_a(): pass",
    "for a library": "import pytest\npytest.importorskip('no_such_library')\ndef test_a(): pass",
}


@pytest.mark.parametrize("source", SKIPPING.values(), ids=SKIPPING)
def test_a_skipped_test_fails_on_ci_only(source: str, tmp_path: Path) -> None:
    assert exit_code(source, tmp_path, ci="false") in (0, 5)
    assert exit_code(source, tmp_path, ci="true") in (1, 2)


@pytest.mark.parametrize("name", ["by a fixture", "as a file"])
def test_a_skipped_test_fails_in_a_worker_too(name: str, tmp_path: Path) -> None:
    assert exit_code(SKIPPING[name], tmp_path, "false", "-n1") in (0, 5)
    assert exit_code(SKIPPING[name], tmp_path, "true", "-n1") in (1, 2)


def test_passing_and_expected_failures_stay_as_they_are(tmp_path: Path) -> None:
    source = "import pytest\ndef test_a(): pass\n@pytest.mark.xfail\ndef test_b(): raise OSError"
    assert exit_code(source, tmp_path, ci="true") == 0


def exit_code(source: str, folder: Path, ci: str, *options: str) -> int:
    (folder / "test_small.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.house.skips", "-p", "no:cacheprovider"]
    environment = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*command, *options, str(folder)], cwd=folder, env=environment, capture_output=True, check=False
    ).returncode
