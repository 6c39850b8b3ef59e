"""Numbers about people, made so coarse that nobody can be recognised in them.

A number from 1 to 4 is not told, and every other one is rounded down to a whole five, sums too. Whoever subtracts one
shown part from a shown sum cannot tell which of the four the other part is, and comparing two periods gives no more
than that. Up to three shown parts never give the hidden one away; four do for one set of remainders in 2 500. It is
protection by coarseness, not a proof.
"""

from typing import Final

LEAST: Final = 5

Shown = int | None
"""None: there were some, fewer than LEAST."""


def shown(count: int) -> Shown:
    """0 is told as it is: it is about nobody."""
    return None if 0 < count < LEAST else count - count % LEAST
