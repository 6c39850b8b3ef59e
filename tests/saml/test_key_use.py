"""Our keys while the service runs: which one was used, and a change that is taken up or is not."""

import json
import logging
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from resetapp.demo import messages
from resetapp.demo.hub_keys import HubKey
from resetapp.saml.key_source import KeySource
from resetapp.saml.key_use import last_use
from resetapp.saml.keys import create_key_pair, public_name, read_key_pair
from resetapp.saml.service_provider import ServiceProvider
from resetapp.settings import KeyPair
from tests.builders import NOON
from tests.saml.scene import INSTITUTION, PUBLIC_URL, Scene
from tests.settings.written import filled_in, folder_with_files, write


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    folder = tmp_path_factory.mktemp("second")
    pair = KeyPair(folder / "second.key", folder / "second.crt")
    create_key_pair(pair, "second", NOON)
    return pair


@pytest.fixture
def both(scene: Scene, second: KeyPair, tmp_path: Path) -> Scene:
    """The second key first, as in a change."""
    return scene.set_up(encryption=(second, *scene.wayf.encryption), state_folder=tmp_path)


def uses(scene: Scene) -> set[str]:
    assert scene.wayf.state_folder is not None
    path = scene.wayf.state_folder / "key-uses.json"
    return set(json.loads(path.read_text())) if path.exists() else set()


def name(pair: KeyPair) -> str:
    return public_name(read_key_pair(pair)[0].public_key())


def certificate(pair: KeyPair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate_file.read_bytes())


def test_the_key_that_opened_a_login_is_noted_with_its_moment(both: Scene, second: KeyPair) -> None:
    old = both.wayf.encryption[1]
    both.read(both.xml())
    assert uses(both) == {name(old)}
    both.read(messages.login_response(both.response(), both.hub, certificate(second)), NOON + timedelta(seconds=5))
    assert uses(both) == {name(old), name(second)}
    public = read_key_pair(second)[0].public_key()
    assert last_use(both.wayf.state_folder, public) == NOON + timedelta(seconds=5)


def test_what_the_hub_did_not_sign_is_no_use_of_a_key(both: Scene, second: KeyPair) -> None:
    """Our public key is public: junk that is encrypted to the new key must not make the old one look idle."""
    forged = messages.login_response(both.response(), HubKey.create("evil", 2048), certificate(second))
    assert both.refusal(forged) == "signature"
    assert uses(both) == set()


def test_with_one_key_nothing_is_noted(scene: Scene, tmp_path: Path) -> None:
    alone = scene.set_up(state_folder=tmp_path)
    alone.read(alone.xml())
    assert list(tmp_path.iterdir()) == []


def test_a_login_does_not_fail_because_a_use_cannot_be_noted(both: Scene, caplog: pytest.LogCaptureFixture) -> None:
    astray = both.set_up(state_folder=Path("/nowhere"))
    assert astray.read(astray.xml()).name == "Ida Ørsted"
    assert "key_use.not_noted fault=FileNotFoundError" in caplog.messages


def test_other_keys_are_taken_up_and_nothing_else(scene: Scene, second: KeyPair) -> None:
    provider = ServiceProvider(scene.wayf, PUBLIC_URL, INSTITUTION)
    before = provider.metadata()
    changed = replace(scene.wayf, encryption=(second,), service_name="Elsewhere", hub_entity_id="https://evil.example")
    assert provider.use_keys(changed)
    assert not provider.use_keys(changed)
    scene_after = replace(scene, sp=provider)
    assert scene_after.refusal(scene.xml()) == "decryption"
    xml = messages.login_response(scene.response(), scene.hub, certificate(second))
    assert scene_after.read(xml).name == "Ida Ørsted"
    assert provider.metadata() != before
    assert b"Elsewhere" not in provider.metadata()


@pytest.fixture
def watched(scene: Scene, tmp_path: Path) -> tuple[Path, ServiceProvider, KeySource]:
    """A settings' file with the scene's keys, and who looks at it."""
    folder_with_files(tmp_path)
    for use, pair in (("signing", scene.wayf.signing), ("encryption", scene.wayf.encryption[0])):
        (tmp_path / f"keys/{use}.key").write_bytes(pair.key_file.read_bytes())
        (tmp_path / f"keys/{use}.crt").write_bytes(pair.certificate_file.read_bytes())
    path = write(tmp_path, filled_in())
    keys = [KeyPair(tmp_path / f"keys/{use}.key", tmp_path / f"keys/{use}.crt") for use in ("signing", "encryption")]
    wayf = replace(scene.wayf, signing=keys[0], encryption=(keys[1],))
    provider = ServiceProvider(wayf, PUBLIC_URL, INSTITUTION)
    return path, provider, KeySource(path, provider)


def with_second(path: Path, second: KeyPair) -> None:
    table = f'[[wayf.encryption]]\nkey_file = "{second.key_file}"\ncertificate_file = "{second.certificate_file}"\n\n'
    write(path.parent, filled_in().replace("[[wayf.encryption]]\n", f"{table}[[wayf.encryption]]\n", 1))


def test_a_running_service_looks_at_its_settings_for_keys(
    watched: tuple[Path, ServiceProvider, KeySource], second: KeyPair, caplog: pytest.LogCaptureFixture
) -> None:
    path, provider, source = watched
    before = provider.metadata()
    with caplog.at_level(logging.INFO):
        source.keep_fresh()
        assert (provider.metadata(), caplog.messages) == (before, [])
        with_second(path, second)
        source.keep_fresh()
        source.keep_fresh()
    assert provider.metadata().count(b'use="encryption"') == 2
    assert caplog.messages == ["keys.changed"]


def test_settings_that_cannot_be_used_change_no_key(
    watched: tuple[Path, ServiceProvider, KeySource], second: KeyPair, caplog: pytest.LogCaptureFixture
) -> None:
    path, provider, source = watched
    before = provider.metadata()
    for text in ("[wayf\n", filled_in().replace("keys/encryption.key", "keys/signing.crt")):
        write(path.parent, text)
        source.keep_fresh()
    mixed = KeyPair(second.key_file, path.parent / "keys/encryption.crt")
    with_second(path, mixed)
    source.keep_fresh()
    path.unlink()
    source.keep_fresh()
    assert provider.metadata() == before
    assert [message.split("=")[0] for message in caplog.messages] == [
        "keys.unusable faults",
        "keys.unusable problem",
        "keys.unusable problem",
    ]
    assert not os.path.lexists(path)
