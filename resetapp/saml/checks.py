"""What `resetapp check-config` says about the SAML side: our keys and the hub's metadata. Reads only."""

import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from resetapp.core.checks import Check
from resetapp.saml.expiry import HUB_METADATA, Expiry, Severity, certificate_expiry, hub_expiry, is_renewed
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.feed import read_signers
from resetapp.saml.hub import Hub
from resetapp.saml.hub_source import fetches_of, read_file_of
from resetapp.saml.keys import RECOMMENDED_KEY, fingerprint, matches, read_certificate, read_private_key
from resetapp.settings.model import KeyPair, Wayf

_OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
_HUB = HUB_METADATA


def check_saml(wayf: Wayf, now: datetime) -> list[Check]:
    """Every fault at once, each with its remedy."""
    checks = list(_pair("signing key", wayf.signing, now))
    for number, pair in enumerate(wayf.also_signing, 2):
        checks += _pair(f"signing key {number}", pair, now)
    for number, pair in enumerate(wayf.encryption, 1):
        checks += _pair(f"encryption key {number}", pair, now)
    for number, path in enumerate(wayf.hub_metadata_certificate_files, 1):
        checks += _signer(f"metadata signer {number}", path, now)
    return [*checks, _keys_apart(wayf), *_hub(wayf, now)]


def _check(subject: str, name: str, ok: bool, detail: str, remedy: str) -> Check:
    return Check(subject, name, ok, detail, "" if ok else remedy)


def _unreadable(subject: str, error: SamlConfigurationError) -> Check:
    return _check(subject, "readable", False, error.problem, error.remedy)


def _pair(subject: str, pair: KeyPair, now: datetime) -> Iterator[Check]:
    try:
        key, certificate = read_private_key(pair.key_file), read_certificate(pair.certificate_file)
    except SamlConfigurationError as error:
        yield _unreadable(subject, error)
        return
    yield _check(subject, "readable", True, _size(key), "")
    yield _secrecy(subject, pair)
    remedy = f"Give the certificate that was made with {pair.key_file}."
    yield _check(subject, "certificate fits", matches(key, certificate), str(pair.certificate_file), remedy)
    renew = "Make a new pair and change to it together with WAYF: `resetapp keys rotate`, as the operator's guide says."
    yield _days_left(subject, pair.certificate_file, now, renew)


def _size(key: RSAPrivateKey) -> str:
    advice = "" if key.key_size >= RECOMMENDED_KEY else f"; {RECOMMENDED_KEY} bits are recommended for the next one"
    return f"RSA, {key.key_size} bits{advice}"


def _secrecy(subject: str, pair: KeyPair) -> Check:
    mode = stat.S_IMODE(pair.key_file.stat().st_mode)
    return _check(
        subject,
        "only for its owner",
        not mode & _OTHERS_MAY_READ,
        f"{pair.key_file} has mode {mode:04o}",
        f"chmod 600 {pair.key_file}; if others may have read it, make a new key and tell WAYF.",
    )


def _days_left(subject: str, path: Path, now: datetime, remedy: str) -> Check:
    """WAYF itself does not ask (wayf.md 5.3), but a certificate near its end tells that the key is old (S-18)."""
    expiry, begun = certificate_expiry(subject, path, now), read_certificate(path).not_valid_before_utc <= now
    ok = begun and expiry is not None and not expiry.severity
    return _check(subject, "certificate is valid", ok, str(expiry) if begun else "begins in the future", remedy)


def _signer(subject: str, path: Path, now: datetime) -> Iterator[Check]:
    try:
        read_signers([path])
    except SamlConfigurationError as error:
        yield _unreadable(subject, error)
        return
    yield _check(subject, "readable", True, f"SHA-256 {fingerprint(read_certificate(path))}", "")
    remedy = "Ask WAYF for the certificate that signs from then on, and name both while they change."
    yield _days_left(subject, path, now, remedy)


def _keys_apart(wayf: Wayf) -> Check:
    """One key for both would sign what an attacker has it decrypt, and could not be changed alone (T5)."""
    try:
        signing = [read_private_key(pair.key_file) for pair in (wayf.signing, *wayf.also_signing)]
        encryption = [read_certificate(pair.certificate_file) for pair in wayf.encryption]
        shared = any(matches(key, certificate) for key in signing for certificate in encryption)
    except SamlConfigurationError:
        shared = False  # which file it is has been told above
    detail = "one key for both" if shared else "no key for both"
    return _check("keys", "signing and encryption apart", not shared, detail, "Make a pair of its own for encryption.")


def _hub(wayf: Wayf, now: datetime) -> Iterator[Check]:
    try:
        hub = read_file_of(wayf).hub
    except SamlConfigurationError as error:
        yield _unreadable(_HUB, error)
        return
    yield _check(_HUB, "readable", True, f"{hub.entity_id}, login at {hub.sso_url}", "")
    yield _hub_keys(hub)
    yield _check(
        _HUB,
        "logout endpoint",
        hub.slo_url is not None,
        hub.slo_url or "no SingleLogoutService with HTTP-Redirect",
        "Ask WAYF: without it a login is ended here only, and theirs lives on.",
    )
    yield _validity(hub_expiry(wayf, hub, now))
    if wayf.hub_metadata_url:
        yield _renewal(wayf, now)


def _hub_keys(hub: Hub) -> Check:
    sizes = ", ".join(str(key.key_size) for key in hub.signing_keys)
    passed_over = f"; {hub.passed_over} not RSA or too short, never believed" if hub.passed_over else ""
    remedy = "Ask WAYF about the other key; what it signs is refused."
    return _check(_HUB, "signing keys", not hub.passed_over, f"RSA, {sizes} bits{passed_over}", remedy)


def _validity(expiry: Expiry | None) -> Check:
    """Files with hand-fetched metadata often live for weeks only, so the first two warnings are words, not faults."""
    if expiry is None:
        return _check(_HUB, "still valid", True, "has no end date", "")
    return _check(
        _HUB,
        "still valid",
        expiry.severity not in (Severity.URGENT, Severity.EXPIRED),
        str(expiry),
        "Get the hub's metadata anew, as the operator's guide says: after that moment nobody can log in.",
    )


def _renewal(wayf: Wayf, now: datetime) -> Check:
    fetches = fetches_of(wayf)
    last = f"{fetches.succeeded:%Y-%m-%d %H:%M} UTC" if fetches.succeeded else "never"
    failure = f"; the last attempt: {fetches.failure}" if fetches.failure else ""
    return _check(
        _HUB,
        "refreshed",
        is_renewed(wayf, now),
        f"last from {wayf.hub_metadata_url}: {last}{failure}",
        "Run `resetapp fetch-metadata` as the service's user; it says what is wrong.",
    )
