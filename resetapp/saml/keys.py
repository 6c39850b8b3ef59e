"""Our RSA keys and their self-signed certificates, as PEM files."""

import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from resetapp.saml.faults import SamlConfigurationError
from resetapp.settings.model import KeyPair

SMALLEST_KEY = 2048  # bits; less is refused everywhere
RECOMMENDED_KEY = 3072  # S-18
_YEARS = 10  # WAYF ignores the expiry of certificates (wayf.md 5.3), so a key is changed when we choose to
_LONGEST_COMMON_NAME = 64  # RFC 5280, ub-common-name


class DecryptionKey(Protocol):
    """An RSA private key, as far as it opens messages."""

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding) -> bytes: ...


def read_file(path: Path) -> bytes:
    """Raises SamlConfigurationError, which names the file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SamlConfigurationError(
            f"{path}: cannot be read ({type(error).__name__}).", "Put the file there, readable for the service's user."
        ) from None


def read_private_key(path: Path) -> RSAPrivateKey:
    """An RSA key of at least 2048 bits, not encrypted. Raises SamlConfigurationError."""
    try:
        key = load_pem_private_key(read_file(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_KEY:
        raise SamlConfigurationError(
            f"{path}: is not an RSA private key of at least {SMALLEST_KEY} bits in unencrypted PEM.",
            "Create a new pair with `resetapp init`, or give the right file.",
        )
    return key


def read_certificate(path: Path) -> x509.Certificate:
    """Raises SamlConfigurationError."""
    try:
        return x509.load_pem_x509_certificate(read_file(path))
    except ValueError:
        raise SamlConfigurationError(f"{path}: is not a certificate in PEM.", "Give the right file.") from None


def public_key_of(certificate: x509.Certificate) -> object:
    """None for a kind of key that the library does not know: it counts like any other that is not RSA.

    Raises ValueError when it cannot be read.
    """
    try:
        return certificate.public_key()
    except UnsupportedAlgorithm:
        return None


def read_key_pair(pair: KeyPair) -> tuple[RSAPrivateKey, x509.Certificate]:
    """A key and the certificate that belongs to it. Raises SamlConfigurationError."""
    key, certificate = read_private_key(pair.key_file), read_certificate(pair.certificate_file)
    if not matches(key, certificate):
        raise SamlConfigurationError(
            f"{pair.certificate_file}: does not belong to the key in {pair.key_file}.",
            "Give the pair's own certificate.",
        )
    return key, certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the DER form, in hexadecimal digits with colons, as openssl writes it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def public_name(key: rsa.RSAPublicKey) -> str:
    """SHA-256 of the public key: its name in what we remember."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def matches(key: RSAPrivateKey, certificate: x509.Certificate) -> bool:
    """The certificate holds the key's public half."""
    return _public_octets(key.public_key()) == _public_octets(public_key_of(certificate))


def _public_octets(key: object) -> bytes | None:
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def create_key_pair(pair: KeyPair, common_name: str, now: datetime) -> None:
    """A new RSA-3072 key, readable for its owner only, and its certificate. Never overwrites.

    Raises SamlConfigurationError when one of the files is there already or cannot be written; then neither is left.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=RECOMMENDED_KEY)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = _self_signed(key, common_name, now).public_bytes(Encoding.PEM)
    _write_new(pair.key_file, private, 0o600)
    try:
        _write_new(pair.certificate_file, certificate, 0o644)
    except SamlConfigurationError:
        pair.key_file.unlink()
        raise


def _self_signed(key: RSAPrivateKey, common_name: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:_LONGEST_COMMON_NAME])])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=_YEARS * 365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _write_new(path: Path, octets: bytes, mode: int) -> None:
    """O_EXCL: also a symbolic link that somebody laid there is not followed."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(octets)
    except OSError as error:
        raise SamlConfigurationError(
            f"{path}: cannot be created ({type(error).__name__}).",
            "Move the old file away if it is there, or give another path; keys are never overwritten.",
        ) from None
