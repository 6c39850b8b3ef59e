"""Key pairs: made once, never overwritten, and believed only when they fit."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from resetapp.demo.messages import HubKey
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.keys import create_key_pair, matches, read_certificate, read_key_pair, read_private_key
from resetapp.settings import KeyPair
from tests.builders import NOON
from tests.saml.scene import Scene


def pair_in(folder: Path, name: str = "new") -> KeyPair:
    return KeyPair(folder / f"{name}.key", folder / f"{name}.crt")


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption | None = None
) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_a_new_pair_is_strong_private_and_lasts_ten_years(tmp_path: Path) -> None:
    pair = pair_in(tmp_path)
    create_key_pair(pair, "https://password.example.dk/" + "x" * 64, NOON)
    key, certificate = read_key_pair(pair)
    assert key.key_size == 3072
    assert stat.S_IMODE(pair.key_file.stat().st_mode) == 0o600
    assert matches(key, certificate)
    assert certificate.not_valid_before_utc == NOON
    assert certificate.not_valid_after_utc - NOON == timedelta(days=3650)
    assert certificate.subject.rfc4514_string() == "CN=" + ("https://password.example.dk/" + "x" * 64)[:64]


@pytest.mark.parametrize("taken", ["key_file", "certificate_file"])
def test_a_pair_is_never_overwritten_and_never_left_half(tmp_path: Path, taken: str) -> None:
    pair = pair_in(tmp_path)
    there: Path = getattr(pair, taken)
    there.write_text("precious")
    with pytest.raises(SamlConfigurationError, match=str(there)) as caught:
        create_key_pair(pair, "x", NOON)
    assert there.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == [there.name]
    assert caught.value.remedy


def test_a_link_laid_out_for_the_key_is_not_followed(tmp_path: Path) -> None:
    pair = pair_in(tmp_path)
    pair.key_file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SamlConfigurationError):
        create_key_pair(pair, "x", NOON)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(HubKey.create("short", 1024).private),
        pem(rsa.generate_private_key(65537, 2048), BestAvailableEncryption(b"secret")),
    ],
    ids=["empty", "rubbish", "elliptic curve", "short", "encrypted"],
)
def test_a_file_that_holds_no_usable_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    with pytest.raises(SamlConfigurationError, match=str(path)):
        read_private_key(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SamlConfigurationError, match="FileNotFoundError") as caught:
        read_private_key(tmp_path / "a.key")
    assert str(tmp_path / "a.key") in caught.value.problem
    with pytest.raises(SamlConfigurationError, match=r"a\.crt"):
        read_certificate(tmp_path / "a.crt")


def test_a_certificate_of_another_key_is_refused(scene: Scene) -> None:
    signing, encryption = scene.wayf.signing, scene.wayf.encryption[0]
    mixed = KeyPair(signing.key_file, encryption.certificate_file)
    with pytest.raises(SamlConfigurationError, match="does not belong"):
        scene.set_up(signing=mixed)
    with pytest.raises(SamlConfigurationError, match="does not belong"):
        scene.set_up(encryption=(mixed,))
    rubbish = KeyPair(signing.key_file, scene.folder / "hub.xml")
    with pytest.raises(SamlConfigurationError, match="not a certificate"):
        scene.set_up(signing=rubbish)
