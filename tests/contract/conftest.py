"""One suite, five servers. Each starts once, when the first test needs it; without it the tests are skipped."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from resetapp.core.accounts import DirectoryAccount
from resetapp.demo.certificates import ServerCertificates
from resetapp.directory import LdapDirectory
from tests.contract.world import Person, World
from tests.contract.worlds import ds389_world, embedded_domain_world, embedded_world, samba_world, slapd_world
from tests.directory.proxy import Proxy, between
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer, ServerUnavailable

Open = Callable[..., LdapDirectory]
KINDS = (
    "embedded",
    "embedded_domain",
    pytest.param("slapd", marks=pytest.mark.slapd),
    pytest.param("samba", marks=pytest.mark.samba),
    pytest.param("ds389", marks=pytest.mark.ds389),
)


@pytest.fixture(scope="session")
def world_embedded(server_certificates: ServerCertificates) -> Iterator[World]:
    with embedded_world(server_certificates) as world:
        yield world


@pytest.fixture(scope="session")
def world_embedded_domain(server_certificates: ServerCertificates) -> Iterator[World]:
    with embedded_domain_world(server_certificates) as world:
        yield world


@pytest.fixture(scope="session")
def world_slapd(tmp_path_factory: pytest.TempPathFactory, server_certificates: ServerCertificates) -> Iterator[World]:
    try:
        with slapd_world(tmp_path_factory.mktemp("slapd"), server_certificates) as world:
            yield world
    except ServerUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture(scope="session")
def world_samba(samba_server: RunningServer, samba_somebody: Somebody) -> World:
    return samba_world(samba_server, samba_somebody)


@pytest.fixture(scope="session")
def world_ds389(ds389_server: RunningServer, ds389_somebody: Somebody) -> World:
    return ds389_world(ds389_server, ds389_somebody)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> World:
    return request.getfixturevalue(f"world_{request.param}")


@pytest.fixture
def opened(world: World) -> Iterator[Open]:
    """Opens directories on the server; they are closed after the test."""
    with contextlib.ExitStack() as stack:

        def open_directory(**changes: Any) -> LdapDirectory:
            directory = LdapDirectory(world.settings(**changes), lambda: datetime.now(UTC))
            stack.callback(directory.close)
            return directory

        yield open_directory


@pytest.fixture
def directory(opened: Open) -> LdapDirectory:
    return opened()


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    with between(world.server) as proxy:
        yield proxy


@pytest.fixture
def through(proxy: Proxy, opened: Open) -> LdapDirectory:
    """A directory that is reached through the proxy alone."""
    return opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}",), connect_timeout=1.0, answer_timeout=1.5)


def the_account(directory: LdapDirectory, person: Person) -> DirectoryAccount:
    """The only account of this person."""
    [account] = directory.find_by_cpr(person.cpr)
    return account
