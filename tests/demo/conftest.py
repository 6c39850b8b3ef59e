"""A simulated hub and the service provider that knows it; an embedded Active Directory in the place of the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.hub import Hub
from resetapp.demo.messages import HubKey
from resetapp.demo.simulator import create_simulator
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind
from tests.demo.driving import BASE, Clock, asked, chosen
from tests.demo.service_provider import ServiceProvider, written
from tests.demo.xmlsec1 import XmlSec
from tests.directory.opening import Open, opening
from tests.servers import samba_domain
from tests.servers.embedded_domain import running_domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer


@pytest.fixture(scope="session")
def hub_key() -> HubKey:
    return HubKey.create("hub", 2048)


@pytest.fixture(scope="session")
def sp() -> ServiceProvider:
    return ServiceProvider(HubKey.create("sp signing", 2048), HubKey.create("sp encryption", 2048))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def metadata(tmp_path: Path, sp: ServiceProvider) -> Path:
    """The file with the service provider's metadata, as the hub reads it."""
    return written(tmp_path, "sp.xml", sp.metadata())


@pytest.fixture
def hub(hub_key: HubKey, metadata: Path, clock: Clock) -> Hub:
    return Hub(BASE, [hub_key], metadata, clock)


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_simulator(hub).test_client()


@pytest.fixture
def logged_in(client: FlaskClient, sp: ServiceProvider) -> FlaskClient:
    from_freja = chosen(client, asked(client, sp), "freja")
    assert from_freja.status_code == 200
    return client


@pytest.fixture
def sp_key(sp: ServiceProvider) -> HubKey:
    return sp.encryption


@pytest.fixture
def xmlsec(tmp_path: Path, hub_key: HubKey, sp_key: HubKey) -> XmlSec:
    return XmlSec(tmp_path, hub_key, sp_key)


@pytest.fixture(scope="module")
def samba_server(server_certificates: ServerCertificates) -> Iterator[RunningServer]:
    """The embedded one, fresh for each file, for the tests that were written for the real one."""
    with running_domain(server_certificates) as server:
        yield server


@pytest.fixture(scope="module")
def samba_somebody() -> Somebody:
    return iter(samba_domain.ORDINARY).__next__


@pytest.fixture
def ad_opened(samba_server: RunningServer) -> Iterator[Open]:
    with opening(samba_server, DirectoryKind.ACTIVE_DIRECTORY, name="staff") as opened:
        yield opened


@pytest.fixture
def ad(ad_opened: Open) -> LdapDirectory:
    return ad_opened()
