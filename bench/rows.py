"""What a measurement says, and the table in which all of them are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` as it is read, "≤ 5"; "" for a figure that is told for comparison and cannot miss."""

    name: str
    value: float
    unit: str
    target: str = ""
    ok: bool = True


def at_most(name: str, value: float, unit: str, limit: float) -> Row:
    return Row(name, value, unit, f"≤ {limit:g}", value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Row:
    return Row(name, value, unit, f"≥ {limit:g}", value >= limit)


def below(name: str, value: float, unit: str, limit: float) -> Row:
    return Row(name, value, unit, f"< {limit:g}", value < limit)


def table(rows: Sequence[Row]) -> str:
    """One line a row: mark, name, measured, target. `✗` is a target missed, `✓` one reached."""
    return _lines(rows, _width(rows))


def tables(parts: Mapping[str, Sequence[Row]]) -> str:
    """One table of several parts, each below its title."""
    width = _width([row for rows in parts.values() for row in rows])
    return "\n\n".join(f"{title}\n{_lines(rows, width)}" for title, rows in parts.items())


def _width(rows: Sequence[Row]) -> int:
    return max((len(row.name) for row in rows), default=0)


def _lines(rows: Sequence[Row], width: int) -> str:
    return "\n".join(
        f"  {_mark(row)} {row.name:<{width}}  {_figure(row.value):>8} {row.unit:<6} {row.target}".rstrip()
        for row in rows
    )


def _mark(row: Row) -> str:
    if not row.ok:
        return "✗"
    return "✓" if row.target else " "


def _figure(value: float) -> str:
    """Three digits that count; more would only be the machine's mood."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
