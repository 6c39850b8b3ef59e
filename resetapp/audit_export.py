"""The audit trail for other programs: JSON lines in the Elastic Common Schema's names, or CSV (security.md A-09)."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final

from resetapp.core.ecs import ECS, UNDECLARED, outcome_of
from resetapp.core.events import StaffLookedUp
from resetapp.storage.tables import AuditEvent

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")  # what a spreadsheet would carry out (ASVS 1.2.10)
_COLUMNS = ("seq", "at", "event", "reference", "facts", "hash")


def facts_without_fingerprints(event: AuditEvent) -> dict[str, Any] | None:
    """What the event tells, for people who may read it: who it is about is told by the reference alone.

    None when it has been erased. Raises ValueError when somebody has made something else of it.
    """
    if event.facts is None:
        return None
    facts = json.loads(event.facts)
    if not isinstance(facts, dict):
        raise ValueError("no facts")
    facts.pop("person", None)
    if event.name == StaffLookedUp.name and facts.get("by") == "cpr":
        facts.pop("about", None)
    return facts


def facts_as_kept(event: AuditEvent) -> object:
    return json.loads(event.facts) if event.facts else None


Facts = Callable[[AuditEvent], object]


def ecs(events: Iterable[AuditEvent], facts_of: Facts = facts_as_kept) -> Iterator[str]:
    """One object a line. Facts that cannot be read (an edited row) are told as `null`, not erased."""
    for event in events:
        found, facts = ECS.get(event.name, UNDECLARED), _readable(event, facts_of)
        yield json.dumps(
            {
                "@timestamp": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "ecs": {"version": "8.11.0"},
                "event": {
                    "kind": "event",
                    "category": [found.category],
                    "type": list(found.types),
                    "outcome": outcome_of(found, facts),
                    "dataset": "resetapp.audit",
                    "action": event.name,
                    "sequence": event.seq,
                    "hash": event.hash,
                },
                "labels": {"reference": event.reference} if event.reference else {},
                "resetapp": {"facts": facts, "erased": event.facts is None},
            },
            ensure_ascii=False,
        )


def csv_lines(events: Iterable[AuditEvent], facts_of: Facts = facts_as_kept) -> Iterator[str]:
    yield _line(_COLUMNS)
    for event in events:
        at, facts = event.at.astimezone(UTC).isoformat(timespec="microseconds"), _cell(_readable(event, facts_of))
        yield _line((str(event.seq), at, event.name, event.reference or "", facts, event.hash))


FORMS: Final[Mapping[str, Callable[..., Iterator[str]]]] = MappingProxyType({"ecs": ecs, "csv": csv_lines})


def _readable(event: AuditEvent, facts_of: Facts) -> object:
    try:
        return facts_of(event)
    except (ValueError, RecursionError):
        return None


def _cell(facts: object) -> str:
    """A Danish Excel cuts cells at a semicolon, also in the midst of a quoted one: what follows could be a formula."""
    written = "" if facts is None else json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return written.replace(";", "\\u003b")


def harmless(cell: str) -> str:
    """A quotation mark keeps what begins like a formula a text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(map(harmless, cells))
    return line.getvalue()
