"""One scene for all tests: its keys take a second to make."""

from datetime import UTC, datetime

import pytest

from resetapp.demo.certificates import ServerCertificates, make_certificates
from tests.saml.scene import Scene


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.in_folder(tmp_path_factory.mktemp("saml"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    """For web servers on this machine."""
    return make_certificates(tmp_path_factory.mktemp("tls"), datetime.now(UTC))
