"""Files as the list of leaked passwords is published: made here of passwords of our own."""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path


def hashes(passwords: Mapping[str, int]) -> list[tuple[str, int]]:
    """(SHA-1 as 40 upper-case digits, count), in the published order."""
    return sorted((hashlib.sha1(each.encode()).hexdigest().upper(), count) for each, count in passwords.items())  # noqa: S324 - the published form


def range_files(folder: Path, passwords: Mapping[str, int], suffix: str = "") -> list[Path]:
    """One file for each five digits that occur, with lines of the other 35; in order."""
    folder.mkdir(exist_ok=True)
    lines = defaultdict(list)
    for digits, count in hashes(passwords):
        lines[digits[:5]].append(f"{digits[5:]}:{count}")
    for prefix, found in lines.items():
        content = "\r\n".join(found).encode()  # the published files have no end of line at their end
        (folder / f"{prefix}{suffix}").write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    return sorted(folder.iterdir())


def ordered_file(path: Path, passwords: Mapping[str, int]) -> Path:
    content = "".join(f"{digits}:{count}\n" for digits, count in hashes(passwords)).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
