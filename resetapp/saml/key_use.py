"""When each of our decryption keys was used last: the only proof that WAYF has taken up a new one.

Noted while there are several keys, so it costs nothing otherwise. A login never fails for it.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from resetapp.saml.keys import DecryptionKey, public_name
from resetapp.saml.state_folder import keep_words, locked, read_words

_log = logging.getLogger(__name__)
_FILE, _LOCK = "key-uses.json", "key-uses.lock"
_OFTEN_ENOUGH = timedelta(minutes=1)  # between two notes of one key


class NotingKey:
    """A private key that knows whether it has opened something. For one message."""

    def __init__(self, key: DecryptionKey, name: str) -> None:
        self._key, self.name, self.opened = key, name, False

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding) -> bytes:
        """OAEP fails for a key that is not the right one."""
        plain = self._key.decrypt(ciphertext, padding)
        self.opened = True
        return plain


class KeyUse:
    """The notes of one process, and the file that all processes of the machine share."""

    def __init__(self, folder: Path, keys: Sequence[RSAPrivateKey]) -> None:
        self._folder = folder
        self._names = [public_name(key.public_key()) for key in keys]
        self._keys = tuple(keys)
        self._noted: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def noting(self) -> tuple[NotingKey, ...]:
        """The same keys in the same order."""
        return tuple(NotingKey(key, name) for key, name in zip(self._keys, self._names, strict=True))

    def note(self, keys: Sequence[NotingKey], now: datetime) -> None:
        """To be called for messages that were signed by the hub."""
        for key in keys:
            if key.opened and self._worth_it(key.name, now):
                self._write(key.name, now)

    def _worth_it(self, name: str, now: datetime) -> bool:
        with self._lock:
            before = self._noted.get(name)
            worth = before is None or now - before >= _OFTEN_ENOUGH
            if worth:
                self._noted[name] = now
        return worth

    def _write(self, name: str, now: datetime) -> None:
        try:
            with locked(self._folder / _LOCK, wait=False) as alone:
                if alone:
                    keep_words(self._folder / _FILE, {**read_words(self._folder / _FILE), name: now.isoformat()})
        except OSError as error:
            _log.warning("key_use.not_noted fault=%s", type(error).__name__)


def last_use(folder: Path | None, key: RSAPublicKey) -> datetime | None:
    """When a message of the hub was opened with its private half; None while it was not, or nobody noted it."""
    if folder is None:
        return None
    written = read_words(folder / _FILE).get(public_name(key), "")
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        return None
