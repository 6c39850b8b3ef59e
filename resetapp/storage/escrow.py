"""CPR numbers sealed to a key that is not here: who runs the service can write them and cannot read them.

Only the holder of the offline key can open what stands in `mapping.sealed`, to make the index anew under another key
(`resetapp mapping rekey`). HPKE in base mode (RFC 9180): X25519, HKDF-SHA256, AES-256-GCM. The context binds a sealed
number to its institution and its row, so that none can be moved to another account's row.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from resetapp.core.cpr import CprNumber, InvalidCpr

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class NotOpened(Exception):
    """Sealed to another key, for another row, or damaged."""


class Escrow:
    """The public half: seals."""

    def __init__(self, tenant: str, public_key: bytes) -> None:
        """`public_key`: 32 bytes, X25519 (RFC 7748)."""
        self._tenant = tenant
        self._key = X25519PublicKey.from_public_bytes(public_key)

    def seal(self, cpr: CprNumber, mapping_id: str) -> bytes:
        """58 bytes that differ each time: equal numbers do not look alike."""
        return _SUITE.encrypt(cpr.digits.encode(), self._key, info=_context(self._tenant, mapping_id))


class OfflineKey:
    """The private half: opens. Never on the machine that serves."""

    def __init__(self, tenant: str, private_key: bytes) -> None:
        self._tenant = tenant
        self._key = X25519PrivateKey.from_private_bytes(private_key)

    def __repr__(self) -> str:
        return "OfflineKey()"

    def open(self, sealed: bytes, mapping_id: str) -> CprNumber:
        """Raises NotOpened."""
        try:
            digits = _SUITE.decrypt(sealed, self._key, info=_context(self._tenant, mapping_id))
            return CprNumber.parse(digits.decode("ascii"))
        except (InvalidTag, InvalidCpr, ValueError):  # the last: too short, or no text
            raise NotOpened from None


def new_pair() -> tuple[bytes, bytes]:
    """A private key and its public one, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def _context(tenant: str, mapping_id: str) -> bytes:
    return b"|".join([b"resetapp/cpr-escrow/v1", tenant.encode(), mapping_id.encode()])
