"""A signed feed: what is believed of it, and every way in which it may not be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from resetapp.demo import messages
from resetapp.demo.hub_crypto import DigestAlgorithm, SignatureAlgorithm, sign
from resetapp.demo.hub_keys import HubKey
from resetapp.saml.faults import Refused
from resetapp.saml.feed import Feed, read_feed
from resetapp.saml.hub import Unfit
from tests.builders import NOON
from tests.saml.scene import HUB, Scene

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
LONGEST = timedelta(days=30)
EVIL = HubKey.create("evil", 2048)


@pytest.fixture(scope="module")
def signer() -> HubKey:
    return HubKey.create("feed", 2048)


def entity(scene: Scene, name: str = HUB, key: HubKey | None = None) -> etree._Element:
    return etree.fromstring(messages.hub_metadata(name, f"{HUB}/sso", f"{HUB}/slo", [key or scene.hub]))


def group(*inside: etree._Element, days: float | None = 14, published: datetime | None = None) -> etree._Element:
    root = etree.Element(f"{MD}EntitiesDescriptor", {"ID": "_feed"}, nsmap={"md": MD[1:-1]})
    if days is not None:
        root.set("validUntil", f"{NOON + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}")
    if published is not None:
        rpi = "urn:oasis:names:tc:SAML:metadata:rpi"
        info = etree.SubElement(etree.SubElement(root, f"{MD}Extensions"), f"{{{rpi}}}PublicationInfo")
        info.set("creationInstant", f"{published:%Y-%m-%dT%H:%M:%SZ}")
    root.extend(inside)
    return root


def signed(root: etree._Element, key: HubKey, **how: Any) -> bytes:
    sign(root, key, position=0, **how)
    return etree.tostring(root)


def read(octets: bytes, *signers: HubKey) -> Feed:
    return read_feed(octets, HUB, [key.private.public_key() for key in signers])


def refusal(octets: bytes, *signers: HubKey) -> str:
    with pytest.raises(Refused) as caught:
        read(octets, *signers)
    return caught.value.reason


def keys_of(feed: Feed) -> list[int]:
    return [key.public_numbers().n for key in feed.hub.signing_keys]


def modulus(key: HubKey) -> int:
    return key.private.public_key().public_numbers().n


def test_a_signed_feed_is_read_by_any_of_the_pinned_keys(scene: Scene, signer: HubKey) -> None:
    octets = signed(group(entity(scene, "https://other.example"), entity(scene)), signer)
    assert read(octets, signer) == read(octets, EVIL, signer)
    assert keys_of(read(octets, signer)) == [modulus(scene.hub)]
    assert read(octets, signer).hub.valid_until == NOON + timedelta(days=14)


def test_a_single_entity_may_be_signed_as_well(scene: Scene, signer: HubKey) -> None:
    octets = messages.hub_metadata(HUB, f"{HUB}/sso", None, [scene.hub], feed_key=signer)
    assert keys_of(read(octets, signer)) == [modulus(scene.hub)]


def test_signatures_of_single_entities_inside_are_part_of_what_is_signed(scene: Scene, signer: HubKey) -> None:
    own = entity(scene)
    own.set("ID", "_own")
    sign(own, EVIL, position=0)
    assert keys_of(read(signed(group(own), signer), signer)) == [modulus(scene.hub)]


def test_an_unsigned_feed_is_refused(scene: Scene, signer: HubKey) -> None:
    assert refusal(etree.tostring(group(entity(scene))), signer) == "unsigned"
    own = entity(scene)
    own.set("ID", "_own")
    sign(own, signer, position=0)
    assert refusal(etree.tostring(group(own)), signer) == "unsigned", "a part that is signed does not sign the whole"


def test_another_key_is_refused_whatever_certificate_it_brings(scene: Scene, signer: HubKey) -> None:
    assert refusal(signed(group(entity(scene)), EVIL), signer) == "signature"
    root = group(entity(scene))
    sign(root, EVIL, position=0)
    root.find(f".//{DS}Signature/{DS}KeyInfo//{DS}X509Certificate").text = signer.certificate_text()
    assert refusal(etree.tostring(root), signer) == "signature"


@pytest.mark.parametrize(
    "change",
    [
        lambda octets: octets.replace(f"{HUB}/sso".encode(), b"https://evil.example/sso"),
        lambda octets: octets.replace(b"2026-12-06T", b"2027-12-06T"),
        lambda octets: octets.replace(b'use="signing"', b'use="encryption"'),
    ],
)
def test_a_changed_feed_is_refused(scene: Scene, signer: HubKey, change: Callable[[bytes], bytes]) -> None:
    honest = signed(group(entity(scene)), signer)
    assert change(honest) != honest
    assert refusal(change(honest), signer) == "digest"


def test_weak_algorithms_are_refused(scene: Scene, signer: HubKey) -> None:
    weak = signed(group(entity(scene)), signer, signature_algorithm=SignatureAlgorithm.RSA_SHA1)
    assert refusal(weak, signer) == "signature-algorithm"
    weak = signed(group(entity(scene)), signer, digest_algorithm=DigestAlgorithm.SHA1)
    assert refusal(weak, signer) == "digest-algorithm"


def wrapped_around(honest: etree._Element, evil: etree._Element) -> etree._Element:
    """The signed feed moves inside an evil one, which takes its signature and its ID."""
    outer = group(evil, honest)
    outer.insert(0, honest.find(f"{DS}Signature"))
    return outer


def put_beside(honest: etree._Element, evil: etree._Element) -> etree._Element:
    """An evil entity is laid into the feed after it was signed."""
    honest.insert(1, evil)
    return honest


def in_the_signature(honest: etree._Element, evil: etree._Element) -> etree._Element:
    """The evil entity hides in the signature's KeyInfo, which the enveloped transform takes out of the digest."""
    honest.find(f"{DS}Signature/{DS}KeyInfo").append(evil)
    return honest


