"""A change of our keys, step by step, so that no login is lost between us and WAYF.

Encryption (wayf.md 5.2: the hub encrypts to the first certificate of our metadata, as WAYF has it): the new key is made
and read at once, and published first; from then on messages to either are opened. The old one goes when WAYF has shown
that it uses the new one.

Signing: the new key is published beside the old one, which goes on signing. When WAYF knows both, the new one signs,
and the old one stays published until no message of it can be on its way.

No step overwrites or deletes a key file.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.key_tables import (
    ALSO_SIGNING,
    ENCRYPTION,
    SIGNING,
    KeyTables,
    give_to,
    put_in_place,
    unchangeable,
)
from resetapp.saml.key_use import last_use
from resetapp.saml.keys import create_key_pair, public_key_of, read_certificate, read_file
from resetapp.settings import KeyPair, Settings, Wayf, load

QUIET = timedelta(hours=24)  # the hub's machines do not all take up our metadata at the same hour


class NotYet(SamlConfigurationError):
    """A step that would come too early. It can be forced."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """One settings' file and the keys in it. Raises SettingsError when it is faulty."""

    path: Path
    settings: Settings

    @classmethod
    def of(cls, path: Path) -> "Rotation":
        return cls(path, load(path))

    @property
    def wayf(self) -> Wayf:
        return self.settings.wayf

    def rotate(self, use: str, now: datetime) -> KeyPair:
        """A new pair for "encryption" or "signing", made and entered. Raises SamlConfigurationError."""
        wayf = self.wayf
        if len(wayf.encryption) > 1 if use == "encryption" else wayf.also_signing:
            raise SamlConfigurationError(
                f"a change of the {use} key is under way already.", "See `resetapp keys list` for the next step."
            )
        current = wayf.encryption[0] if use == "encryption" else wayf.signing
        pair = _next_pair(use, current)
        create_key_pair(pair, f"{urlsplit(self.settings.service.public_url).hostname} {use}", now)
        for made in (pair.key_file, pair.certificate_file):
            give_to(made, current.key_file.stat())
        if use == "encryption":
            self._change(replace(wayf, encryption=(pair, *wayf.encryption)), lambda t: t.add_first(ENCRYPTION, pair))
        else:
            self._change(replace(wayf, also_signing=(pair,)), lambda t: t.add_behind(SIGNING, ALSO_SIGNING, pair))
        return pair

    def switch(self) -> KeyPair:
        """The announced key signs from now on, and the other one stays published. Raises SamlConfigurationError."""
        if not self.wayf.also_signing:
            raise SamlConfigurationError(
                "there is no other signing key to change to.", "Begin with `resetapp keys rotate signing`."
            )
        old, (new, *more) = self.wayf.signing, self.wayf.also_signing

        def swap(tables: KeyTables) -> None:
            tables.change(SIGNING, new)
            tables.change(ALSO_SIGNING, old)

        self._change(replace(self.wayf, signing=new, also_signing=(old, *more)), swap)
        return new

    def retire(self, use: str, now: datetime, *, force: bool = False) -> KeyPair:
        """The old pair is taken out of the settings; its files stay. Raises NotYet, and SamlConfigurationError."""
        pairs = self.wayf.encryption[1:] if use == "encryption" else self.wayf.also_signing
        if not pairs:
            raise SamlConfigurationError(f"there is only one {use} key.", f"Begin with `resetapp keys rotate {use}`.")
        early = "" if force else too_early(self.wayf, use, now)
        if early:
            raise NotYet(early, "See `resetapp keys list`. --force does it all the same.")
        if use == "encryption":
            last = len(self.wayf.encryption) - 1
            kept = replace(self.wayf, encryption=self.wayf.encryption[:-1])
            self._change(kept, lambda tables: tables.remove(ENCRYPTION, last))
        else:
            last = len(pairs) - 1
            self._change(replace(self.wayf, also_signing=pairs[:-1]), lambda t: t.remove(ALSO_SIGNING, last))
        return pairs[-1]

    def tables(self) -> KeyTables:
        return KeyTables(read_file(self.path).decode(), self.path.resolve().parent)

    def _change(self, wanted: Wayf, edit: Callable[[KeyTables], None]) -> None:
        tables = self.tables()
        try:
            edit(tables)
        except LookupError:
            raise unchangeable(self.path) from None
        put_in_place(self.path, tables.text(), self.settings, wanted)


def _next_pair(use: str, current: KeyPair) -> KeyPair:
    """Beside the current one, with the first free number: signing-2.key."""
    number = 2
    while True:
        pair = KeyPair(
            current.key_file.with_name(f"{use}-{number}.key"),
            current.certificate_file.with_name(f"{use}-{number}.crt"),
        )
        if not os.path.lexists(pair.key_file) and not os.path.lexists(pair.certificate_file):
            return pair
        number += 1


def too_early(wayf: Wayf, use: str, now: datetime) -> str:
    """Why the old key must not go yet; "" when it may."""
    if use == "signing":
        if announced(wayf):
            return "the other signing key is the new one: it does not sign yet, and WAYF may not know it."
        return ""
    new, old = (last_use(wayf.state_folder, _public(pair)) for pair in (wayf.encryption[0], wayf.encryption[-1]))
    if new is None:
        return "no login has come that was encrypted to the new key: WAYF still uses the old one."
    if old is not None and now - old < QUIET:
        hours = int(QUIET.total_seconds() // 3600)
        return f"the old key was used at {old:%Y-%m-%d %H:%M} UTC, and must have been quiet for {hours} hours."
    return ""


def announced(wayf: Wayf) -> bool:
    """The other signing key is the newer one: it is published, and waits for `switch`."""
    if not wayf.also_signing:
        return False
    other, own = (read_certificate(pair.certificate_file) for pair in (wayf.also_signing[0], wayf.signing))
    return other.not_valid_before_utc > own.not_valid_before_utc


def _public(pair: KeyPair) -> RSAPublicKey:
    """Raises SamlConfigurationError."""
    key = public_key_of(read_certificate(pair.certificate_file))
    if not isinstance(key, RSAPublicKey):
        raise SamlConfigurationError(f"{pair.certificate_file}: holds no RSA key.", "Give the right file.")
    return key


def used_at(wayf: Wayf, pair: KeyPair) -> datetime | None:
    """When the hub last encrypted to this key, as far as it was noted. Raises SamlConfigurationError."""
    return last_use(wayf.state_folder, _public(pair))
