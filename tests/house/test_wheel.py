"""What an institution installs: the wheel holds every file of the package, no other, and works on its own."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.demo_process import running_demo
from tests.house.tree import ROOT, project_files
from tests.journeys.steps import GOOD, choose_password, log_in, persona

LEAK = "templates/.hypothesis/leak.html"  # git ignores the folder: what is left lying about must not travel

PROGRAM = """
import importlib, pkgutil, sys
from pathlib import Path
place = Path(sys.argv[1])
sys.path.insert(0, str(place))
import resetapp
from resetapp import assets
not_to_import = {"resetapp.__main__", "resetapp.storage.migrations.env"}  # they begin to work at once
names = [module.name for module in pkgutil.walk_packages(resetapp.__path__, "resetapp.")]
for name in sorted({*names} - not_to_import):
    module = importlib.import_module(name)
    assert Path(module.__file__ or place / "x").is_relative_to(place), name
for folder in (assets.folder("templates"), assets.folder("static")):
    assert folder.is_relative_to(place) and any(folder.iterdir()), folder
assert assets.example_settings().is_relative_to(place)
assert "[service]" in assets.example_settings().read_text(encoding="utf-8")
print(len(names))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the project's own files, with a stray file among them."""
    checkout, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("wheel")
    for name in project_files():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, checkout / name)
    (checkout / LEAK).parent.mkdir()
    (checkout / LEAK).write_text("must stay at home")
    run(checkout, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    run(folder, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {travels_as(name) for name in project_files()} - {None}
    assert shipped == expected


def test_the_wheel_carries_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())


def test_the_installed_wheel_stands_on_its_own(place: Path, tmp_path: Path) -> None:
    assert int(run(tmp_path, "-I", "-c", PROGRAM, str(place))) > 20


def test_the_installed_wheel_has_its_command(place: Path) -> None:
    assert os.access(place / "bin" / "resetapp", os.X_OK)


def test_the_installed_wheel_runs_the_demo(place: Path) -> None:
    with running_demo(installed_in=place) as demo:
        browser = Browser(checked=demo.url)
        assert log_in(browser, demo, "freja").path == "/password"
        assert choose_password(browser, GOOD).path == "/done"
        assert demo.binds(persona("freja").accounts[0].username, GOOD)


def test_the_places_of_the_files_in_the_wheel_are_known() -> None:
    assert travels_as("resetapp/web/house.py") == "resetapp/web/house.py"
    assert travels_as("templates/base.html") == "resetapp/templates/base.html"
    assert travels_as("static/style.css") == "resetapp/static/style.css"
    assert travels_as("config.example.toml") == "resetapp/config.example.toml"
    assert travels_as("tests/house/tree.py") is None


def travels_as(name: str) -> str | None:
    """Where a file of the project lies in the wheel; None if it stays at home."""
    if name.startswith("resetapp/"):
        return name
    if name.startswith(("templates/", "static/")) or name == "config.example.toml":
        return f"resetapp/{name}"
    return None


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
