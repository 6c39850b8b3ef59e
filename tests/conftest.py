"""What all tests share."""

import os
from collections.abc import Iterator
from functools import cache

import pytest

from resetapp.saml import keys
from resetapp.storage.schema import upgrade
from tests.house.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.postgresql import postgresql, programs
from tests.servers.fixtures import ds389_server, ds389_somebody, samba_server, samba_somebody, server_certificates
from tests.workers import pytest_collection_finish, pytest_collection_modifyitems, pytest_xdist_auto_num_workers

__all__ = [
    "ds389_server",
    "ds389_somebody",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "pytest_xdist_auto_num_workers",
    "samba_server",
    "samba_somebody",
    "server_certificates",
]


@pytest.fixture(scope="session", autouse=True)
def keys_parsed_once() -> Iterator[None]:
    """OpenSSL proves each RSA key that it reads, which takes longer than all the rest of an application's start.

    The same octets are the same key; files are read anew each time, and keys that are refused are refused each time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "load_pem_private_key", cache(keys.load_pem_private_key))  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgresql() as url:
        upgrade(url)
        yield url
