"""An installation as `resetapp init` and its operator would leave it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings' file. Complete but for a directory that answers."""
    folder = tmp_path_factory.mktemp("installation")
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    hub_metadata = folder / "hub" / "hub-metadata.xml"
    directory = demo_directory_settings(ca_file=hub_metadata, ldaps_port=9)
    return install(folder, "http://localhost:8000", hub.entity_id, hub_metadata, [directory], datetime.now(UTC))
