"""A random choice that anybody can make again: the events whose number, hashed with the seed, comes first."""

import heapq
from hashlib import sha256
from typing import Final

from resetapp.report.contents import LookUpSeen

SIZE: Final = 10


class Sample:
    """Of a stream of any length, `SIZE` at most are kept. Neither order nor number of the others matters."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._kept: list[tuple[int, int, LookUpSeen]] = []

    def take(self, seen: LookUpSeen) -> None:
        entry = (-rank(self._seed, seen.seq), seen.seq, seen)
        if len(self._kept) < SIZE:
            heapq.heappush(self._kept, entry)
        else:
            heapq.heappushpop(self._kept, entry)

    def chosen(self) -> list[LookUpSeen]:
        """In the order in which they happened."""
        return sorted((seen for _, _, seen in self._kept), key=lambda each: each.seq)


def rank(seed: str, seq: int) -> int:
    """SHA-256 of `seed:number`, as a number."""
    return int.from_bytes(sha256(f"{seed}:{seq}".encode()).digest())
