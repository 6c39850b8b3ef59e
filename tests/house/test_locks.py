"""The lock files: every package pinned, every file known by its hash, nothing from an address of its own."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import Fault, listed, text_of

LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)(?: ; .+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
FAULTY = {
    "flask>=3.1 \\\n    --hash=sha256:" + "0" * 64: "not a pinned package: flask>=3.1",
    "flask==3.1.3": "flask has no hash",
    "flask==3.1.3 \\\n    --hash=md5:1234": "not a hash: --hash=md5:1234",
    "flask @ https://example.dk/flask.whl": "not a pinned package: flask @ https://example.dk/flask.whl",
    "--index-url https://example.dk/simple": "not a pinned package: --index-url https://example.dk/simple",
    "-e .": "not a pinned package: -e .",
}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    faults = list(unpinned(lock, text_of(lock)))
    assert not faults, listed(faults)


@pytest.mark.parametrize(("text", "what"), FAULTY.items(), ids=range(len(FAULTY)))
def test_a_package_that_is_not_pinned_is_found(text: str, what: str) -> None:
    assert [fault.what for fault in unpinned("a.lock", text)] == [what]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_a_lock_file(lock: str) -> None:
    assert "://" not in text_of(lock)


def test_we_test_with_the_very_versions_that_we_run_on() -> None:
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runtime.items() <= dev.items()


def test_the_locks_fit_what_the_project_asks_for() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    runtime = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert list(unmet(runtime, pins("requirements.lock"))) == []
    assert list(unmet(project["dependency-groups"]["dev"], pins("requirements-dev.lock"))) == []


def test_a_lock_that_does_not_fit_is_found() -> None:
    assert list(unmet(["Flask>=3.1", "lxml>=6"], {"flask": "3.0.1"})) == ["Flask>=3.1", "lxml>=6"]
    assert list(unmet(["Flask>=3.1", "psycopg[binary]>=3"], {"flask": "3.1.3", "psycopg": "3.3.9"})) == []


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line; one that ends in a backslash goes on. Comments are left out."""
    gathered, begun = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#"):
            continue
        begun = begun or number
        gathered += line.removesuffix("\\").strip() + "  "
        if not line.endswith("\\"):
            yield begun, gathered.strip()
            gathered, begun = "", 0


def unpinned(name: str, text: str) -> Iterator[Fault]:
    for number, line in logical_lines(text):
        package, *hashes = line.split("  ")
        pin = PIN.fullmatch(package)
        if pin is None:
            yield Fault(name, number, f"not a pinned package: {package}")
        elif not hashes:
            yield Fault(name, number, f"{pin['name']} has no hash")
        yield from (Fault(name, number, f"not a hash: {word}") for word in hashes if not HASH.fullmatch(word))


def pins(lock: str) -> dict[str, str]:
    found = (PIN.match(line) for _, line in logical_lines(text_of(lock)))
    return {pin["name"]: pin["version"] for pin in found if pin}


def unmet(requirements: list[str], pinned: dict[str, str]) -> Iterator[str]:
    for text in requirements:
        requirement = Requirement(text)
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None or version not in requirement.specifier:
            yield text
