"""The hub's metadata: read strictly, and every fault named with its file."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.demo import messages
from resetapp.demo.messages import HubKey
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.hub import Hub
from resetapp.saml.hub_source import read_file_of
from resetapp.settings import KeyPair, Wayf
from tests.saml.scene import HUB, Scene

SSO = f"{HUB}/sso"
SLO = f"{HUB}/slo"
KEY_DESCRIPTOR = b'<md:KeyDescriptor use="signing">'
REDIRECT = b"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = b"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def honest(scene: Scene) -> bytes:
    return messages.hub_metadata(HUB, SSO, SLO, [scene.hub])


def read(folder: Path, xml: bytes) -> Hub:
    path = folder / "hub.xml"
    path.write_bytes(xml)
    return read_from(path)


def read_from(path: Path) -> Hub:
    pair = KeyPair(path, path)  # not looked at here
    wayf = Wayf(
        entity_id="https://sp.example",
        hub_entity_id=HUB,
        hub_metadata_file=path,
        signing=pair,
        encryption=(pair,),
        service_name="",
        service_name_en="",
        purpose="",
        purpose_en="",
        technical_contact="",
    )
    return read_file_of(wayf).hub


def test_endpoints_and_keys_are_read(scene: Scene, tmp_path: Path) -> None:
    hub = read(tmp_path, honest(scene))
    assert (hub.sso_url, hub.slo_url, hub.slo_response_url) == (SSO, SLO, SLO)
    assert [key.public_numbers() for key in hub.signing_keys] == [scene.hub.private.public_key().public_numbers()]
    assert (hub.passed_over, hub.valid_until) == (0, None)


def test_the_hub_is_found_in_a_feed_of_many(scene: Scene, tmp_path: Path) -> None:
    other = messages.hub_metadata(
        "https://other.example", "https://other.example/sso", None, [HubKey.create("x", 2048)]
    )
    feed = b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2026-12-01T00:00:00Z">'
    bare = [xml.partition(b"?>")[2] for xml in (other, honest(scene))]
    hub = read(tmp_path, feed + b"<!-- fetched today -->" + b"".join(bare) + b"</md:EntitiesDescriptor>")
    assert hub.sso_url == SSO
    assert hub.valid_until == datetime(2026, 12, 1, tzinfo=UTC)


def test_the_earliest_end_counts(scene: Scene, tmp_path: Path) -> None:
    xml = honest(scene).replace(b" entityID=", b' validUntil="2027-01-01T00:00:00Z" entityID=')
    assert read(tmp_path, xml).valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    xml = xml.replace(b"<md:IDPSSODescriptor ", b'<md:IDPSSODescriptor validUntil="2026-12-24T00:00:00Z" ')
    hub = read(tmp_path, xml)
    assert hub.valid_until == datetime(2026, 12, 24, tzinfo=UTC)
    assert hub.expired(datetime(2026, 12, 24, tzinfo=UTC))
    assert not hub.expired(datetime(2026, 12, 23, 23, 59, 59, tzinfo=UTC))


def test_a_key_without_a_use_signs_too_and_one_for_encryption_does_not(scene: Scene, tmp_path: Path) -> None:
    assert len(read(tmp_path, honest(scene).replace(b' use="signing"', b"")).signing_keys) == 1
    with pytest.raises(SamlConfigurationError, match="no signing certificate"):
        read(tmp_path, honest(scene).replace(b' use="signing"', b' use="encryption"'))


def test_short_keys_are_passed_over_and_counted(scene: Scene, tmp_path: Path) -> None:
    short = HubKey.create("short", 1024)
    hub = read(tmp_path, messages.hub_metadata(HUB, SSO, SLO, [short, scene.hub]))
    assert (len(hub.signing_keys), hub.passed_over) == (1, 1)
    with pytest.raises(SamlConfigurationError, match="2048"):
        read(tmp_path, messages.hub_metadata(HUB, SSO, SLO, [short]))


def test_plain_http_is_for_this_machine_only(scene: Scene, tmp_path: Path) -> None:
    local = read(tmp_path, messages.hub_metadata(HUB, "http://127.0.0.1:8080/sso", "http://[::1]:81/slo", [scene.hub]))
    assert (local.sso_url, local.slo_url) == ("http://127.0.0.1:8080/sso", "http://[::1]:81/slo")
    for url in ("http://hub.example.org/sso", "ftp://hub.example.org", "javascript:alert(1)", "", "/sso", "https://"):
        with pytest.raises(SamlConfigurationError, match="https"):
            read(tmp_path, messages.hub_metadata(HUB, url, SLO, [scene.hub]))
        with pytest.raises(SamlConfigurationError, match="https"):
            read(tmp_path, messages.hub_metadata(HUB, SSO, url or " ", [scene.hub]))


def of_an_unknown_kind(xml: bytes) -> bytes:
    """The certificate's key says that it is of a kind that nobody has defined (1.2.840.113549.1.1.99)."""
    before, start, rest = xml.partition(b"<ds:X509Certificate>")
    written, end, after = rest.partition(b"</ds:X509Certificate>")
    octets = b64decode(written).replace(
        bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d010163")
    )
    return before + start + b64encode(octets) + end + after


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        assert old in xml
        return xml.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda _: b"", "not the XML"),
        (lambda _: b"hello", "not the XML"),
        (lambda xml: xml[:-9], "not the XML"),
        (lambda xml: xml.replace(b"?>", b"?><!DOCTYPE a>", 1), "not the XML"),
        (lambda _: b"<html/>", "0 times"),
        (replaced(HUB.encode() + b'"', b'https://other.example"'), "0 times"),
        (replaced(b"IDPSSODescriptor", b"SPSSODescriptor"), "IDPSSODescriptor"),
        (replaced(b"SAML:2.0:protocol", b"SAML:1.1:protocol"), "IDPSSODescriptor"),
        (replaced(REDIRECT, POST), "SingleSignOnService"),
        (replaced(b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA"), "cannot be read"),
        (of_an_unknown_kind, "no signing certificate"),
        (replaced(KEY_DESCRIPTOR, KEY_DESCRIPTOR.replace(b"signing", b"other")), "no signing certificate"),
        (replaced(b" entityID=", b' validUntil="soon" entityID='), "not the XML"),
    ],
)
def test_a_fault_in_the_metadata_is_named_with_its_file(
    scene: Scene, tmp_path: Path, change: Callable[[bytes], bytes], problem: str
) -> None:
    with pytest.raises(SamlConfigurationError, match=problem) as caught:
        read(tmp_path, change(honest(scene)))
    assert str(tmp_path / "hub.xml") in caught.value.problem
    assert caught.value.remedy


def test_the_same_entity_twice_is_ambiguous(scene: Scene, tmp_path: Path) -> None:
    one = honest(scene).partition(b"?>")[2]
    feed = b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">'
    with pytest.raises(SamlConfigurationError, match="2 times"):
        read(tmp_path, feed + one + one + b"</md:EntitiesDescriptor>")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SamlConfigurationError, match=r"nowhere\.xml"):
        read_from(tmp_path / "nowhere.xml")
