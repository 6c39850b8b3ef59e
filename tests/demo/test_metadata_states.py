"""The simulator's metadata in every state, given to the real service."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.app import create_app
from resetapp.demo.hub import Hub
from resetapp.demo.hub_what_if import published
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.switch import NOT_READ, Published, Switch
from resetapp.demo.what_if import SWITCHES
from resetapp.settings import load

STATES = [each for each in SWITCHES if isinstance(each.act, Published)]
URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hub, Path]:
    folder = tmp_path_factory.mktemp("installed")
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    metadata = folder / "hub/hub-metadata.xml"
    directory = demo_directory_settings(ca_file=metadata, ldaps_port=9)
    return hub, install(folder, URL, hub.entity_id, metadata, [directory], datetime.now(UTC))


@pytest.mark.parametrize("switch", STATES, ids=lambda switch: switch.key)
def test_a_login_begins_with_metadata_that_may_be_believed(installed: tuple[Hub, Path], switch: Switch) -> None:
    hub, settings = installed
    assert isinstance(switch.act, Published)
    (settings.parent / "hub/hub-metadata.xml").write_bytes(published(hub, switch.act.state))
    answer = create_app(load(settings)).test_client().get("/login", base_url=URL)
    if switch.end is NOT_READ:
        assert answer.status_code == 403
        assert "Vi kunne ikke logge dig på" in answer.text
    else:  # nothing is pinned in this installation
        assert answer.status_code == 303
        assert answer.location.startswith(hub.sso_url)
