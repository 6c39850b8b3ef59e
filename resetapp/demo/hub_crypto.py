"""XML Signature, XML Encryption and the signed redirect as the hub writes them (W3C; SAML bindings 3.4).

The weak algorithms are for tests that send what a service provider must refuse. Nothing here verifies anything.
"""

import base64
import hashlib
import os
import zlib
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from resetapp.demo.hub_keys import HubKey

DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"


class SignatureAlgorithm(StrEnum):
    RSA_SHA256 = _MORE + "rsa-sha256"
    RSA_SHA384 = _MORE + "rsa-sha384"
    RSA_SHA512 = _MORE + "rsa-sha512"
    RSA_SHA1 = DS + "rsa-sha1"


class DigestAlgorithm(StrEnum):
    SHA256 = XENC + "sha256"
    SHA384 = _MORE + "sha384"
    SHA512 = XENC + "sha512"
    SHA1 = DS + "sha1"


class KeyTransport(StrEnum):
    MGF1P = XENC + "rsa-oaep-mgf1p"  # SHA-1 digest, MGF1 with SHA-1
    OAEP_SHA256 = XENC11 + "rsa-oaep"  # SHA-256 digest, mgf1sha256
    RSA_1_5 = XENC + "rsa-1_5"  # never sent by the hub


class Cipher(StrEnum):
    AES128_GCM = XENC11 + "aes128-gcm"
    AES192_GCM = XENC11 + "aes192-gcm"
    AES256_GCM = XENC11 + "aes256-gcm"
    AES128_CBC = XENC + "aes128-cbc"
    AES256_CBC = XENC + "aes256-cbc"


