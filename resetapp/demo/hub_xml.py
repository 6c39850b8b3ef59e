"""Reading XML that comes to the hub: strictly, and against the SAML schemas that pysaml2 carries."""

import base64
import binascii
import zlib
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from saml2.xml.schema import XMLSchemaError, validate

from resetapp.demo.hub_crypto import DIGESTS, DS, HASHES, SAML, SignatureAlgorithm, canonical
from resetapp.demo.hub_failure import HubFailure

_LARGEST = 256 * 1024


def inflated(text: str) -> bytes:
    """The XML in a parameter of the redirect binding. Raises HubFailure."""
    inflater = zlib.decompressobj(wbits=-15)
    try:
        return inflater.decompress(decoded(text), _LARGEST)
    except zlib.error:
        raise HubFailure("the message is not deflated") from None


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise HubFailure("the message is not base64") from None


def parsed(xml: bytes) -> etree._Element:
    """Raises HubFailure. No DTD, no entities, no network."""
    if len(xml) > _LARGEST or b"<!" in xml:
        raise HubFailure("the message is too large or has a document type")
    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        raise HubFailure("the message is not XML") from None


def checked(root: etree._Element) -> etree._Element:
    """The same element once it fits the SAML schema. Raises HubFailure."""
    try:
        validate(etree.tostring(root, encoding="unicode"))
    except XMLSchemaError:
        raise HubFailure("schema validation failed") from None
    return root


def text_of(parent: etree._Element, tag: str) -> str:
    return (parent.findtext(f"{{{SAML}}}{tag}") or "").strip()


def query_is_signed_by(certificates: Iterable[x509.Certificate], octets: bytes, signature: bytes, method: str) -> bool:
    """Whether one of the keys signed the octets of a query. SHA-1, like any unknown algorithm, is a no."""
    known = method in HASHES and method != SignatureAlgorithm.RSA_SHA1
    return known and any(_signed_by(key, octets, signature, method) for key in _rsa_keys(certificates))


def root_is_signed_by(certificates: Iterable[x509.Certificate], root: etree._Element) -> bool:
    """Whether one of the keys made the enveloped signature of a posted message. Takes the signature out of `root`."""
    signature = root.find(f"{{{DS}}}Signature")
    info = signature.find(f"{{{DS}}}SignedInfo")
    reference = info.find(f"{{{DS}}}Reference")
    method = info.find(f"{{{DS}}}SignatureMethod").get("Algorithm")
    digest_method = reference.find(f"{{{DS}}}DigestMethod").get("Algorithm")
    octets, value = canonical(info), decoded("".join(signature.findtext(f"{{{DS}}}SignatureValue").split()))
    root.remove(signature)
    digest = DIGESTS[digest_method](canonical(root)).digest() if digest_method in DIGESTS else b""
    fits = reference.get("URI") == f"#{root.get('ID')}" and digest == decoded(
        reference.findtext(f"{{{DS}}}DigestValue")
    )
    return fits and query_is_signed_by(certificates, octets, value, method)


def _rsa_keys(certificates: Iterable[x509.Certificate]) -> list[rsa.RSAPublicKey]:
    keys = (certificate.public_key() for certificate in certificates)
    return [key for key in keys if isinstance(key, rsa.RSAPublicKey)]


def _signed_by(key: rsa.RSAPublicKey, octets: bytes, signature: bytes, method: str) -> bool:
    try:
        key.verify(signature, octets, padding.PKCS1v15(), HASHES[method])
    except InvalidSignature:
        return False
    return True
