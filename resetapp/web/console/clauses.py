"""The last report of `check-config --terms`, as it lies in its file: what it says, of when, by which version of ours.

The examination itself rehearses logins on a copy of the installation. No page sets it going; it is the operator's, or a
timer's, and this only reads what it has left. Nothing in the file is believed to be more than text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

STATES = ("holds", "declared", "to-be-declared", "does-not-hold")  # values of terms.clause.State, the best first
_MOST_OCTETS = 4 * 1024 * 1024
_CLAUSE = re.compile(r"[TP][0-9]{1,2}", re.ASCII)
_LONGEST_VERSION = 20


class UnreadableReport(Exception):
    """It is there, and is no report of ours."""


@dataclass(frozen=True, slots=True)
class ClausesReport:
    """`counts`: of clauses by their state. `failing`: the ids of those that do not hold."""

    made_at: datetime
    version: str
    counts: Mapping[str, int]
    failing: tuple[str, ...]


def last_report(file: Path) -> ClausesReport | None:
    """None when there is none. Raises UnreadableReport."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(_MOST_OCTETS)
        return _read(json.loads(octets))
    except FileNotFoundError:
        return None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # what is wrong with it may differ
        raise UnreadableReport from None


def _read(told: dict[str, object]) -> ClausesReport:
    made_at = datetime.fromisoformat(str(told["made_at"]))
    clauses = [(str(each["id"]), str(each["state"])) for each in told["clauses"]]  # type: ignore[attr-defined]
    if not clauses or not all(_CLAUSE.fullmatch(name) and state in STATES for name, state in clauses):
        raise ValueError("not a report")
    return ClausesReport(
        made_at=made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC),
        version=str(told["version"])[:_LONGEST_VERSION],
        counts={each: sum(state == each for _, state in clauses) for each in STATES},
        failing=tuple(name for name, state in clauses if state == STATES[-1]),
    )
