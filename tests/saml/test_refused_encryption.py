"""Rows 1, 9 and 11: outside references, weak or unknown algorithms, and failures that must all look alike."""

import os
import socket
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from lxml import etree

from resetapp.demo import messages
from resetapp.demo.messages import Cipher, KeyTransport
from resetapp.saml.keys import create_key_pair, read_certificate
from resetapp.settings import KeyPair
from tests.builders import NOON
from tests.saml.scene import CPR, DS, XENC, Change, Scene, add, at, double, gone, put, say

DATA = "saml:EncryptedAssertion/xenc:EncryptedData"
KEY = f"{DATA}/ds:KeyInfo/xenc:EncryptedKey"
XENC_URI = XENC[1:-1]
XENC11_URI = "http://www.w3.org/2009/xmlenc11#"


def xenc(path: str, name: str, index: int | None = None) -> Change:
    return add(path, f'<x:{name} xmlns:x="{XENC_URI}"/>', index)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (xenc(f"{DATA}/xenc:CipherData", "CipherReference"), "unknown-element"),
        (xenc(f"{KEY}/xenc:CipherData", "CipherReference"), "unknown-element"),
        (xenc(f"{DATA}/xenc:CipherData", "Transforms"), "unknown-element"),
        (add(f"{DATA}/ds:KeyInfo", '<ds:RetrievalMethod URI="http://127.0.0.1:9/"/>'), "unknown-element"),
        (add(f"{DATA}/ds:KeyInfo", "<ds:KeyName>x</ds:KeyName>"), "unknown-element"),
        (xenc(KEY, "ReferenceList"), "unknown-element"),
        (put(DATA, "Type", None), "encryption-shape"),
        (put(DATA, "Type", f"{XENC_URI}Content"), "encryption-shape"),
        (put(DATA, "Id", "_x"), "id-spelling"),
        (put(KEY, "Recipient", "x"), "unknown-attribute"),
        (gone(DATA), "encryption-shape"),
        (double(DATA), "encryption-shape"),
        (gone(KEY), "encryption-shape"),
        (double(KEY), "encryption-shape"),
        (gone(f"{DATA}/ds:KeyInfo"), "encryption-shape"),
        (gone(f"{DATA}/xenc:EncryptionMethod"), "encryption-shape"),
        (gone(f"{DATA}/xenc:CipherData"), "encryption-shape"),
        (gone(f"{DATA}/xenc:CipherData/xenc:CipherValue"), "encryption-shape"),
        (double(f"{DATA}/xenc:CipherData/xenc:CipherValue"), "encryption-shape"),
        (say(f"{DATA}/xenc:CipherData/xenc:CipherValue", ""), "encryption-shape"),
        (say(f"{DATA}/xenc:CipherData/xenc:CipherValue", "not base64!"), "base64"),
        (xenc(f"{DATA}/xenc:EncryptionMethod", "CipherValue"), "encryption-shape"),
        (gone(f"{KEY}/xenc:EncryptionMethod"), "encryption-shape"),
        (gone(f"{KEY}/xenc:CipherData/xenc:CipherValue"), "encryption-shape"),
        (say(f"{KEY}/xenc:CipherData/xenc:CipherValue", " "), "encryption-shape"),
        (put(f"{DATA}/xenc:EncryptionMethod", "Algorithm", None), "content-algorithm"),
        (put(f"{DATA}/xenc:EncryptionMethod", "Algorithm", f"{XENC_URI}tripledes-cbc"), "content-algorithm"),
        (put(f"{DATA}/xenc:EncryptionMethod", "Algorithm", f"{XENC_URI}aes256-cbc"), "content-algorithm"),
        (put(f"{KEY}/xenc:EncryptionMethod", "Algorithm", None), "key-transport"),
        (put(f"{KEY}/xenc:EncryptionMethod", "Algorithm", f"{XENC_URI}rsa-1_5"), "key-transport"),
        (put(f"{KEY}/xenc:EncryptionMethod", "Algorithm", f"{XENC_URI}kw-aes256"), "key-transport"),
        (put(f"{KEY}/xenc:EncryptionMethod", "Algorithm", f"{XENC11_URI}rsa-oaep"), "key-transport"),
        (put(f"{KEY}/xenc:EncryptionMethod/ds:DigestMethod", "Algorithm", f"{XENC_URI}sha256"), "key-transport"),
        (put(f"{KEY}/xenc:EncryptionMethod/ds:DigestMethod", "Algorithm", None), "key-transport"),
        (double(f"{KEY}/xenc:EncryptionMethod/ds:DigestMethod"), "key-transport"),
        (add(f"{KEY}/xenc:EncryptionMethod/ds:DigestMethod", "<ds:KeyInfo/>"), "key-transport"),
        (add(f"{KEY}/xenc:EncryptionMethod", f'<m:MGF xmlns:m="{XENC11_URI}" Algorithm="x"/>'), "key-transport"),
        (add(f"{KEY}/xenc:EncryptionMethod", f'<m:MGF xmlns:m="{XENC11_URI}"/>', 0), "key-transport"),
    ],
)
def test_another_shape_of_encryption_is_refused(scene: Scene, change: Change, reason: str) -> None:
    assert scene.refusal(scene.made(envelope=change)) == reason


def test_rsa_1_5_is_refused_though_it_could_be_decrypted(scene: Scene) -> None:
    assert scene.refusal(scene.xml(key_transport=KeyTransport.RSA_1_5)) == "key-transport"