def in_an_object(honest: etree._Element, evil: etree._Element) -> etree._Element:
    """The original is moved into a ds:Object, and an evil feed with another ID takes its place."""
    outer = group(evil)
    outer.set("ID", "_other")
    signature = honest.find(f"{DS}Signature")
    etree.SubElement(signature, f"{DS}Object").append(etree.fromstring(etree.tostring(honest)))
    outer.insert(0, signature)
    return outer


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (wrapped_around, "digest"),
        (put_beside, "digest"),
        (in_an_object, "signature-shape"),
    ],
)
def test_wrapping_gains_nothing(
    scene: Scene, signer: HubKey, attack: Callable[[etree._Element, etree._Element], etree._Element], reason: str
) -> None:
    honest = etree.fromstring(signed(group(entity(scene)), signer))
    assert refusal(etree.tostring(attack(honest, entity(scene, key=EVIL))), signer) == reason


def test_what_hides_in_the_signature_is_never_read(scene: Scene, signer: HubKey) -> None:
    honest = etree.fromstring(signed(group(entity(scene)), signer))
    octets = etree.tostring(in_the_signature(honest, entity(scene, key=EVIL)))
    assert keys_of(read(octets, signer)) == [modulus(scene.hub)]
    with pytest.raises(Unfit, match="2 times"):
        read(octets)  # the unsigned reading would have seen both


def test_a_signature_elsewhere_in_the_document_does_not_count(scene: Scene, signer: HubKey) -> None:
    root = etree.fromstring(signed(group(entity(scene)), signer))
    root.append(root.find(f"{DS}Signature"))
    assert refusal(etree.tostring(root), signer) == "unsigned"


def test_a_reference_to_anything_but_the_whole_is_refused(scene: Scene, signer: HubKey) -> None:
    for uri in ("", "#_own", "https://evil.example/feed.xml"):
        root = group(entity(scene))
        root[0].set("ID", "_own")
        sign(root, signer, position=0)
        reference = root.find(f".//{DS}Reference")
        reference.set("URI", uri)
        resign(root, signer)
        assert refusal(etree.tostring(root), signer) == "reference"


def resign(root: etree._Element, key: HubKey) -> None:
    """The signature's value made anew, after its SignedInfo was changed."""
    from base64 import b64encode

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    info = root.find(f"{DS}Signature/{DS}SignedInfo")
    octets = etree.tostring(info, method="c14n", exclusive=True)
    value = key.private.sign(octets, PKCS1v15(), hashes.SHA256())
    root.find(f"{DS}Signature/{DS}SignatureValue").text = b64encode(value).decode()


def test_a_dtd_is_refused_before_it_is_parsed(scene: Scene, signer: HubKey) -> None:
    octets = signed(group(entity(scene)), signer)
    assert refusal(b'<!DOCTYPE a [<!ENTITY x "y">]>' + octets, signer) == "markup-declaration"


def test_a_comment_changes_nothing_and_cuts_nothing(scene: Scene, signer: HubKey) -> None:
    octets = signed(group(entity(scene)), signer).replace(HUB.encode() + b"/sso", HUB.encode() + b"/sso", 1)
    commented = octets.replace(b"<ds:X509Certificate>", b"<ds:X509Certificate><!-- a comment -->")
    assert commented != octets
    assert read(commented, signer) == read(octets, signer)


def test_a_feed_without_the_hub_is_refused(scene: Scene, signer: HubKey) -> None:
    with pytest.raises(Unfit, match="0 times"):
        read(signed(group(entity(scene, "https://other.example")), signer), signer)


@pytest.mark.parametrize(
    ("days", "reason"),
    [(None, "no-end"), (0, "expired"), (-1, "expired"), (30.01, "valid-too-long"), (30, ""), (0.01, "")],
)
def test_the_end_must_be_told_and_near(scene: Scene, signer: HubKey, days: float | None, reason: str) -> None:
    feed = read(signed(group(entity(scene), days=days), signer), signer)
    if not reason:
        feed.need_current(NOON, LONGEST)
        return
    with pytest.raises(Refused) as caught:
        feed.need_current(NOON, LONGEST)
    assert caught.value.reason == reason


def test_the_end_of_a_group_within_the_feed_counts(scene: Scene, signer: HubKey) -> None:
    inner = group(entity(scene), days=2)
    inner.set("ID", "_inner")
    feed = read(signed(group(inner), signer), signer)
    assert feed.hub.valid_until == NOON + timedelta(days=2)


def test_older_is_told_by_the_publication_and_else_by_the_end(scene: Scene, signer: HubKey) -> None:
    def made(days: float, published: datetime | None = None) -> Feed:
        return read(signed(group(entity(scene), days=days, published=published), signer), signer)

    earlier, later = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
    assert made(14, earlier).older_than(made(13, later))
    assert not made(13, later).older_than(made(14, earlier))
    assert made(13).older_than(made(14, later))
    assert not made(14).older_than(made(14))
    assert not made(14).older_than(made(13))


def test_a_large_feed_is_read(scene: Scene, signer: HubKey) -> None:
    """Twenty megabytes: the size of a federation, beyond what the parser takes for a document by default."""
    many = [entity(scene, f"https://idp{number}.example") for number in range(11_000)]
    octets = signed(group(*many, entity(scene)), signer)
    assert len(octets) > 20_000_000
    assert keys_of(read(octets, signer)) == [modulus(scene.hub)]


def test_a_feed_beyond_all_size_is_refused_unread(signer: HubKey) -> None:
    assert refusal(b"<" * (48 * 1024 * 1024 + 1), signer) == "too-large"
