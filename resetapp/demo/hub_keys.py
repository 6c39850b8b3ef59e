"""RSA keys and self-signed certificates of the simulated hub."""

import base64
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class HubKey:
    """A signing key with its certificate. Made fresh for each demo; worth nothing outside it."""

    private: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def create(cls, common_name: str, bits: int = 3072) -> "HubKey":
        private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        return cls(private, _self_signed(private, common_name))

    @classmethod
    def kept_in(cls, folder: Path, name: str, bits: int = 3072) -> "HubKey":
        """Reads `name`.key and `name`.crt, or makes them."""
        key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.crt"
        if key_file.is_file() and certificate_file.is_file():
            return cls.from_pem(key_file.read_bytes(), certificate_file.read_bytes())
        key = cls.create(f"resetapp demo {name}", bits)
        _write_secret(key_file, key.private_pem())
        certificate_file.write_bytes(key.certificate.public_bytes(_PEM))
        return key

    @classmethod
    def from_pem(cls, private: bytes, certificate: bytes) -> "HubKey":
        """Raises ValueError if it is no RSA key."""
        loaded = serialization.load_pem_private_key(private, password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise ValueError("the hub's key must be an RSA key")
        return cls(loaded, x509.load_pem_x509_certificate(certificate))

    def private_pem(self) -> bytes:
        plain = serialization.NoEncryption()
        return self.private.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, plain)

    def certificate_text(self) -> str:
        """Base64 of the DER form on one line, as in ds:X509Certificate."""
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()


def _self_signed(private: rsa.RSAPrivateKey, common_name: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    return builder.sign(private, hashes.SHA256())


def _write_secret(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
