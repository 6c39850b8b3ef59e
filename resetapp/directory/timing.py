"""How long a directory takes to answer, counted in steps, for the machine that watches (`web.metrics`)."""

import threading
from bisect import bisect_left
from typing import Final

STEPS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; what took longer than the last is in no step, only in the number of all."""


class AnswerTimes:
    """Of one directory, since this process started. Thread-safe."""

    def __init__(self) -> None:
        self._counts = [0] * (len(STEPS) + 1)
        self._seconds = 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        with self._lock:
            self._counts[bisect_left(STEPS, seconds)] += 1
            self._seconds += seconds

    def told(self) -> tuple[list[int], int, float]:
        """How many took no longer than each step, how many there were, and how long they took together."""
        with self._lock:
            counts, seconds = list(self._counts), self._seconds
        return [sum(counts[: place + 1]) for place in range(len(STEPS))], sum(counts), seconds
