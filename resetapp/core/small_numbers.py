"""Numbers about people, made so coarse that nobody can be recognised in them.

A number from 1 to 4 is not told, and every other one is rounded down to a whole five, sums too. Whoever subtracts what
is shown from a sum that is shown gets a span of at least five, never the number that was left out; neither does it help
to compare two periods, or today's page with yesterday's.
"""

from typing import Final

LEAST: Final = 5

Shown = int | None
"""None: there were some, fewer than LEAST."""


def shown(count: int) -> Shown:
    """0 is told as it is: it is about nobody."""
    return None if 0 < count < LEAST else count - count % LEAST
