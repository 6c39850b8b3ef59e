"""The hub's metadata over time: fetched, kept, taken up by others, and never made worse by a bad fetch."""

import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resetapp.demo import messages
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.hub_keys import HubKey
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.hub_source import HubSource, fetches_of
from resetapp.saml.service_provider import ServiceProvider
from resetapp.saml.state_folder import locked
from resetapp.settings import Wayf
from resetapp.trouble import LoginRefused
from tests.builders import NOON, Clock
from tests.saml.feed_server import FeedServer, feed_server, status
from tests.saml.scene import HUB, INSTITUTION, PUBLIC_URL, Scene

SIGNER, EVIL, NEXT = (HubKey.create(name, 2048) for name in ("feed", "evil", "next"))


def feed(*keys: HubKey, days: float = 14, signer: HubKey | None = SIGNER, name: str = HUB) -> bytes:
    end = NOON + timedelta(days=days)
    return messages.hub_metadata(name, f"{HUB}/sso", f"{HUB}/slo", keys, valid_until=end, feed_key=signer)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(certificates: ServerCertificates, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    with feed_server(certificates) as found:
        found.body = feed(scene.hub)
        yield found


@pytest.fixture
def wayf(scene: Scene, server: FeedServer, tmp_path: Path) -> Wayf:
    signer = tmp_path / "signer.pem"
    signer.write_text(f"-----BEGIN CERTIFICATE-----\n{SIGNER.certificate_text()}\n-----END CERTIFICATE-----\n")
    return replace(
        scene.wayf,
        hub_metadata_file=None,
        hub_metadata_url=server.url,
        hub_metadata_certificate_files=(signer,),
        state_folder=tmp_path,
    )


def keys_of(source: HubSource) -> set[int]:
    return {key.public_numbers().n for key in source.hub.signing_keys}


def moduli(*keys: HubKey) -> set[int]:
    return {key.private.public_key().public_numbers().n for key in keys}


def test_the_first_start_fetches_and_keeps_a_copy_of_its_own(
    wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene
) -> None:
    source = HubSource(wayf, clock)
    assert keys_of(source) == moduli(scene.hub)
    assert wayf.state_folder is not None
    kept = wayf.state_folder / "hub-metadata.xml"
    assert kept.read_bytes() == server.body
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in wayf.state_folder.iterdir() if path.name.startswith(".")] == []


def test_a_later_start_needs_nobody(wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene) -> None:
    HubSource(wayf, clock)
    server.behaviour = status(503)
    assert keys_of(HubSource(wayf, clock)) == moduli(scene.hub)
    assert len(server.asked) == 1


def test_the_first_start_fails_with_a_remedy_when_nothing_can_be_fetched(
    wayf: Wayf, server: FeedServer, clock: Clock
) -> None:
    server.behaviour = status(503)
    with pytest.raises(SamlConfigurationError, match=r"http-503") as caught:
        HubSource(wayf, clock)
    assert "fetch-metadata" in caught.value.remedy


def test_a_start_with_a_damaged_copy_fetches_anew(wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene) -> None:
    HubSource(wayf, clock)
    assert wayf.state_folder is not None
    (wayf.state_folder / "hub-metadata.xml").write_bytes(feed(EVIL, signer=EVIL))
    assert keys_of(HubSource(wayf, clock)) == moduli(scene.hub)


def test_it_asks_again_when_it_is_time_and_sooner_after_a_failure(
    wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene
) -> None:
    source = HubSource(wayf, clock)
    server.body = feed(scene.hub, NEXT)
    clock.forward(minutes=59)
    source.keep_fresh()
    assert len(server.asked) == 1
    clock.forward(minutes=1)
    source.keep_fresh()
    assert len(server.asked) == 2
    assert keys_of(source) == moduli(scene.hub, NEXT)
    server.behaviour = status(503)
    clock.forward(minutes=60)
    source.keep_fresh()
    clock.forward(minutes=4)
    source.keep_fresh()
    assert len(server.asked) == 3
    clock.forward(minutes=1)
    source.keep_fresh()
    assert len(server.asked) == 4


