"""Taking the time of several pieces of work by turns, so that a busy moment of the machine hits them all."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

_SLOW_EVERY = 10  # a slow piece of work is done once in so many rounds


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds. The least is the work itself; the lower quartile is what a calm machine gives."""

    least: float
    quartile: float

    @classmethod
    def of(cls, measured: Iterable[float]) -> "Times":
        """Raises ValueError when nothing was measured."""
        ordered = list(measured)
        return cls(quantile(ordered, 0), quantile(ordered, 0.25))


def quantile(measured: Iterable[float], share: float) -> float:
    """The value that this share of them does not exceed; 0.5 is the median. Raises ValueError when there are none."""
    ordered = sorted(measured)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def interleaved(
    work: Mapping[str, Callable[[], object]], rounds: int, slow: Collection[str] = frozenset()
) -> dict[str, Times]:
    """Each piece of work `rounds` times, those named in `slow` a tenth as often, and once before it counts."""
    for each in work.values():
        each()
    taken: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(rounds):
        for name, each in work.items():
            if name in slow and turn % _SLOW_EVERY:
                continue
            before = time.perf_counter()
            each()
            taken[name].append((time.perf_counter() - before) * 1000)
    return {name: Times.of(measured) for name, measured in taken.items()}
