"""What on the SAML side comes to an end, and how soon: for check-config, and for any page that shows the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.hub import Hub
from resetapp.saml.hub_source import fetches_of, read_file_of
from resetapp.saml.keys import read_certificate
from resetapp.settings.model import Wayf

HUB_METADATA = "hub metadata"
_DAY = timedelta(days=1)


class Severity(StrEnum):
    NONE = ""
    NOTICE = "notice"  # 60 days: plan it
    WARNING = "warning"  # 30 days: do it
    URGENT = "urgent"  # 7 days: nothing else comes first
    EXPIRED = "expired"


_LIMITS = ((timedelta(0), Severity.EXPIRED), (7 * _DAY, Severity.URGENT), (30 * _DAY, Severity.WARNING))
_FIRST = 60 * _DAY


@dataclass(frozen=True, slots=True)
class Expiry:
    """`subject` as in check-config: hub metadata, signing key, encryption key 1, metadata signer 1 …"""

    subject: str
    ends_at: datetime
    severity: Severity
    left: timedelta  # negative when it is over

    def __str__(self) -> str:
        """`29 days left, until 2026-12-24 12:00 UTC (warning)`"""
        days = self.left // _DAY
        told = f"{days} days left" if days > 0 else "less than a day left" if self.left > timedelta(0) else "is over"
        return f"{told}, until {self.ends_at:%Y-%m-%d %H:%M} UTC" + (f" ({self.severity})" if self.severity else "")


def severity(left: timedelta) -> Severity:
    """Each limit belongs to the graver side: on the 60th, 30th and 7th day before the end it is told."""
    found = next((grave for limit, grave in _LIMITS if left <= limit), None)
    return found or (Severity.NOTICE if left <= _FIRST else Severity.NONE)


def expiries(wayf: Wayf, now: datetime) -> list[Expiry]:
    """Everything with an end, the soonest first; `severity` is empty for what is far away. Reads files, never fetches.

    What cannot be read has no end here; check-config tells that it cannot be read.
    """
    found = [hub_expiry(wayf, _hub(wayf), now), *_certificates(wayf, now)]
    return sorted((each for each in found if each is not None), key=lambda each: each.ends_at)


def _hub(wayf: Wayf) -> Hub | None:
    try:
        return read_file_of(wayf).hub
    except SamlConfigurationError:
        return None


def hub_expiry(wayf: Wayf, hub: Hub | None, now: datetime) -> Expiry | None:
    """A feed lives for days or weeks and is renewed by itself: its end is near only when the renewing has stopped."""
    if hub is None or hub.valid_until is None:
        return None
    left = hub.valid_until - now
    renewed = bool(wayf.hub_metadata_url) and left > _DAY and is_renewed(wayf, now)
    return Expiry(HUB_METADATA, hub.valid_until, Severity.NONE if renewed else severity(left), left)


def is_renewed(wayf: Wayf, now: datetime) -> bool:
    """The last fetch that brought metadata is not older than a day, or three pauses where these are longer."""
    succeeded = fetches_of(wayf).succeeded
    return succeeded is not None and now - succeeded <= max(_DAY, 3 * wayf.hub_metadata_refresh)


def _certificates(wayf: Wayf, now: datetime) -> Iterator[Expiry | None]:
    """WAYF goes by the keys and never asks for these dates (wayf.md 5.3); they tell that a key grows old."""
    yield certificate_expiry("signing key", wayf.signing.certificate_file, now)
    for number, pair in enumerate(wayf.also_signing, 2):
        yield certificate_expiry(f"signing key {number}", pair.certificate_file, now)
    for number, pair in enumerate(wayf.encryption, 1):
        yield certificate_expiry(f"encryption key {number}", pair.certificate_file, now)
    for number, path in enumerate(wayf.hub_metadata_certificate_files, 1):
        yield certificate_expiry(f"metadata signer {number}", path, now)


def certificate_expiry(subject: str, path: Path, now: datetime) -> Expiry | None:
    """None when the file cannot be read."""
    try:
        ends_at = read_certificate(path).not_valid_after_utc
    except SamlConfigurationError:
        return None
    return Expiry(subject, ends_at, severity(ends_at - now), ends_at - now)
