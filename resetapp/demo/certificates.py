"""A certificate authority for the demo's and the tests' own servers, made fresh each time; never for production.

The certificates hold what strict verification asks for (RFC 5280: key usage, subject and authority key identifiers).
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=30)
_BACKDATED = timedelta(minutes=5)  # clocks of containers differ a little


@dataclass(frozen=True, slots=True)
class Authority:
    """A self-signed CA: its certificate, and the key that signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """PEM files of one server."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """What a TLS server and its clients need, and what they must refuse."""

    ca: Path
    server: ServerFiles  # for localhost, 127.0.0.1 and ::1
    wrong_name: ServerFiles  # by the same CA, for another host
    other_ca: Path  # signed none of them


def make_certificates(folder: Path, now: datetime) -> ServerCertificates:
    """Writes everything into `folder`, which is made if needed; keys are readable by their owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, other = make_authority("resetapp demo CA", now), make_authority("unrelated demo CA", now)
    return ServerCertificates(
        ca=_write_certificate(folder / "ca.pem", authority.certificate),
        server=_make_server(folder, "server", ("localhost", "127.0.0.1", "::1"), authority, now),
        wrong_name=_make_server(folder, "wrong-name", ("other.example.net",), authority, now),
        other_ca=_write_certificate(folder / "other-ca.pem", other.certificate),
    )


def make_authority(name: str, now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    builder = _builder(subject, subject, key.public_key(), now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(_authority_key(key.public_key()), critical=False)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def _make_server(folder: Path, stem: str, hosts: tuple[str, ...], authority: Authority, now: datetime) -> ServerFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(hosts[0]), authority.certificate.subject, key.public_key(), now)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(h) for h in hosts]), critical=False)
    builder = builder.add_extension(_authority_key(authority.key.public_key()), critical=False)
    certificate = builder.sign(authority.key, hashes.SHA256())
    return ServerFiles(_write_certificate(folder / f"{stem}.pem", certificate), _write_key(folder / f"{stem}.key", key))


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _authority_key(public: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(public)


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_certificate(path: Path, certificate: x509.Certificate) -> Path:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    path.touch(mode=0o600)  # before there is anything in it
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
