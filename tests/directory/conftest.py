"""One contract, two servers: everything here runs against the embedded directory and against slapd.

The servers are started once for a run; slapd is skipped where it is not installed, but never on CI.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ldap3 import Connection

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates, ServerFiles, make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.slapd import SlapdUnavailable, running_slapd
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind, DirectorySettings, Protected
from tests.directory.binding import admin_connection
from tests.directory.opening import Open, opening
from tests.directory.population import FIRST_RULES, HIDDEN, NO_LOCKS, READ_ONLY, cpr_of, population
from tests.servers.running import RunningServer

KINDS = ("embedded", pytest.param("slapd", marks=pytest.mark.slapd))
Start = Callable[..., contextlib.AbstractContextManager[Endpoint]]


def utc() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def _embedded(folder: Path, certificates: ServerCertificates, files: ServerFiles | None) -> Iterator[Endpoint]:
    tree = Tree(
        population(),
        utc,
        admin=(ADMIN_DN, b"of the embedded directory"),
        hidden=[HIDDEN],
        unwritable=[READ_ONLY],
        unlockable=[NO_LOCKS],
    )
    with running_directory(tree, certificates, files, "of the embedded directory") as endpoint:
        yield endpoint


@contextlib.contextmanager
def _slapd(folder: Path, certificates: ServerCertificates, files: ServerFiles | None) -> Iterator[Endpoint]:
    try:
        with running_slapd(
            folder, population(), first_rules=FIRST_RULES, server_files=files, certificates=certificates
        ) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("tls"), utc())


@pytest.fixture(scope="session", params=KINDS)
def start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Starts a further server of the same kind."""
    begin = {"embedded": _embedded, "slapd": _slapd}[request.param]
    return lambda certificates, files=None: begin(tmp_path_factory.mktemp(request.param), certificates, files)


@pytest.fixture(scope="session")
def endpoint(start: Start, certificates: ServerCertificates) -> Iterator[Endpoint]:
    with start(certificates) as endpoint:
        yield endpoint


@pytest.fixture
def admin(endpoint: Endpoint) -> Iterator[Connection]:
    """Somebody who may do everything, to look behind the scenes."""
    connection = admin_connection(endpoint)
    yield connection
    connection.unbind()


def settings_for(endpoint: Endpoint, **changes: Any) -> DirectorySettings:
    settings = DirectorySettings(
        name="people",
        title="Eksempel",
        title_en="Example",
        kind=DirectoryKind.OPENLDAP,
        hosts=(endpoint.ldaps,),
        base=seed.PEOPLE,
        bind_dn=seed.SERVICE_DN,
        bind_password=Secret(seed.SERVICE_PASSWORD),
        ca_file=endpoint.certificates.ca,
        connect_timeout=2.0,
        answer_timeout=1.0,
    )
    return replace(settings, **changes)


@dataclass(frozen=True)
class Opener:
    """Opens directories on the endpoint; they are closed after the test."""

    endpoint: Endpoint
    stack: contextlib.ExitStack

    def __call__(self, clock: Callable[[], datetime] = utc, **changes: Any) -> LdapDirectory:
        directory = LdapDirectory(settings_for(self.endpoint, **changes), clock)
        self.stack.callback(directory.close)
        return directory

    def protecting(self, **rules: Any) -> LdapDirectory:
        return self(protected=Protected(**rules))


@pytest.fixture
def opened(endpoint: Endpoint) -> Iterator[Opener]:
    with contextlib.ExitStack() as stack:
        yield Opener(endpoint, stack)


@pytest.fixture
def directory(opened: Opener) -> LdapDirectory:
    return opened()


def the_account(directory: LdapDirectory, username: str) -> DirectoryAccount:
    """The only account of this person."""
    [account] = directory.find_by_cpr(cpr_of(username))
    return account


@pytest.fixture
def ad_opened(samba_server: RunningServer) -> Iterator[Open]:
    with opening(samba_server, DirectoryKind.ACTIVE_DIRECTORY, name="staff") as opened:
        yield opened


@pytest.fixture
def ad(ad_opened: Open) -> LdapDirectory:
    return ad_opened()


@pytest.fixture
def opened_389(ds389_server: RunningServer) -> Iterator[Open]:
    with opening(ds389_server, DirectoryKind.DS389) as opened:
        yield opened


@pytest.fixture
def ds389(opened_389: Open) -> LdapDirectory:
    return opened_389()
