"""Secret keys in files of their own: written once, never over another, and read only when nobody else can."""

import os
import re
import stat
from pathlib import Path

_SIZE = 32  # bytes
_MOST = 256  # octets of a file that is read
_FORM = re.compile(rb"[0-9a-fA-F]{64}")


class KeyFileTrouble(Exception):
    """`problem` names the file and nothing of what is in it; `remedy` says what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def write_key(path: Path, key: bytes) -> None:
    """As hexadecimal digits, mode 0400. Raises KeyFileTrouble, and then no file is left behind."""
    try:
        # O_EXCL: also a symbolic link that somebody laid there is not followed.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    except FileExistsError:
        raise KeyFileTrouble(f"{path} is there already", "Name a new file: no key is ever overwritten") from None
    except OSError as error:
        raise _unusable(path, "written", error) from None
    try:
        with os.fdopen(file, "wb") as written:
            written.write(key.hex().encode() + b"\n")
            written.flush()
            os.fsync(written.fileno())
    except OSError as error:
        path.unlink()
        raise _unusable(path, "written", error) from None


def read_key(path: Path) -> bytes:
    """32 bytes. Raises KeyFileTrouble when anybody but the file's owner can read it: who can has every number."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as opened:
            _demand_private(path, os.fstat(file))
            text = opened.read(_MOST).strip()
    except OSError as error:
        raise _unusable(path, "read", error) from None
    if not _FORM.fullmatch(text):
        problem = f"{path} does not hold {_SIZE} bytes as {2 * _SIZE} hexadecimal digits"
        raise KeyFileTrouble(problem, "Name the file that `resetapp mapping escrow-key` wrote")
    return bytes.fromhex(text.decode())


def _demand_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyFileTrouble(f"{path} is not a file", "Name the file that `resetapp mapping escrow-key` wrote")
    if found.st_mode & 0o077:
        remedy = f"chmod 0400 {path}; a stick that knows no modes is mounted with umask=0177"
        raise KeyFileTrouble(f"{path} is open to others than its owner (mode {found.st_mode & 0o777:04o})", remedy)


def _unusable(path: Path, what: str, error: OSError) -> KeyFileTrouble:
    return KeyFileTrouble(f"{path} cannot be {what} ({type(error).__name__})", "Check the folder, its owner and mode")
