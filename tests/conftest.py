"""What all tests share."""

import os
from collections.abc import Iterator

import pytest

from resetapp.storage.schema import upgrade
from tests.house.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.postgresql import postgresql, programs

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgresql() as url:
        upgrade(url)
        yield url
