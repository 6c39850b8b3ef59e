"""Looks for a secret in files and texts, in every shape that software commonly gives it."""

import base64
import quopri
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

_BASE64_OFFSETS = (b"", b"x", b"xx")  # where in a group of three octets the secret begins


def shapes(secret: str) -> dict[str, set[bytes]]:
    """The secret's octets in six encodings, by name."""
    octets = secret.encode()
    return {
        "plain": {octets, octets.upper(), octets.lower()},
        "utf-16": {secret.encode("utf-16-le"), secret.encode("utf-16-be")},
        "percent": {quote(secret, safe="").encode(), quote_plus(secret).encode()} - {octets},
        "base64": {_inner(prefix + octets, len(prefix)) for prefix in _BASE64_OFFSETS},
        "hex": {octets.hex().encode(), octets.hex().upper().encode()},
        "quoted-printable": {quopri.encodestring(octets), _json(secret)} - {octets},
    }


def _inner(octets: bytes, skipped: int) -> bytes:
    """The base64 letters that depend on the secret alone, wherever it stands in a longer text."""
    encoded = base64.b64encode(octets).rstrip(b"=")
    start = (skipped * 8 + 5) // 6
    return encoded[start : len(octets) * 8 // 6]


def _json(secret: str) -> bytes:
    return secret.encode("ascii", "backslashreplace")


def found_in(octets: bytes, secrets: Iterable[str]) -> list[str]:
    return [name for secret in secrets for name, forms in shapes(secret).items() if any(f in octets for f in forms)]


def leaks(folder: Path, secrets: Iterable[str]) -> Iterator[str]:
    """`file: encoding` for every file below `folder` that holds one of the secrets."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield from (f"{path.relative_to(folder)}: {name}" for name in found_in(path.read_bytes(), secrets))


def in_the_list_of_processes(pid: int) -> bytes:
    """What other users may see of a process, and its environment. Both are empty while the program is being loaded."""
    end = time.monotonic() + 30
    while not (arguments := Path(f"/proc/{pid}/cmdline").read_bytes()) and time.monotonic() < end:
        time.sleep(0.01)
    return arguments + Path(f"/proc/{pid}/environ").read_bytes()
