"""Who answers on a host, looked at step by step for check-config. Nothing secret is sent, so nobody need be trusted."""

import contextlib
import hashlib
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from resetapp.directory.hosts import Host
from resetapp.directory.session import Session, SessionBroken, Timeouts


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server showed. Names are empty when the certificate could not be taken apart."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    ends: str
    fingerprint: str  # SHA-256 of the DER form, hexadecimal

    def __str__(self) -> str:
        names = ", ".join(self.names) or "no name"
        known = f'"{self.subject}" for {names}, issued by "{self.issuer}", until {self.ends}'
        return f"{known if self.subject else 'a certificate'}, SHA-256 {self.fingerprint}"


def addresses(host: Host) -> tuple[str, ...]:
    """Raises OSError when the name is not known."""
    found = socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def accepts(host: Host, timeout: float) -> bool:
    try:
        with socket.create_connection((host.name, host.port), timeout):
            return True
    except OSError:
        return False


def shown_certificate(host: Host, timeouts: Timeouts) -> Certificate | None:
    """What the server shows to whoever asks, verified or not; None when it speaks no TLS."""
    seen = _handshake(host, timeouts, _trusting(None))
    if seen is None:
        return None
    octets, _ = seen
    # Python takes a certificate apart only after verifying it: so let it trust this very one
    again = _handshake(host, timeouts, _trusting(ssl.DER_cert_to_PEM_cert(octets)))
    return _described(octets, again[1] if again else {})


def _trusting(certificate: str | None) -> ssl.SSLContext:
    """For looking only: never used on a connection that carries anything of worth."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if certificate else ssl.CERT_NONE
    if certificate:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=certificate)
    return context


def _handshake(host: Host, timeouts: Timeouts, context: ssl.SSLContext) -> tuple[bytes, dict[str, Any]] | None:
    try:
        with contextlib.closing(Session(host, context, timeouts, "", b"")) as session:
            return session.peer_certificate()
    except SessionBroken:
        return None


def _described(octets: bytes, parts: Mapping[str, Any]) -> Certificate:
    """`parts`: as `ssl.SSLSocket.getpeercert` takes a certificate apart."""
    return Certificate(
        subject=_name(parts.get("subject", ())),
        issuer=_name(parts.get("issuer", ())),
        names=tuple(str(name) for _, name in parts.get("subjectAltName", ())),
        ends=str(parts.get("notAfter", "")),
        fingerprint=hashlib.sha256(octets).hexdigest(),
    )


def _name(rdns: Iterable[Iterable[tuple[str, str]]]) -> str:
    return ", ".join(f"{attribute}={value}" for rdn in rdns for attribute, value in rdn)
