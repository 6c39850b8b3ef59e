"""On CI a skipped test has failed: what was not tested must not look tested. `tests/conftest.py` switches this on."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skipped itself, or was skipped by a fixture or a mark. Expected failures (xfail) stay as they are."""
    report = yield
    if must_not_skip() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", explained(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skipped itself."""
    report = yield
    if must_not_skip() and report.skipped:
        report.outcome, report.longrepr = "failed", explained(report.longrepr)
    return report


def must_not_skip() -> bool:
    return os.environ.get("CI") == "true"


def explained(reason: object) -> str:
    """`reason`: pytest's (file, line, text)."""
    text = reason[-1] if isinstance(reason, tuple) else reason
    return f"{text}\nWith CI=true nothing may be skipped: install what is missing (scripts/debian-packages)."