def test_the_parameters_of_oaep_count_by_their_names(scene: Scene) -> None:
    def digest_for_mgf(response: etree._Element) -> None:
        at(f"{KEY}/xenc:EncryptionMethod/*[2]")(response).tag = f"{DS}DigestMethod"

    xml = scene.made(envelope=digest_for_mgf, key_transport=KeyTransport.OAEP_SHA256)
    assert scene.refusal(xml) == "key-transport"


def test_an_encrypted_key_beside_the_data_is_refused(scene: Scene) -> None:
    def beside(response: etree._Element) -> None:
        at("saml:EncryptedAssertion")(response).append(at(KEY)(response))

    assert scene.refusal(scene.made(envelope=beside)) == "encryption-shape"


def replaced(path: str, octets: bytes) -> Change:
    return say(path, messages.encoded(octets))


@pytest.mark.parametrize("length", [0, 16, 24, 32, 33, 64])
def test_a_content_key_of_the_wrong_length_fails_like_everything_else(scene: Scene, length: int) -> None:
    public = scene.certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    sha1 = SHA1()  # noqa: S303 - the hash of rsa-oaep-mgf1p
    wrapped = public.encrypt(os.urandom(length), OAEP(MGF1(sha1), sha1, None))
    xml = scene.made(envelope=replaced(f"{KEY}/xenc:CipherData/xenc:CipherValue", wrapped))
    assert scene.refusal(xml) == "decryption"


@pytest.mark.parametrize(
    ("cipher", "name"),
    [(Cipher.AES128_GCM, "aes256-gcm"), (Cipher.AES256_GCM, "aes128-gcm"), (Cipher.AES192_GCM, "aes256-gcm")],
)
def test_a_key_that_does_not_fit_the_algorithms_name_is_refused(scene: Scene, cipher: Cipher, name: str) -> None:
    renamed = put(f"{DATA}/xenc:EncryptionMethod", "Algorithm", XENC11_URI + name)
    assert scene.refusal(scene.made(envelope=renamed, cipher=cipher)) == "decryption"


def test_a_cbc_key_that_does_not_fit_is_refused(scene: Scene) -> None:
    renamed = put(f"{DATA}/xenc:EncryptionMethod", "Algorithm", f"{XENC_URI}aes256-cbc")
    xml = scene.made(envelope=renamed, cipher=Cipher.AES128_CBC)
    assert scene.set_up(allow_cbc=True).refusal(xml) == "decryption"


@pytest.mark.parametrize("octets", [b"x", b"x" * 12, b"x" * 27, b"x" * 100])
@pytest.mark.parametrize("path", [f"{DATA}/xenc:CipherData", f"{KEY}/xenc:CipherData"])
def test_rubbish_fails_like_everything_else(scene: Scene, path: str, octets: bytes) -> None:
    assert scene.refusal(scene.made(envelope=replaced(f"{path}/xenc:CipherValue", octets))) == "decryption"


@pytest.mark.parametrize("octets", [b"x", b"x" * 16, b"x" * 31, b"x" * 32, b"x" * 33, b"x" * 160])
def test_rubbish_in_cbc_fails_like_everything_else(scene: Scene, octets: bytes) -> None:
    xml = scene.made(envelope=replaced(f"{DATA}/xenc:CipherData/xenc:CipherValue", octets), cipher=Cipher.AES256_CBC)
    # By chance, once in 256 times, what comes out ends like a padding of the whole block: then nothing is inside.
    assert scene.set_up(allow_cbc=True).refusal(xml) in ("decryption", "not-one-assertion")


def test_an_assertion_for_somebody_else_fails_like_everything_else(scene: Scene) -> None:
    other = KeyPair(scene.folder / "other.key", scene.folder / "other.crt")
    create_key_pair(other, "other", NOON)
    xml = messages.login_response(scene.response(), scene.hub, read_certificate(other.certificate_file))
    assert scene.refusal(xml) == "decryption"


def test_what_is_no_xml_inside_fails_like_everything_else(scene: Scene) -> None:
    for plain in (b"", b"hello", b"<", b"<saml:Assertion>", os.urandom(99)):
        assert scene.refusal(scene.sealed(plain)) in ("decryption", "not-one-assertion")


def test_no_reference_in_a_message_is_ever_fetched(scene: Scene) -> None:
    """A canary listens where every kind of outside reference points to."""
    with closing(socket.create_server(("127.0.0.1", 0))) as canary:
        canary.settimeout(0.2)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
        reference = f'<x:CipherReference xmlns:x="{XENC_URI}" URI="{url}"/>'
        for xml in (
            scene.made(envelope=add(f"{DATA}/xenc:CipherData", reference)),
            scene.made(envelope=add(f"{DATA}/ds:KeyInfo", f'<ds:RetrievalMethod URI="{url}"/>')),
            scene.made(after=put("ds:Signature/ds:SignedInfo/ds:Reference", "URI", url)),
            f'<!DOCTYPE a SYSTEM "{url}">'.encode() + scene.xml(),
            f'<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">]>'.encode() + scene.xml(),
            f'<?xml-stylesheet href="{url}"?>'.encode() + scene.xml(),
        ):
            scene.refusal(xml)
        with pytest.raises(TimeoutError):
            canary.accept()


def test_the_shape_that_the_hub_writes_is_the_one_that_is_read(scene: Scene) -> None:
    """If this fails, the tests above may be refusing for another reason than the one they name."""
    assert scene.read(scene.made()).cpr.digits == CPR
