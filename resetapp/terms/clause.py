"""What a clause is, and what looking at it brings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from resetapp import texts
from resetapp.terms.inspection import Inspection


class State(StrEnum):
    """How a clause, or one thing looked at for it, stands. The worst thing decides for the clause."""

    HOLDS = "holds"
    DECLARED = "declared"  # by the operator, in the terms record: nobody can look it up
    TO_BE_DECLARED = "to-be-declared"
    DOES_NOT_HOLD = "does-not-hold"


class Proof(StrEnum):
    """Where the evidence comes from."""

    SETTINGS = "settings"
    DECLARATION = "declaration"
    METADATA = "metadata"  # ours, as it is sent to WAYF
    PAGES = "pages"  # as the application gives them
    REHEARSAL = "rehearsal"  # logins, logouts and resets of invented people on a copy of this installation
    KEYS = "keys"
    DATABASE = "database"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at just now. `key` names its text, `found` is what was found, in no language."""

    key: str
    state: State
    found: str = ""

    def sentence(self, language: str) -> str:
        said = texts.terms(language, self.key)
        return f"{said}: {self.found}" if self.found else said

    def remedy(self, language: str) -> str:
        """What to do; "" when nothing is to be done."""
        if self.state is State.TO_BE_DECLARED:
            return texts.terms(language, "remedy.declare", setting=self.key.removeprefix("declared."))
        if self.state is not State.DOES_NOT_HOLD:
            return ""
        own = f"{self.key}.remedy"
        return texts.terms(language, own if texts.has_terms(own) else "remedy.program")


Examination: TypeAlias = Callable[[Inspection], Iterable[Point]]


@dataclass(frozen=True, slots=True)
class Clause:
    """`name`: in Danish, as the terms have it; what it demands stands in the catalogues under `T4.demand`."""

    id: str
    name: str
    proofs: tuple[Proof, ...]
    examine: Examination

    def demand(self, language: str) -> str:
        return texts.terms(language, f"{self.id}.demand")


@dataclass(frozen=True, slots=True)
class Finding:
    """A clause and what was found for it."""

    clause: Clause
    points: tuple[Point, ...]

    @property
    def state(self) -> State:
        order = list(State)
        return max((point.state for point in self.points), key=order.index, default=State.DOES_NOT_HOLD)


def fact(key: str, holds: bool, found: object = "") -> Point:
    return Point(key, State.HOLDS if holds else State.DOES_NOT_HOLD, str(found))


def declared(inspection: Inspection, *keys: str) -> Iterable[Point]:
    """What the operator says in these keys of [terms]."""
    for key in keys:
        value = getattr(inspection.settings.terms, key)
        yield Point(f"declared.{key}", State.DECLARED if value else State.TO_BE_DECLARED, _written(value))


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "; ".join(value) if isinstance(value, tuple) else str(value or "")