BAD: dict[str, Callable[[Scene], bytes]] = {
    "unsigned": lambda scene: feed(NEXT, signer=None),
    "signature": lambda scene: feed(NEXT, signer=EVIL),
    "digest": lambda scene: feed(NEXT).replace(b"/sso", b"/evil"),
    "expired": lambda scene: feed(NEXT, days=-0.5),
    "valid-too-long": lambda scene: feed(NEXT, days=31),
    "rolled-back": lambda scene: feed(NEXT, days=13),
    "unfit": lambda scene: feed(NEXT, name="https://other.example"),
    "no-end": lambda scene: messages.hub_metadata(HUB, f"{HUB}/sso", None, [NEXT], feed_key=SIGNER),
    "not-xml": lambda scene: feed(NEXT)[:-20],
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_fetch_never_replaces_a_good_one(
    wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene, caplog: pytest.LogCaptureFixture, reason: str
) -> None:
    source = HubSource(wayf, clock)
    good = server.body
    server.body = BAD[reason](scene)
    with caplog.at_level(logging.INFO):
        failure = source.refresh()
    assert failure != ""
    assert f"hub_metadata.not_refreshed reason={reason}" in caplog.messages
    assert keys_of(source) == moduli(scene.hub)
    assert wayf.state_folder is not None
    assert (wayf.state_folder / "hub-metadata.xml").read_bytes() == good
    assert fetches_of(wayf).failure == failure
    assert fetches_of(wayf).succeeded == NOON
    server.body = feed(scene.hub, NEXT, days=15)
    assert source.refresh() == ""
    assert keys_of(source) == moduli(scene.hub, NEXT)
    assert fetches_of(wayf).failure == ""


@pytest.mark.parametrize("code", [302, 404, 500])
def test_an_error_of_the_server_changes_nothing(
    wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene, code: int
) -> None:
    source = HubSource(wayf, clock)
    server.behaviour = status(code)
    assert f"http-{code}" in source.refresh()
    assert keys_of(source) == moduli(scene.hub)


def test_the_last_good_copy_is_used_until_it_expires_and_then_nobody_logs_in(
    wayf: Wayf, server: FeedServer, clock: Clock
) -> None:
    provider = ServiceProvider(wayf, PUBLIC_URL, INSTITUTION, clock)
    server.behaviour = status(503)
    clock.forward(days=13, hours=23)
    provider.hub_source.keep_fresh()
    assert provider.start_login("", clock()).url.startswith(f"{HUB}/sso")
    clock.forward(hours=1)
    provider.hub_source.keep_fresh()
    with pytest.raises(LoginRefused, match="hub-metadata-expired"):
        provider.start_login("", clock())
    server.behaviour, server.body = (lambda handler: None), b""
    assert ServiceProvider(wayf, PUBLIC_URL, INSTITUTION, clock), "it starts all the same, and goes on asking"


def test_another_process_takes_it_up_from_the_disk_alone(
    wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene
) -> None:
    one, other = HubSource(wayf, clock), HubSource(wayf, clock)
    server.body = feed(scene.hub, NEXT)
    one.refresh()
    other.keep_fresh()
    assert keys_of(other) == moduli(scene.hub, NEXT)
    assert len(server.asked) == 2


def test_a_kept_copy_that_is_forged_or_older_is_not_taken_up(
    wayf: Wayf, clock: Clock, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    source = HubSource(wayf, clock)
    assert wayf.state_folder is not None
    for forged in (feed(EVIL, signer=EVIL), feed(EVIL, signer=None), feed(NEXT, days=13)):
        (wayf.state_folder / "hub-metadata.xml").write_bytes(forged)
        source.keep_fresh()
        assert keys_of(source) == moduli(scene.hub)
    assert sum("hub_metadata.unusable" in message for message in caplog.messages) == 3


def test_of_several_processes_one_fetches(wayf: Wayf, server: FeedServer, clock: Clock) -> None:
    sources = [HubSource(wayf, clock) for _ in range(8)]
    clock.forward(minutes=61)
    threads = [threading.Thread(target=source.keep_fresh) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 2


def test_nobody_waits_for_a_process_that_is_fetching(wayf: Wayf, server: FeedServer, clock: Clock) -> None:
    source = HubSource(wayf, clock)
    clock.forward(minutes=61)
    assert wayf.state_folder is not None
    with locked(wayf.state_folder / "hub-metadata.lock", wait=True):
        source.keep_fresh()
    assert len(server.asked) == 1


def in_a_file(scene: Scene, folder: Path, **more: Any) -> tuple[Wayf, Path]:
    path = folder / "installed.xml"
    path.write_bytes(feed(scene.hub, signer=None))
    return replace(scene.wayf, hub_metadata_file=path, **more), path


def test_a_file_that_the_operator_replaces_is_taken_up(
    scene: Scene, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    wayf, path = in_a_file(scene, tmp_path)
    source = HubSource(wayf, clock)
    path.write_bytes(feed(NEXT, signer=None)[:200])  # a copy that is under way
    source.keep_fresh()
    path.unlink()
    source.keep_fresh()
    assert keys_of(source) == moduli(scene.hub)
    path.write_bytes(feed(NEXT, days=2, signer=None))
    with caplog.at_level(logging.INFO):
        source.keep_fresh()
    assert keys_of(source) == moduli(NEXT)
    assert [message for message in caplog.messages if message.startswith("hub_metadata.changed keys=1")]


def test_a_file_is_held_to_the_pinned_keys_too(scene: Scene, wayf: Wayf, tmp_path: Path, clock: Clock) -> None:
    pinned, path = in_a_file(scene, tmp_path, hub_metadata_certificate_files=wayf.hub_metadata_certificate_files)
    with pytest.raises(SamlConfigurationError, match="is not signed"):
        HubSource(pinned, clock)
    path.write_bytes(feed(scene.hub))
    assert keys_of(HubSource(pinned, clock)) == moduli(scene.hub)


def test_a_message_meets_one_hub_from_beginning_to_end(wayf: Wayf, server: FeedServer, clock: Clock) -> None:
    source = HubSource(wayf, clock)
    before = source.hub
    server.body = feed(NEXT)
    source.refresh()
    assert source.hub is not before
    assert before.signing_keys != source.hub.signing_keys


def test_a_state_folder_that_cannot_be_written_is_told(wayf: Wayf, tmp_path: Path, clock: Clock) -> None:
    for folder in (None, tmp_path / "nowhere"):
        with pytest.raises(SamlConfigurationError, match="no folder") as caught:
            HubSource(replace(wayf, state_folder=folder), clock)
        assert "state_folder" in caught.value.remedy


def test_a_full_disk_leaves_what_there_is(
    wayf: Wayf, server: FeedServer, clock: Clock, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = HubSource(wayf, clock)
    server.body = feed(NEXT)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as fault:
        fault.setattr(os, "fsync", full)
        clock.forward(minutes=61)
        with pytest.raises(OSError, match="No space"):
            source.keep_fresh()
        clock.forward(minutes=4)
        source.keep_fresh()
        assert len(server.asked) == 2, "the address is not asked again and again"
    assert keys_of(source) == moduli(scene.hub)
    assert wayf.state_folder is not None
    assert [path.name for path in wayf.state_folder.iterdir() if path.name.startswith(".")] == []
