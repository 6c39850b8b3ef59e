"""The hub's metadata as octets: signed by a pinned key or installed by the operator, and which of two is the newer.

The signature is judged by the same code as that of a Response: one shape, RSA with SHA-2, over the outermost element
itself, and what was signed is parsed anew. So a second document beside or around the signed one (signature wrapping)
is never read: there is no search by ID, and nothing of the unsigned tree is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.saml.faults import Refused, SamlConfigurationError, need
from resetapp.saml.hub import Hub, Unfit, hub_in
from resetapp.saml.instants import read_instant
from resetapp.saml.keys import SMALLEST_KEY, public_key_of, read_certificate
from resetapp.saml.names import MD, SIGNATURE
from resetapp.saml.signatures import verified_octets
from resetapp.saml.xml import Element, parse_metadata

_ROOTS = (MD + "EntitiesDescriptor", MD + "EntityDescriptor")
_PUBLICATION = "{urn:oasis:names:tc:SAML:metadata:rpi}PublicationInfo"

_PROBLEMS = {
    "too-large": "is larger than any metadata",
    "unsigned": "is not signed",
    "signature": "is signed by none of the keys in hub_metadata_certificate_files, or was changed after that",
    "digest": "was changed after it had been signed",
    "no-end": "names no end of its validity",
    "expired": "is no longer valid",
    "valid-too-long": "claims to be valid for longer than hub_metadata_longest_days",
    "rolled-back": "is older than the metadata we have",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """The hub, and what tells a newer publication from an older one."""

    hub: Hub
    published: datetime | None  # mdrpi:PublicationInfo; most federations write it

    def need_current(self, now: datetime, longest: timedelta) -> None:
        """Its end is told, near, and not yet there. Raises Refused.

        Without an end, or with a far one, a copy from before a stolen key was withdrawn could be played back for ever.
        """
        end = self.hub.valid_until
        if end is None:
            raise Refused("no-end")
        need(now < end, "expired")
        need(end - now <= longest, "valid-too-long")

    def older_than(self, held: "Feed") -> bool:
        """By its publication, or by its end where one of the two names no publication."""
        if self.published and held.published:
            return self.published < held.published
        ours, theirs = self.hub.valid_until, held.hub.valid_until
        return theirs is not None and (ours is None or ours < theirs)


def read_feed(octets: bytes, entity_id: str, signers: Sequence[RSAPublicKey]) -> Feed:
    """With `signers` only what one of them signed is read. Raises Unfit, or Refused with a word of `problem`."""
    root = parse_metadata(octets)
    if signers:
        root = parse_metadata(_signed(root, signers))
    return Feed(hub_in(root, entity_id), _published(root))


def _signed(root: Element, signers: Sequence[RSAPublicKey]) -> bytes:
    """The first child signs the whole (SAML metadata 3.1). Signatures deeper inside are part of what is signed."""
    need(root.tag in _ROOTS, "not-metadata")
    first = next(iter(root), None)
    if first is None or first.tag != SIGNATURE:
        raise Refused("unsigned")
    return verified_octets(root, first, signers)


def _published(root: Element) -> datetime | None:
    extensions = next((node for node in root if node.tag == MD + "Extensions"), None)
    if extensions is None:
        return None
    written = next((node.get("creationInstant") for node in extensions if node.tag == _PUBLICATION), None)
    return None if written is None else read_instant(written, "creation-instant")


def read_signers(files: Sequence[Path]) -> tuple[RSAPublicKey, ...]:
    """The pinned keys. Only the keys count: WAYF changes them by announcement, not by a date (wayf.md 5.3).

    Raises SamlConfigurationError.
    """
    return tuple(_signer(path) for path in files)


def _signer(path: Path) -> RSAPublicKey:
    key = public_key_of(read_certificate(path))
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise SamlConfigurationError(
            f"{path}: holds no RSA key of at least {SMALLEST_KEY} bits.", "Get the federation's certificate anew."
        )
    return key


def problem(fault: Exception) -> str:
    """Our words for what read_feed raised."""
    if isinstance(fault, Refused):
        return _PROBLEMS.get(fault.reason, "is not the XML of SAML metadata")
    return str(fault) if isinstance(fault, Unfit) else "cannot be read"


def word(fault: Exception) -> str:
    """One word for the log."""
    return fault.reason if isinstance(fault, Refused) else "unfit"
