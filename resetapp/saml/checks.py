"""What `resetapp check-config` says about the SAML side: our keys and the hub's metadata. Reads only."""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from resetapp.core.checks import Check
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.hub import Hub, read_hub
from resetapp.saml.keys import RECOMMENDED_KEY, matches, read_certificate, read_private_key
from resetapp.settings.model import KeyPair, Wayf

_WARN_DAYS = 60  # S-18
_METADATA_WARNING = timedelta(hours=24)
_OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
_HUB = "hub metadata"


def check_saml(wayf: Wayf, now: datetime) -> list[Check]:
    """Every fault at once, each with its remedy."""
    checks = list(_pair("signing key", wayf.signing, now))
    for number, pair in enumerate(wayf.encryption, 1):
        checks += _pair(f"encryption key {number}", pair, now)
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
    yield _days_left(subject, certificate, now)


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


def _days_left(subject: str, certificate: x509.Certificate, now: datetime) -> Check:
    """WAYF itself does not ask (wayf.md 5.3), but a certificate near its end tells that the key is old."""
    days = (certificate.not_valid_after_utc - now).days
    return _check(
        subject,
        "certificate is valid",
        certificate.not_valid_before_utc <= now and days >= _WARN_DAYS,
        f"{days} days left",
        "Make a new pair and change to it together with WAYF, as the operator's guide says.",
    )


def _keys_apart(wayf: Wayf) -> Check:
    """One key for both would sign what an attacker has it decrypt, and could not be changed alone (T5)."""
    try:
        signing = read_private_key(wayf.signing.key_file)
        shared = any(matches(signing, read_certificate(pair.certificate_file)) for pair in wayf.encryption)
    except SamlConfigurationError:
        shared = False  # which file it is has been told above
    detail = "one key for both" if shared else "no key for both"
    return _check("keys", "signing and encryption apart", not shared, detail, "Make a pair of its own for encryption.")


def _hub(wayf: Wayf, now: datetime) -> Iterator[Check]:
    try:
        hub = read_hub(wayf.hub_metadata_file, wayf.hub_entity_id)
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
    yield _validity(hub, now)


def _hub_keys(hub: Hub) -> Check:
    sizes = ", ".join(str(key.key_size) for key in hub.signing_keys)
    passed_over = f"; {hub.passed_over} not RSA or too short, never believed" if hub.passed_over else ""
    remedy = "Ask WAYF about the other key; what it signs is refused."
    return _check(_HUB, "signing keys", not hub.passed_over, f"RSA, {sizes} bits{passed_over}", remedy)


def _validity(hub: Hub, now: datetime) -> Check:
    if hub.valid_until is None:
        return _check(_HUB, "still valid", True, "has no end date", "")
    return _check(
        _HUB,
        "still valid",
        hub.valid_until - now > _METADATA_WARNING,
        f"until {hub.valid_until:%Y-%m-%d %H:%M} UTC",
        "Fetch the hub's metadata anew, compare it and restart the service: after that moment nobody can log in.",
    )
