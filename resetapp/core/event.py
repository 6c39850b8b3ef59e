"""What an event is: a type of its own for each kind of thing that happens (`core.events`)."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """How long the facts are kept follows from it."""

    LOGIN = "login"
    CHANGE = "change"  # of an account, a login of somebody else, or of what this service may do
    LOOK = "look"  # somebody read what is kept about another person


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`reference`: what the person reads to support. `person`: the fingerprint. Both empty where there is none."""

    name: ClassVar[str]
    kind: ClassVar[Kind]
    reference: str = ""
    person: str = ""

    def facts(self) -> dict[str, object]:
        """All of them, ready for JSON."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
