"""Is this password in the list? The files are mapped, so all workers share what the machine keeps in memory."""

import hashlib
import mmap
import os
from pathlib import Path
from struct import Struct

from resetapp.breached.form import INDEX_BYTES, INDEX_ENTRY, TAIL, BreachedTrouble, read_about

_TWO = Struct("<II")


def tail_and_bucket(password: str) -> tuple[bytes, int]:
    """Where the password is looked for. SHA-1 because the published lists hold nothing else; it protects nothing."""
    digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return digest[3 : 3 + TAIL], int.from_bytes(digest[:3], "big")


class LeakedPasswords:
    """A built list, opened. A list that is replaced meanwhile stays readable until this one is closed."""

    def __init__(self, folder: Path) -> None:
        """Raises BreachedTrouble when a file is missing, unreadable or not as long as it should be."""
        self.about = read_about(folder)
        self._index = _mapped(folder / self.about.index, INDEX_BYTES)
        self._tails = _mapped(folder / self.about.tails, self.about.entries * TAIL)
        if self._bounds(0)[0] != 0 or _TWO.unpack_from(self._index, INDEX_BYTES - 2 * INDEX_ENTRY)[1] != len(self):
            raise BreachedTrouble(f"{folder / self.about.index} does not belong to this list")

    def __len__(self) -> int:
        return self.about.entries

    def __contains__(self, password: object) -> bool:
        """For a text. It is not kept, and its hash is in no message."""
        tail, bucket = tail_and_bucket(str(password))
        start, end = self._bounds(bucket)
        block = self._tails[start * TAIL : end * TAIL]
        at = block.find(tail)
        while at != -1 and at % TAIL:  # a hit must lie on a record's boundary
            at = block.find(tail, at + 1)
        return at != -1

    def _bounds(self, bucket: int) -> tuple[int, int]:
        start, end = _TWO.unpack_from(self._index, bucket * INDEX_ENTRY)
        return start, end

    def close(self) -> None:
        self._index.close()
        self._tails.close()


def _mapped(path: Path, size: int) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno()).st_size
            if found != size or not size:
                raise BreachedTrouble(f"{path} has {found} bytes, it should have {size}")
            mapped = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    except OSError as error:
        raise BreachedTrouble(f"{path} cannot be read ({os.strerror(error.errno or 0)})") from None
    mapped.madvise(mmap.MADV_RANDOM)  # reading ahead would only push other things out of memory
    return mapped


def demand_usable(folder: Path | None) -> None:
    """Before the workers start, so that one message tells it. Raises BreachedTrouble as LeakedPasswords does."""
    if folder is not None:
        LeakedPasswords(folder).close()
