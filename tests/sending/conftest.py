"""Certificates and a gateway for the tests of what goes by HTTPS."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from resetapp.demo.certificates import ServerCertificates, make_certificates
from tests.sending.gateway import Gateway, running_gateway


@pytest.fixture(scope="package")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("gateway-tls"), datetime.now(UTC))


@pytest.fixture
def gateway(tls: ServerCertificates) -> Iterator[Gateway]:
    with running_gateway(tls) as gateway:
        yield gateway
