"""The HTTP-Redirect binding, receiving side: a signature over the query string exactly as it arrived."""

import zlib
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.saml.faults import Refused, need
from resetapp.saml.signatures import verify
from resetapp.saml.xml import decode64

_QUERY_LIMIT = 32 * 1024  # octets
_INFLATED_LIMIT = 64 * 1024  # octets (S-12); 300 kB of deflate can become 200 MB
_MESSAGES = (b"SAMLRequest", b"SAMLResponse")
_KNOWN = frozenset({*_MESSAGES, b"RelayState", b"SigAlg", b"Signature", b"SAMLEncoding"})
_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


def read_query(raw_query: bytes, keys: Sequence[RSAPublicKey]) -> tuple[bytes, str | None]:
    """The message's XML and the RelayState, once the signature of SAML bindings 3.4.4.1 is verified. Raises Refused.

    The raw octets are what counts: to decode and encode again changes honest `%7e`, `%20` and lower-case hex.
    """
    need(len(raw_query) <= _QUERY_LIMIT, "too-large")
    parameters = _parameters(raw_query)
    messages = [name for name in _MESSAGES if name in parameters]
    need(len(messages) == 1, "not-one-message")
    need(_value(parameters, b"SAMLEncoding") in (None, _DEFLATE), "encoding")
    _need_signature(parameters, messages[0], keys)
    return _inflated(decode64(_value(parameters, messages[0]) or "")), _value(parameters, b"RelayState")


def _parameters(raw_query: bytes) -> Mapping[bytes, bytes]:
    """Names and values undecoded. What is there twice would be read by one and verified by another."""
    found: dict[bytes, bytes] = {}
    for part in raw_query.split(b"&"):
        name, _, value = part.partition(b"=")
        need(name in _KNOWN, "unknown-parameter")
        need(name not in found, "repeated-parameter")
        found[name] = value
    return found


def _need_signature(parameters: Mapping[bytes, bytes], message: bytes, keys: Sequence[RSAPublicKey]) -> None:
    method, signature = _value(parameters, b"SigAlg"), _value(parameters, b"Signature")
    if not method or not signature:
        raise Refused("unsigned")
    signed = b"&".join(
        b"%s=%s" % (name, parameters[name]) for name in (message, b"RelayState", b"SigAlg") if name in parameters
    )
    verify(keys, signature, signed, method)


def _value(parameters: Mapping[bytes, bytes], name: bytes) -> str | None:
    if name not in parameters:
        return None
    try:
        return unquote_plus(parameters[name].decode("ascii"), errors="strict")
    except UnicodeDecodeError:
        raise Refused("encoding") from None


def _inflated(octets: bytes) -> bytes:
    """Raw deflate, to its end and not an octet further."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        xml = inflater.decompress(octets, _INFLATED_LIMIT)
    except zlib.error:
        raise Refused("deflate") from None
    need(inflater.eof and not inflater.unused_data, "deflate")
    need(xml.startswith(b"<"), "not-xml")
    return xml
