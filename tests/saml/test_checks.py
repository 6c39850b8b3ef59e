"""What check-config says about keys and the hub's metadata."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from resetapp.core.checks import Check
from resetapp.demo import messages
from resetapp.demo.messages import HubKey
from resetapp.saml.checks import check_saml
from resetapp.settings import KeyPair
from tests.builders import NOON
from tests.saml.scene import HUB, Scene


def faults(scene: Scene, days: float = 0, **changes: Any) -> dict[tuple[str, str], Check]:
    checks = check_saml(replace(scene.wayf, **changes), NOON + timedelta(days=days))
    assert all(bool(check.remedy) != check.ok for check in checks), "a remedy stands with each fault, and only there"
    return {(check.subject, check.name): check for check in checks if not check.ok}


def test_a_sound_set_up_has_no_faults(scene: Scene) -> None:
    assert faults(scene) == {}
    subjects = {check.subject for check in check_saml(scene.wayf, NOON)}
    assert subjects == {"signing key", "encryption key 1", "keys", "hub metadata"}


def test_every_fault_is_told_at_once(scene: Scene, tmp_path: Path) -> None:
    nowhere = KeyPair(tmp_path / "no.key", tmp_path / "no.crt")
    found = faults(scene, signing=nowhere, encryption=(nowhere, nowhere), hub_metadata_file=tmp_path / "no.xml")
    assert {subject for subject, _ in found} == {"signing key", "encryption key 1", "encryption key 2", "hub metadata"}


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o644])
def test_a_key_that_others_may_read_or_change_is_a_fault(scene: Scene, tmp_path: Path, mode: int) -> None:
    key_file = tmp_path / "a.key"
    key_file.write_bytes(scene.wayf.signing.key_file.read_bytes())
    key_file.chmod(mode)
    found = faults(scene, signing=KeyPair(key_file, scene.wayf.signing.certificate_file))
    assert list(found) == [("signing key", "only for its owner")]
    key_file.chmod(0o400)
    assert faults(scene, signing=KeyPair(key_file, scene.wayf.signing.certificate_file)) == {}


def test_a_certificate_of_another_key_is_a_fault(scene: Scene) -> None:
    mixed = KeyPair(scene.wayf.encryption[0].key_file, scene.wayf.signing.certificate_file)
    found = faults(scene, encryption=(mixed,))
    assert ("encryption key 1", "certificate fits") in found


def test_one_key_for_both_is_a_fault(scene: Scene) -> None:
    assert list(faults(scene, encryption=(scene.wayf.signing,))) == [("keys", "signing and encryption apart")]
    second = (*scene.wayf.encryption, scene.wayf.signing)
    assert list(faults(scene, encryption=second)) == [("keys", "signing and encryption apart")]


def test_the_end_of_a_certificate_is_told_sixty_days_ahead(scene: Scene) -> None:
    assert faults(scene, days=3650 - 60.01) == {}
    expected = [("signing key", "certificate is valid"), ("encryption key 1", "certificate is valid")]
    assert list(faults(scene, days=3650 - 60)) == expected
    assert list(faults(scene, days=3651)) == expected
    assert list(faults(scene, days=-1)) == expected


def test_a_short_key_is_read_with_an_advice(scene: Scene, tmp_path: Path) -> None:
    key_file = tmp_path / "a.key"
    private = rsa.generate_private_key(65537, 2048)
    key_file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key_file.chmod(0o600)
    wayf = replace(scene.wayf, signing=KeyPair(key_file, scene.wayf.signing.certificate_file))
    first = check_saml(wayf, NOON)[0]
    assert first.ok
    assert "3072 bits are recommended" in first.detail


def with_hub(scene: Scene, folder: Path, **changes: Any) -> Path:
    keys = changes.pop("keys", [scene.hub])
    path = folder / "hub.xml"
    path.write_bytes(messages.hub_metadata(HUB, f"{HUB}/sso", changes.pop("slo", f"{HUB}/slo"), keys, **changes))
    return path


def test_a_hub_without_logout_is_a_fault(scene: Scene, tmp_path: Path) -> None:
    found = faults(scene, hub_metadata_file=with_hub(scene, tmp_path, slo=None))
    assert list(found) == [("hub metadata", "logout endpoint")]


def test_a_weak_key_of_the_hub_is_a_fault(scene: Scene, tmp_path: Path) -> None:
    path = with_hub(scene, tmp_path, keys=[scene.hub, HubKey.create("short", 1024)])
    assert list(faults(scene, hub_metadata_file=path)) == [("hub metadata", "signing keys")]


def validity(scene: Scene, path: Path, days: float) -> Check:
    checks = check_saml(replace(scene.wayf, hub_metadata_file=path), NOON + timedelta(days=days))
    return next(check for check in checks if check.name == "still valid")


@pytest.mark.parametrize(
    ("left", "told", "ok"),
    [
        (60.1, "60 days left, until 2027-01-31 12:00 UTC", True),
        (60, "60 days left, until 2027-01-31 12:00 UTC (notice)", True),
        (30.1, "30 days left, until 2027-01-31 12:00 UTC (notice)", True),
        (30, "30 days left, until 2027-01-31 12:00 UTC (warning)", True),
        (7.1, "7 days left, until 2027-01-31 12:00 UTC (warning)", True),
        (7, "7 days left, until 2027-01-31 12:00 UTC (urgent)", False),
        (0.5, "less than a day left, until 2027-01-31 12:00 UTC (urgent)", False),
        (0, "is over, until 2027-01-31 12:00 UTC (expired)", False),
        (-3, "is over, until 2027-01-31 12:00 UTC (expired)", False),
    ],
)
def test_the_end_of_the_hubs_metadata_is_told_sixty_thirty_and_seven_days_ahead(
    scene: Scene, tmp_path: Path, left: float, told: str, ok: bool
) -> None:
    path = with_hub(scene, tmp_path, valid_until=NOON + timedelta(days=70))
    check = validity(scene, path, 70 - left)
    assert (check.detail, check.ok) == (told, ok)


def test_no_key_shows_in_what_is_printed(scene: Scene) -> None:
    private = scene.wayf.signing.key_file.read_text().splitlines()[1]
    assert private not in repr(check_saml(scene.wayf, NOON))
