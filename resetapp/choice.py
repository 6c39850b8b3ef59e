"""Which of a person's accounts can get one new password together, and which cannot get any at the moment.

Told before anything is typed: directories may exclude each other, one demanding more characters than another allows,
and an account waits while an earlier change of it may still be carried out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations

from resetapp.core.accounts import AccountKey
from resetapp.core.candidates import Candidate
from resetapp.core.passwords import PasswordRules, tightened
from resetapp.storage import attempts, visits
from resetapp.storage.database import Session
from resetapp.storage.tables import Attempt, Visit


@dataclass(frozen=True, slots=True)
class Exclusion:
    """No password is long enough for the one and short enough for the other."""

    longer: Candidate
    minimum: int
    shorter: Candidate
    maximum: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The accounts found, sorted by what can be done with them. Places are those in the visit's list."""

    free: Mapping[int, Candidate]
    waiting: Mapping[AccountKey, Attempt] = field(default_factory=dict)
    unattainable: tuple[Candidate, ...] = ()  # what their directory allows, our own rules do not

    def chosen(self, places: Collection[int]) -> list[Candidate]:
        return [self.free[place] for place in sorted(set(places)) if place in self.free]


def offer(db: Session, visit: Visit, rules: PasswordRules, now: datetime) -> Offer:
    found = visits.candidates(visit)
    usable = {place: each for place, each in enumerate(found) if each.usable}
    waiting = attempts.under_way(db, [each.key for each in usable.values()], now)
    unattainable = tuple(each for each in usable.values() if tightened(rules, [each.policy]).excluding)
    free = {place: each for place, each in usable.items() if each.key not in waiting and each not in unattainable}
    return Offer(free, waiting, unattainable)


def exclusions(rules: PasswordRules, accounts: Iterable[Candidate]) -> list[Exclusion]:
    """The pairs of these accounts that cannot get the same password: all that stands in the way of any number of them.

    Each of them alone can get one.
    """
    found = []
    for longer, shorter in permutations(accounts, 2):
        minimum = tightened(rules, [longer.policy]).minimum
        maximum = tightened(rules, [shorter.policy]).maximum
        if minimum > maximum:
            found.append(Exclusion(longer, minimum, shorter, maximum))
    return found
