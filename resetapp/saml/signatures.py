"""XML-Signature, in the one shape we accept: enveloped, exclusive C14N, RSA with SHA-2, over the whole parent."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.saml.faults import Refused, need
from resetapp.saml.names import DS, DS_URI, EC, EXCLUSIVE_C14N, MORE_URI, SIGNATURE, XENC_URI
from resetapp.saml.xml import Element, canonical, children, decode64, text

SIGNATURE_HASHES: dict[str, hashes.HashAlgorithm] = {
    MORE_URI + "rsa-sha256": hashes.SHA256(),
    MORE_URI + "rsa-sha384": hashes.SHA384(),
    MORE_URI + "rsa-sha512": hashes.SHA512(),
}
_PARTS = [DS + "SignedInfo", DS + "SignatureValue", DS + "KeyInfo"]
_DIGESTS = {XENC_URI + "sha256": "sha256", MORE_URI + "sha384": "sha384", XENC_URI + "sha512": "sha512"}


def own_signature(element: Element) -> Element | None:
    """The only signature in the whole document, which must stand second in its root (after Issuer), or None.

    A second signature, or one elsewhere, is how wrapping attacks begin: two readers would differ on what is signed.
    """
    found = list(element.iter(SIGNATURE))
    if not found:
        return None
    need(len(found) == 1, "several-signatures")
    need(element[1:2] == found, "signature-place")
    return found[0]


def verified_octets(element: Element, signature: Element, keys: Sequence[RSAPublicKey]) -> bytes:
    """The octets that were signed: nothing but these may be read afterwards. Takes the signature out of `element`.

    `keys` are the hub's, from its metadata. KeyInfo is never read: anybody can put a certificate there (S-03).
    Raises Refused.
    """
    signed_info, signature_value = _parts(signature)
    method, canonicalization, reference = _signed_info(signed_info)
    verify(keys, text(signature_value), canonical(signed_info, canonicalization), method)
    prefixes, digest_name, digest_value = _reference(reference, element.get("ID") or "")
    _take_out(element, signature)
    octets = canonical(element, prefixes)
    need(hmac.compare_digest(hashlib.new(digest_name, octets).digest(), digest_value), "digest")
    return octets


def verify(keys: Iterable[RSAPublicKey], value: str, octets: bytes, method: str) -> None:
    """One of `keys` made this base64 signature. Raises Refused; SHA-1, DSA, ECDSA and HMAC are not on the list."""
    algorithm = SIGNATURE_HASHES.get(method)
    if algorithm is None:
        raise Refused("signature-algorithm")
    signature = decode64(value)
    need(any(_made_by(key, signature, octets, algorithm) for key in keys), "signature")


def _made_by(key: RSAPublicKey, signature: bytes, octets: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    try:
        key.verify(signature, octets, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def _parts(signature: Element) -> tuple[Element, Element]:
    parts = signature[:]
    need([part.tag for part in parts] in (_PARTS, _PARTS[:2]), "signature-shape")
    return parts[0], parts[1]


def _signed_info(signed_info: Element) -> tuple[str, list[str] | None, Element]:
    canonicalization, method, reference = children(
        signed_info, DS + "CanonicalizationMethod", DS + "SignatureMethod", DS + "Reference", reason="signature-shape"
    )
    need(canonicalization.get("Algorithm") == EXCLUSIVE_C14N, "canonicalization")
    children(method, reason="signature-shape")
    return method.get("Algorithm") or "", _prefixes(canonicalization), reference


def _reference(reference: Element, signed_id: str) -> tuple[list[str] | None, str, bytes]:
    """The PrefixList of the second transform, the digest's name and its value."""
    need(bool(signed_id) and reference.get("URI") == f"#{signed_id}", "reference")
    transforms, method, value = children(
        reference, DS + "Transforms", DS + "DigestMethod", DS + "DigestValue", reason="signature-shape"
    )
    enveloped, exclusive = children(transforms, DS + "Transform", DS + "Transform", reason="transforms")
    need(enveloped.get("Algorithm") == DS_URI + "enveloped-signature", "transforms")
    need(exclusive.get("Algorithm") == EXCLUSIVE_C14N, "transforms")
    children(enveloped, reason="transforms")
    children(method, reason="signature-shape")
    name = _DIGESTS.get(method.get("Algorithm") or "")
    if name is None:
        raise Refused("digest-algorithm")
    return _prefixes(exclusive), name, decode64(text(value))


def _prefixes(method: Element) -> list[str] | None:
    """Of `ec:InclusiveNamespaces`, the only parameter that exclusive C14N has."""
    if not len(method):
        return None
    (inclusive,) = children(method, EC + "InclusiveNamespaces", reason="canonicalization")
    children(inclusive, reason="canonicalization")
    return (inclusive.get("PrefixList") or "").split()


def _take_out(element: Element, signature: Element) -> None:
    """lxml drops the text after a removed element together with it; that text is part of what was signed."""
    before, tail = signature.getprevious(), signature.tail or ""
    element.remove(signature)
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        element.text = (element.text or "") + tail
