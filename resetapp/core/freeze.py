"""The link by which the owner of an account stops a CPR number from being tied to it, or from being used any longer.

It works for whoever holds the mail, without a login and without anything kept: who cannot log in is just the one who
needs it. So it may never do more than stop: a mail goes through many hands.
"""

import base64
import hmac
import re

_SHAPE = re.compile(r"([0-9a-f]{32})([A-Za-z0-9_-]{32})", re.ASCII)
_OCTETS = 24  # 192 bits, which are 32 characters without padding


def freeze_token(person_key: bytes, mapping_id: str) -> str:
    """64 characters for a URL: the mapping's id, 32 hex digits, and an HMAC-SHA256 of it, cut to 192 bits.

    The key is made from `person_key` for this alone (HKDF's expand, RFC 5869, 2.3): no token passes for a fingerprint
    or a seal, nor the other way.
    """
    key = hmac.digest(person_key, b"resetapp freeze link 1\x01", "sha256")
    octets = hmac.digest(key, mapping_id.encode(), "sha256")[:_OCTETS]
    return mapping_id + base64.urlsafe_b64encode(octets).decode()


def mapping_of(person_key: bytes, token: str) -> str | None:
    """The id in a token that this service has made; None for any other text. In constant time."""
    found = _SHAPE.fullmatch(token)
    if found is None or not hmac.compare_digest(token, freeze_token(person_key, found[1])):
        return None
    return found[1]
