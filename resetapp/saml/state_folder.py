"""What the service remembers of the federation, in files: written whole or not at all, by one process at a time."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Alone among all processes of this machine; False when another one is at it and we do not wait. Raises OSError.

    The system takes the lock away from a process that dies.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _taken(file, wait)
    finally:
        os.close(file)


def _taken(file: int, wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def keep(path: Path, octets: bytes) -> None:
    """In place of what was there, in one step: whoever reads sees the old file or the new one. Raises OSError."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with open(number, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise


def read_words(path: Path) -> dict[str, str]:
    """A JSON object of texts; anything else, or nothing, is an empty one: these files only save work and tell times."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): value for name, value in found.items() if isinstance(value, str)}


def keep_words(path: Path, words: Mapping[str, str]) -> None:
    """Raises OSError."""
    keep(path, json.dumps(dict(words)).encode())


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes whenever the file does; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
