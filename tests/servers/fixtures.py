"""The servers, started once for a run. Each test takes somebody of its own, so that no test needs another's order.

Without the server's packages its tests are skipped, but never on CI.
"""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from resetapp.demo.certificates import ServerCertificates, make_certificates
from tests.servers import ds389_people, samba_domain
from tests.servers.ds389 import running_389
from tests.servers.running import RunningServer, ServerUnavailable
from tests.servers.samba import running_samba

Somebody = Callable[[], str]  # the username of an ordinary person whom no other test has had


@pytest.fixture(scope="session")
def server_certificates(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("server-tls"), datetime.now(UTC))


@contextlib.contextmanager
def or_skipped(server: contextlib.AbstractContextManager[RunningServer]) -> Iterator[RunningServer]:
    try:
        with server as running:
            yield running
    except ServerUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture(scope="session")
def samba_server(
    tmp_path_factory: pytest.TempPathFactory, server_certificates: ServerCertificates
) -> Iterator[RunningServer]:
    with or_skipped(running_samba(tmp_path_factory.mktemp("samba"), server_certificates)) as server:
        yield server


@pytest.fixture(scope="session")
def ds389_server(
    tmp_path_factory: pytest.TempPathFactory, server_certificates: ServerCertificates
) -> Iterator[RunningServer]:
    with or_skipped(running_389(tmp_path_factory.mktemp("389"), server_certificates)) as server:
        yield server


@pytest.fixture(scope="session")
def samba_somebody() -> Somebody:
    return iter(samba_domain.ORDINARY).__next__


@pytest.fixture(scope="session")
def ds389_somebody() -> Somebody:
    return iter(ds389_people.ORDINARY).__next__
