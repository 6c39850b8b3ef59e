"""The simulator's metadata in every state, given to the real service."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from resetapp.app import create_app
from resetapp.demo.hub import Hub
from resetapp.demo.hub_what_if import published
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.simulator import create_simulator
from resetapp.demo.switch import NOT_READ, NOT_WHEN_PINNED, READ, Published, Switch
from resetapp.demo.what_if import SWITCHES, switch
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.hub_source import HubSource
from resetapp.settings import Settings, load
from tests.saml.feed_server import FeedServer, feed_server

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


@dataclass
class Pinned:
    """An installation that fetches the simulator's feed and believes its key alone."""

    hub: Hub
    server: FeedServer
    settings: Settings

    def tell(self, key: str) -> None:
        """From now on the feed is as this switch says."""
        act = switch(key).act
        assert isinstance(act, Published)
        answer = create_simulator(self.hub).test_client().get(f"/hub/metadata/{act.state}")
        assert answer.status_code == 200
        self.server.body = answer.data

    @property
    def kept(self) -> bytes:
        folder = self.settings.wayf.state_folder
        assert folder is not None
        return (folder / "hub-metadata.xml").read_bytes()


@pytest.fixture
def pinned(installed: tuple[Hub, Path], tmp_path: Path) -> Iterator[Pinned]:
    hub, path = installed
    certificate = tmp_path / "feed.pem"
    certificate.write_bytes(create_simulator(hub).test_client().get("/hub/metadata/feed.pem").data)
    settings = load(path)
    with feed_server(None) as server:
        wayf = replace(
            settings.wayf,
            hub_metadata_file=None,
            hub_metadata_url=server.url,
            hub_metadata_certificate_files=(certificate,),
            state_folder=tmp_path,
        )
        yield Pinned(hub, server, replace(settings, wayf=wayf))


def source_of(app: Flask) -> HubSource:
    source = app.extensions["resetapp"].service_provider.hub_source
    assert isinstance(source, HubSource)
    return source


UNFIT = {  # the word in the log, and what check-config and fetch-metadata say
    "metadata_unsigned": ("unsigned", "is not signed"),
    "metadata_forged": ("signature", "is signed by none of the keys in hub_metadata_certificate_files"),
    "metadata_expired": ("expired", "is no longer valid"),
}


def test_every_state_is_refused_or_read_when_the_feed_is_pinned() -> None:
    assert set(UNFIT) == {each.key for each in STATES if each.end in (NOT_READ, NOT_WHEN_PINNED)}


@pytest.mark.parametrize("key", UNFIT)
def test_what_the_pinned_key_has_not_signed_leaves_the_last_good_metadata_in_use(
    pinned: Pinned, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    pinned.tell("metadata_signed")
    app = create_app(pinned.settings)
    good, kept = source_of(app).hub, pinned.kept
    pinned.tell(key)
    word, told = UNFIT[key]
    with caplog.at_level(logging.ERROR, "resetapp.saml.hub_source"):
        assert source_of(app).refresh().startswith(told)
    assert f"hub_metadata.not_refreshed reason={word}" in caplog.messages
    assert source_of(app).hub is good
    assert pinned.kept == kept
    answer = app.test_client().get("/login", base_url=URL)
    assert answer.status_code == 303
    assert answer.location.startswith(pinned.hub.sso_url)
    assert source_of(create_app(pinned.settings)).hub == good  # after a restart


@pytest.mark.parametrize("key", UNFIT)
def test_a_service_does_not_start_with_it_for_the_first_time(pinned: Pinned, key: str) -> None:
    pinned.tell(key)
    with pytest.raises(SamlConfigurationError, match=UNFIT[key][1]):
        create_app(pinned.settings)


@pytest.mark.parametrize("key", [each.key for each in STATES if each.end is READ])
def test_what_the_pinned_key_has_signed_takes_the_place_of_the_last(pinned: Pinned, key: str) -> None:
    """Else the tests above would hold whatever came."""
    pinned.tell("metadata_signed")
    app = create_app(pinned.settings)
    pinned.tell(key)
    assert source_of(app).refresh() == ""
    assert pinned.kept == pinned.server.body
    assert len(source_of(app).hub.signing_keys) == (1 if key == "metadata_rolled" else len(pinned.hub.keys))
