"""What a CPR number could have left behind in a dump, and what somebody who has the dump could try."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from resetapp.storage.database import Database
from resetapp.storage.tables import Table
from tests.house.canary import shapes

Shapes = Mapping[str, Iterable[bytes]]
_PLAIN = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512, "md5": hashlib.md5}


def written_out(digits: str) -> Iterator[str]:
    """As people and systems write one."""
    yield from (digits, f"{digits[:6]}-{digits[6:]}", f"{digits[:6]} {digits[6:]}")


def shapes_of(digits: str) -> Shapes:
    """The number itself, by the name of its encoding."""
    found: dict[str, set[bytes]] = {"reversed": {digits[::-1].encode()}, "base32": set(), "percent": set()}
    for text in written_out(digits):
        for name, octets in shapes(text).items():
            found.setdefault(name, set()).update(octets)
        found["base32"] |= {_inner_base32(b"x" * before + text.encode(), before) for before in range(5)}
        found["percent"].add("".join(f"%{each:02X}" for each in text.encode()).encode())
        found["utf-32"] = {text.encode("utf-32-le"), text.encode("utf-32-be")}
    found["percent"].discard(quote(digits).encode())
    return found


def _inner_base32(octets: bytes, skipped: int) -> bytes:
    """The letters that hang on the number alone, wherever in a group of five octets it begins."""
    encoded = base64.b32encode(octets).rstrip(b"=")
    return encoded[(skipped * 8 + 4) // 5 : len(octets) * 8 // 5]


def hashes_of(digits: str, keys: Mapping[str, bytes]) -> Shapes:
    """Its hash without a key, and with each of our keys but without what tells institutions and keys apart."""
    found: dict[str, set[bytes]] = {}
    for text in written_out(digits):
        octets = text.encode()
        for name, make in _PLAIN.items():
            found.setdefault(name, set()).update(_spellings(make(octets).digest()))
        for name, key in keys.items():
            for message in (octets, b"cpr\x00" + octets, b"cpr" + octets):
                found.setdefault(f"hmac with {name}", set()).update(
                    _spellings(hmac.digest(key, message, hashlib.sha256))
                )
    return found


def _spellings(digest: bytes) -> set[bytes]:
    return {digest, digest.hex().encode(), digest.hex().upper().encode(), base64.b64encode(digest).rstrip(b"=")}


def index_key(root: bytes, kid: str) -> bytes:
    """What the index is really made with. Written again here: a test that asked the code would believe it."""
    info = b"resetapp/cpr-index/v1/kid=" + kid.encode()
    return HKDF(algorithm=hashes.SHA512(), length=32, salt=None, info=info).derive(root)


def found_in(octets: bytes, *shaped: Shapes) -> list[str]:
    return [name for each in shaped for name, forms in each.items() if any(form in octets for form in forms)]


def values_of(database: Database, *names: str) -> set[bytes]:
    """Every value of every column, and each part of what is kept as JSON: what a thief could take for key or salt.

    `names`: of the tables; without any, all.
    """
    found: set[bytes] = set()
    with database.reading() as db:
        for table in [each for each in Table.metadata.sorted_tables if each.name in names or not names]:
            for row in db.execute(select(table)):
                found.update(part for value in row for part in _parts(value))
    return found


def _parts(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield from (value, value[:32])
    elif isinstance(value, dict):
        yield from (part for pair in value.items() for each in pair for part in _parts(each))
    elif isinstance(value, list):
        yield from (part for each in value for part in _parts(each))
    elif isinstance(value, datetime):
        yield value.isoformat().encode()
    elif value is not None:
        text = str(value)
        yield text.encode()
        if re.fullmatch("(?:[0-9a-f]{2}){8,}", text):
            yield bytes.fromhex(text)


def guesses(digits: str, keys: Iterable[bytes]) -> Iterator[str]:
    """The usual ways to keep a number "hashed", with each of these as the salt or the key; in hexadecimal digits."""
    number = digits.encode()
    yield hashlib.sha256(number).hexdigest()
    yield hashlib.sha1(number).hexdigest()  # noqa: S324 - a thief would try it
    for key in keys:
        yield hashlib.sha256(key + number).hexdigest()
        yield hashlib.sha256(number + key).hexdigest()
        yield hmac.digest(key, number, hashlib.sha256).hex()
        yield hmac.digest(key, b"cpr\x00example.dk\x00" + number, hashlib.sha256).hex()


def digests_in(octets: bytes) -> set[str]:
    """Every SHA-1 and SHA-256 that a dump may hold, as hexadecimal digits: columns follow each other without a gap."""
    runs = [run.decode().lower() for run in re.findall(rb"[0-9a-fA-F]{40,}", octets)]
    return {run[at : at + size] for run in runs for size in (40, 64) for at in range(len(run) - size + 1)}
