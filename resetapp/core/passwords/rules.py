"""What a password is judged by: our own settings, what the directories demand on top, what is known of the person."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace

from resetapp.core.accounts import DirectoryAccount, DirectoryPolicy
from resetapp.core.candidates import Candidate
from resetapp.core.cpr import CprNumber

SHORTEST_EVER = 8
SHORTEST_AS_ONLY_FACTOR = 15
LONGEST_EVER = 256  # Active Directory's own limit (MS-SAMR 3.1.1.7.2)


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """Lengths in Unicode code points. `dictionary` is asked for folded words, `breached` for whole passwords."""

    minimum: int
    maximum: int
    ascii_only: bool = False
    complexity: bool = False  # a directory demands three of five kinds of characters (MS-SAMR 3.1.1.7.2)
    institution_words: tuple[str, ...] = ()  # as `words_of` gives them
    service_words: tuple[str, ...] = ()  # the same, of this service's own name
    dictionary: Container[str] = field(default=frozenset(), repr=False)
    breached: Container[str] = field(default=frozenset(), repr=False)

    @property
    def excluding(self) -> bool:
        """No password can keep them: one directory demands more characters than another, or we, allow."""
        return self.minimum > self.maximum

    @property
    def own_part(self) -> int:
        """So many characters must be left when everything is taken away that others would guess (security.md 4.5)."""
        return (self.minimum + 1) // 2


def tightened(rules: PasswordRules, policies: Iterable[DirectoryPolicy]) -> PasswordRules:
    """Our rules and those of every directory that is to take the password: it must satisfy them all at once.

    Directories that exclude each other leave a maximum below the minimum; every password is refused then.
    """
    demanded = tuple(policies)
    return replace(
        rules,
        minimum=max([rules.minimum, *(each.minimum_length for each in demanded)]),
        maximum=min([rules.maximum, *(each.maximum_length for each in demanded if each.maximum_length)]),
        complexity=rules.complexity or any(each.complexity for each in demanded),
    )


@dataclass(frozen=True, slots=True)
class PersonWords:
    """What is known about the person and may not be part of the password. Never stored, never shown."""

    names: tuple[str, ...]
    cpr_numbers: frozenset[CprNumber] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, candidates: Iterable[Candidate], accounts: Iterable[DirectoryAccount] = ()) -> "PersonWords":
        """From all accounts that the visit found, and those just read again, which alone tell CPR numbers."""
        read = tuple(accounts)
        found: list[Candidate | DirectoryAccount] = [*candidates, *read]
        known = dict.fromkeys(name for each in found for name in (each.username, each.display_name, *each.names))
        return cls(tuple(known), frozenset(number for each in read for number in each.cpr_numbers))