HASHES: dict[str, hashes.HashAlgorithm] = {
    SignatureAlgorithm.RSA_SHA256: hashes.SHA256(),
    SignatureAlgorithm.RSA_SHA384: hashes.SHA384(),
    SignatureAlgorithm.RSA_SHA512: hashes.SHA512(),
    SignatureAlgorithm.RSA_SHA1: hashes.SHA1(),  # noqa: S303 - only to be refused
}
DIGESTS: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    DigestAlgorithm.SHA256: hashlib.sha256,
    DigestAlgorithm.SHA384: hashlib.sha384,
    DigestAlgorithm.SHA512: hashlib.sha512,
    DigestAlgorithm.SHA1: hashlib.sha1,
}
_KEY_BYTES = {cipher: int(cipher.rpartition("aes")[2][:3]) // 8 for cipher in Cipher}


def child(parent: etree._Element, tag: str, text: str | None = None, **attributes: str | None) -> etree._Element:
    """Appends an element; an attribute that is None is left out."""
    present = {name: value for name, value in attributes.items() if value is not None}
    element = etree.SubElement(parent, tag, present)
    element.text = text
    return element


def canonical(element: etree._Element) -> bytes:
    """Exclusive XML canonicalisation without comments."""
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def sign(
    element: etree._Element,
    key: HubKey,
    signature_algorithm: SignatureAlgorithm = SignatureAlgorithm.RSA_SHA256,
    digest_algorithm: DigestAlgorithm = DigestAlgorithm.SHA256,
    position: int = 1,
) -> etree._Element:
    """Puts an enveloped ds:Signature into `element` (which has an ID), by default after its Issuer, and returns it."""
    digest = DIGESTS[digest_algorithm](canonical(element)).digest()
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    element.insert(position, signature)
    info = _signed_info(signature, element.get("ID"), signature_algorithm, digest_algorithm, digest)
    value = key.private.sign(canonical(info), padding.PKCS1v15(), HASHES[signature_algorithm])
    child(signature, f"{{{DS}}}SignatureValue", _b64(value))
    x509_data = child(child(signature, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    child(x509_data, f"{{{DS}}}X509Certificate", key.certificate_text())
    return signature


def _signed_info(
    signature: etree._Element, target: str, method: SignatureAlgorithm, digest_method: DigestAlgorithm, digest: bytes
) -> etree._Element:
    info = child(signature, f"{{{DS}}}SignedInfo")
    child(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXCLUSIVE_C14N)
    child(info, f"{{{DS}}}SignatureMethod", Algorithm=method)
    reference = child(info, f"{{{DS}}}Reference", URI=f"#{target}")
    transforms = child(reference, f"{{{DS}}}Transforms")
    child(transforms, f"{{{DS}}}Transform", Algorithm=ENVELOPED)
    child(transforms, f"{{{DS}}}Transform", Algorithm=EXCLUSIVE_C14N)
    child(reference, f"{{{DS}}}DigestMethod", Algorithm=digest_method)
    child(reference, f"{{{DS}}}DigestValue", _b64(digest))
    return info


def encrypt(
    assertion: bytes,
    certificate: x509.Certificate,
    key_transport: KeyTransport = KeyTransport.MGF1P,
    cipher: Cipher = Cipher.AES256_GCM,
) -> etree._Element:
    """saml:EncryptedAssertion around the octets of an assertion, or of anything a test likes to hide in there.

    One EncryptedKey inside ds:KeyInfo, no hint of the recipient. Raises ValueError if the certificate's key is not RSA.
    """
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("the service provider's encryption key must be an RSA key")
    secret = os.urandom(_KEY_BYTES[cipher])
    outer = etree.Element(f"{{{SAML}}}EncryptedAssertion", nsmap={"saml": SAML})
    data = etree.SubElement(outer, f"{{{XENC}}}EncryptedData", {"Type": XENC + "Element"}, nsmap={"xenc": XENC})
    child(data, f"{{{XENC}}}EncryptionMethod", Algorithm=cipher)
    info = etree.SubElement(data, f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    encrypted_key = child(info, f"{{{XENC}}}EncryptedKey")
    _key_method(encrypted_key, key_transport)
    _cipher_value(encrypted_key, public.encrypt(secret, _transport_padding(key_transport)))
    _cipher_value(data, _enciphered(assertion, secret, cipher))
    return outer


def _key_method(encrypted_key: etree._Element, key_transport: KeyTransport) -> None:
    method = child(encrypted_key, f"{{{XENC}}}EncryptionMethod", Algorithm=key_transport)
    if key_transport is KeyTransport.MGF1P:
        child(method, f"{{{DS}}}DigestMethod", Algorithm=DigestAlgorithm.SHA1)
    elif key_transport is KeyTransport.OAEP_SHA256:
        child(method, f"{{{DS}}}DigestMethod", Algorithm=DigestAlgorithm.SHA256)
        etree.SubElement(method, f"{{{XENC11}}}MGF", {"Algorithm": XENC11 + "mgf1sha256"}, nsmap={"xenc11": XENC11})


def _transport_padding(key_transport: KeyTransport) -> padding.AsymmetricPadding:
    if key_transport is KeyTransport.RSA_1_5:
        return padding.PKCS1v15()
    if key_transport is KeyTransport.OAEP_SHA256:
        return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    sha1 = hashes.SHA1()  # noqa: S303 - xmlenc fixes it for rsa-oaep-mgf1p; OAEP does not rest on collision resistance
    return padding.OAEP(padding.MGF1(sha1), sha1, None)


def _cipher_value(parent: etree._Element, octets: bytes) -> None:
    child(child(parent, f"{{{XENC}}}CipherData"), f"{{{XENC}}}CipherValue", _b64(octets))


def _enciphered(plain: bytes, secret: bytes, cipher: Cipher) -> bytes:
    """GCM: 12 octets of IV, ciphertext, 16 of tag. CBC: 16 of IV, ciphertext; the last octet tells the padding."""
    if cipher.endswith("-gcm"):
        nonce = os.urandom(12)
        return nonce + AESGCM(secret).encrypt(nonce, plain, None)
    missing = 16 - len(plain) % 16
    start = os.urandom(16)
    encryptor = BlockCipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    return start + encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()


def redirect_url(
    location: str,
    parameter: str,
    xml: bytes,
    relay_state: str | None,
    key: HubKey | None,
    signature_algorithm: SignatureAlgorithm = SignatureAlgorithm.RSA_SHA256,
) -> str:
    """The HTTP-Redirect binding: DEFLATE, base64, URL encoding; the signature covers the query as it is sent (3.4.4.1).

    `parameter`: SAMLRequest or SAMLResponse. Without a key the message goes unsigned.
    """
    query = f"{parameter}={quote(_b64(_deflated(xml)), safe='')}"
    if relay_state is not None:
        query += f"&RelayState={quote(relay_state, safe='')}"
    if key is not None:
        query += f"&SigAlg={quote(signature_algorithm, safe='')}"
        value = key.private.sign(query.encode(), padding.PKCS1v15(), HASHES[signature_algorithm])
        query += f"&Signature={quote(_b64(value), safe='')}"
    return f"{location}{'&' if '?' in location else '?'}{query}"


def _deflated(xml: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(xml) + compressor.flush()


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
