"""XML-Encryption, in the one shape the hub writes. In this process, by `cryptography`; nothing outside is fetched."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from resetapp.saml.faults import Refused, need
from resetapp.saml.keys import DecryptionKey
from resetapp.saml.names import ASSERTION, DS, DS_URI, XENC, XENC11, XENC11_URI, XENC_URI
from resetapp.saml.xml import Element, children, decode64, parse, text

_SHA1, _SHA256 = DS_URI + "sha1", XENC_URI + "sha256"
_TRANSPORTS: Mapping[tuple[str | None, ...], OAEP] = {
    # SHA-1 only inside OAEP, where no collision helps anybody (RFC 8017 7.1)
    (XENC_URI + "rsa-oaep-mgf1p",): OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None),  # noqa: S303 - see above
    (XENC_URI + "rsa-oaep-mgf1p", _SHA1): OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None),  # noqa: S303 - see above
    (XENC11_URI + "rsa-oaep", _SHA256, XENC11_URI + "mgf1sha256"): OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None),
}
_GCM_KEY_LENGTHS = {XENC11_URI + f"aes{bits}-gcm": bits // 8 for bits in (128, 192, 256)}
_CBC_KEY_LENGTHS = {XENC_URI + f"aes{bits}-cbc": bits // 8 for bits in (128, 256)}
_GCM_IV, _CBC_BLOCK = 12, 16


def decrypted_assertion(encrypted: Element, keys: Sequence[DecryptionKey], allow_cbc: bool) -> Element:
    """The Assertion inside an EncryptedAssertion, in a document of its own. Raises Refused.

    It is never put back into the message: lxml would re-map prefixes and honest signatures would fail. That it could
    be decrypted says nothing about the sender, since our public key is public.
    """
    data, method, wrapped, value = _parts(encrypted)
    transport, content = _transport(wrapped), method.get("Algorithm") or ""
    children(method, reason="encryption-shape")
    need(content in _GCM_KEY_LENGTHS or (allow_cbc and content in _CBC_KEY_LENGTHS), "content-algorithm")
    wrapped_key, octets = decode64(_cipher_value(wrapped)), decode64(value)
    for key in keys:  # the hub says nowhere which one it took (wayf.md 5.2)
        plain = _decrypted(key, transport, wrapped_key, content, octets)
        if plain is not None:
            return _only_assertion(plain, data.nsmap)
    raise Refused("decryption")


def _parts(encrypted: Element) -> tuple[Element, Element, Element, str]:
    reason = "encryption-shape"
    (data,) = children(encrypted, XENC + "EncryptedData", reason=reason)
    need(data.get("Type") == XENC_URI + "Element", reason)
    method, key_info, cipher_data = children(
        data, XENC + "EncryptionMethod", DS + "KeyInfo", XENC + "CipherData", reason=reason
    )
    (wrapped,) = children(key_info, XENC + "EncryptedKey", reason=reason)
    (value,) = children(cipher_data, XENC + "CipherValue", reason=reason)
    return data, method, wrapped, text(value, reason)


def _transport(wrapped: Element) -> OAEP:
    """How the content key is wrapped. RSA PKCS#1 v1.5 is not on the list (Bleichenbacher's attack)."""
    method, _ = children(wrapped, XENC + "EncryptionMethod", XENC + "CipherData", reason="encryption-shape")
    parameters = method[:]
    need(
        [child.tag for child in parameters] == [DS + "DigestMethod", XENC11 + "MGF"][: len(parameters)], "key-transport"
    )
    need(not any(len(child) for child in parameters), "key-transport")
    padding = _TRANSPORTS.get((method.get("Algorithm"), *(child.get("Algorithm") for child in parameters)))
    if padding is None:
        raise Refused("key-transport")
    return padding


def _cipher_value(wrapped: Element) -> str:
    (value,) = children(list(wrapped)[1], XENC + "CipherValue", reason="encryption-shape")
    return text(value, "encryption-shape")


def _decrypted(key: DecryptionKey, transport: OAEP, wrapped_key: bytes, content: str, octets: bytes) -> bytes | None:
    """None for every way to fail: who can tell them apart has an oracle."""
    try:
        secret = key.decrypt(wrapped_key, transport)
        if content in _GCM_KEY_LENGTHS:
            return _by_gcm(secret, _GCM_KEY_LENGTHS[content], octets)
        return _by_cbc(secret, _CBC_KEY_LENGTHS[content], octets)
    except (ValueError, InvalidTag):
        return None


def _by_gcm(secret: bytes, key_length: int, octets: bytes) -> bytes | None:
    if len(secret) != key_length:
        return None
    return AESGCM(secret).decrypt(octets[:_GCM_IV], octets[_GCM_IV:], None)


def _by_cbc(secret: bytes, key_length: int, octets: bytes) -> bytes | None:
    """The last octet tells the padding's length; what the padding holds is anybody's choice (XML-Encryption 5.2)."""
    if len(secret) != key_length or len(octets) < 2 * _CBC_BLOCK or len(octets) % _CBC_BLOCK:
        return None
    decryptor = Cipher(AES(secret), CBC(octets[:_CBC_BLOCK])).decryptor()
    plain = decryptor.update(octets[_CBC_BLOCK:]) + decryptor.finalize()
    return plain[: -plain[-1]] if 1 <= plain[-1] <= _CBC_BLOCK else None


def _only_assertion(plain: bytes, namespaces: Mapping[str | None, str]) -> Element:
    """The plaintext may use prefixes declared around it, so it is read inside a wrapper that declares them."""
    declared = (f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}" for prefix, uri in namespaces.items())
    try:
        wrapper = parse(b"<w%s>%s</w>" % ("".join(declared).encode(), plain))
    except Refused:  # with CBC, "it is XML" would be an oracle too
        raise Refused("decryption") from None
    (assertion,) = children(wrapper, ASSERTION, reason="not-one-assertion")
    around = (wrapper.text or "") + (assertion.tail or "")
    need(not around.strip(), "not-one-assertion")
    return assertion
