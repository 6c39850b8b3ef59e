"""What comes to an end, as any page may ask for it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from resetapp.core.checks import Check
from resetapp.demo import messages
from resetapp.saml.checks import check_saml
from resetapp.saml.expiry import Severity, expiries
from resetapp.saml.hub_source import HubSource
from resetapp.settings import KeyPair, Wayf
from tests.builders import NOON, Clock
from tests.saml.feed_server import FeedServer, status
from tests.saml.scene import HUB, Scene
from tests.saml.test_hub_source import clock, server, wayf

__all__ = ["clock", "server", "wayf"]


def test_everything_with_an_end_is_listed_the_soonest_first(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "hub.xml"
    path.write_bytes(messages.hub_metadata(HUB, f"{HUB}/sso", None, [scene.hub], valid_until=NOON + timedelta(days=20)))
    settings = replace(scene.wayf, hub_metadata_file=path, also_signing=(scene.wayf.signing,))
    found = expiries(settings, NOON)
    assert [(each.subject, each.severity) for each in found] == [
        ("hub metadata", Severity.WARNING),
        ("signing key", Severity.NONE),
        ("signing key 2", Severity.NONE),
        ("encryption key 1", Severity.NONE),
    ]
    assert expiries(settings, NOON + timedelta(days=3650 - 6))[-1].severity is Severity.URGENT


def test_what_cannot_be_read_has_no_end(scene: Scene, tmp_path: Path) -> None:
    nowhere = KeyPair(tmp_path / "no.key", tmp_path / "no.crt")
    settings = replace(scene.wayf, signing=nowhere, encryption=(nowhere,), hub_metadata_file=tmp_path / "no.xml")
    assert expiries(settings, NOON) == []


def test_a_feed_that_is_renewed_has_no_near_end_and_one_that_is_not_has(
    wayf: Wayf, server: FeedServer, clock: Clock
) -> None:
    source = HubSource(wayf, clock)
    assert severity(wayf, clock) is Severity.NONE
    assert state(wayf, clock) == {"still valid": True, "refreshed": True}
    server.behaviour = status(503)
    clock.forward(hours=25)
    source.keep_fresh()
    assert severity(wayf, clock) is Severity.WARNING
    assert state(wayf, clock) == {"still valid": True, "refreshed": False}
    assert "could not be fetched (http-503)" in told(wayf, clock, "refreshed")
    clock.forward(days=8)
    assert severity(wayf, clock) is Severity.URGENT
    assert state(wayf, clock) == {"still valid": False, "refreshed": False}


def test_a_feed_in_its_last_day_is_urgent_however_fresh(wayf: Wayf, server: FeedServer, clock: Clock) -> None:
    clock.forward(days=13, hours=1)
    HubSource(wayf, clock)
    assert severity(wayf, clock) is Severity.URGENT


def test_the_pinned_certificates_are_checked_and_their_fingerprints_told(scene: Scene) -> None:
    wayf = replace(scene.wayf, hub_metadata_certificate_files=(scene.wayf.signing.certificate_file,))
    checks = signer_checks(wayf, 0)
    assert checks["readable"].detail.count(":") == 31
    assert checks["certificate is valid"].ok
    late = signer_checks(wayf, 3640)["certificate is valid"]
    assert "10 days left" in late.detail
    assert "(warning)" in late.detail
    assert "name both" in late.remedy


def test_a_pinned_certificate_that_is_none_is_told(scene: Scene) -> None:
    wayf = replace(scene.wayf, hub_metadata_certificate_files=(scene.wayf.signing.key_file,))
    assert not signer_checks(wayf, 0)["readable"].ok


def signer_checks(wayf: Wayf, days: float) -> dict[str, Check]:
    found = check_saml(wayf, NOON + timedelta(days=days))
    return {check.name: check for check in found if check.subject == "metadata signer 1"}


def test_a_feed_that_was_never_fetched_is_a_fault_with_a_remedy(wayf: Wayf, clock: Clock) -> None:
    (fault,) = (check for check in check_saml(wayf, clock()) if check.subject == "hub metadata")
    assert not fault.ok
    assert "fetch-metadata" in fault.remedy


def severity(wayf: Wayf, clock: Clock) -> Severity:
    return next(each.severity for each in expiries(wayf, clock()) if each.subject == "hub metadata")


def state(wayf: Wayf, clock: Clock) -> dict[str, bool]:
    names = ("still valid", "refreshed")
    return {check.name: check.ok for check in check_saml(wayf, clock()) if check.name in names}


def told(wayf: Wayf, clock: Clock, name: str) -> str:
    return next(check.detail for check in check_saml(wayf, clock()) if check.name == name)
