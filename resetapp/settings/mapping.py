"""Mappings: which CPR number belongs to which account, where the directory does not say so itself."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MappingKey:
    """One [[mapping.key]] table. `id` stands in each row that was made with it."""

    id: str
    key: bytes = field(repr=False)  # at least 32 bytes


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """Off until `enabled`: then nobody can ask for one, and none that exists is followed."""

    enabled: bool = False
    tenant: str = ""  # part of what is hashed: no other institution's list shows that somebody is in both
    keys: tuple[MappingKey, ...] = ()  # the first makes new rows; the others still find theirs
    escrow_key: bytes | None = field(default=None, repr=False)  # X25519 public key; the private one is kept offline
    cool_down: timedelta = timedelta(hours=72)  # from the approval until the mapping counts
    student_cool_down: timedelta = timedelta(hours=24)
    student_kinds: tuple[str, ...] = ()  # values of a directory's `kind_attribute` that make an account a student's
    requests_per_day: int = 20  # of one person of the staff; more raise the alarm and have to wait
    request_life: timedelta = timedelta(days=7)  # undecided so long, a request lapses
    largest_removal: int = 5  # percent of all mappings that one file may remove without a further word

    def wait(self, kind: str) -> timedelta:
        """The cool-down of an account of this kind; the longer one for every kind that is not known as a student's."""
        return self.student_cool_down if kind and kind in self.student_kinds else self.cool_down
