"""Bar charts of two series, with words and a table, for `templates/console/bars.html`."""

from collections.abc import Iterable
from dataclasses import dataclass

from resetapp import texts
from resetapp.core.small_numbers import LEAST, Shown
from resetapp.statistics import Pair
from resetapp.web.house import language, text

_STEPS = (1, 2, 2.5, 5, 10)
_LABEL, _AXIS = 44, 44  # of the chart's units, the widths of a label and of the numbers at the side
_FEW = 8  # bars that a phone shows without moving the chart sideways


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    done: Shown
    failed: Shown
    told_done: str
    told_failed: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`top`: of the scale. `step`: every which bar has its label under it."""

    id: str
    title: str
    finding: str
    first: str  # heading of the table's first column
    legend: tuple[str, str]
    rows: tuple[Row, ...]

    @property
    def top(self) -> int:
        return round_top(max([(row.done or 0) + (row.failed or 0) for row in self.rows], default=0))

    @property
    def step(self) -> int:
        return max(1, -(-len(self.rows) * _LABEL // (self.units - _AXIS)))

    @property
    def few(self) -> bool:
        return len(self.rows) <= _FEW

    @property
    def units(self) -> int:
        """Across; 260 high. A unit is about a pixel."""
        return 400 if self.few else 720


def round_top(most: int) -> int:
    """The least round number, a multiple of 4, that the scale can end at."""
    size = 4
    while size * 10 < most:
        size *= 10
    return int(next(size * step for step in _STEPS if size * step >= most))


def told(count: Shown) -> str:
    return f"<{LEAST}" if count is None else texts.number(language(), count)


def chart(id_: str, title: str, first: str, legend: tuple[str, str], pairs: Iterable[tuple[str, Pair]]) -> Chart:
    rows = tuple(Row(label, pair.done, pair.failed, told(pair.done), told(pair.failed)) for label, pair in pairs)
    return Chart(id_, text(title), _finding(rows), text(first), legend, rows)


def _finding(rows: tuple[Row, ...]) -> str:
    """One sentence, from the numbers that are shown."""
    most = max(rows, key=lambda row: (row.done or 0) + (row.failed or 0), default=None)
    count = (most.done or 0) + (most.failed or 0) if most else 0
    if most is None or not count:
        return text("stats.finding_none", least=LEAST)
    return text("stats.finding", label=most.label, num=texts.number(language(), count))
