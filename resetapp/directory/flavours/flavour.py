"""What differs between kinds of directory servers: facts and functions, gathered in one value for each kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import Refusal
from resetapp.directory.entries import Entry
from resetapp.directory.groups import GroupQuestion, Members
from resetapp.directory.messages import Search
from resetapp.directory.session import Answer, Control, Session

Changes = Mapping[str, tuple[bytes, ...]]
"""Attributes with the values they are to have, all in one modify."""


@dataclass(frozen=True, slots=True)
class Dates:
    """From when and until when an account may be used, as far as the entry tells."""

    first: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """How an entry is named for ever, whatever becomes of its DN."""

    attribute: str
    read: Callable[[Entry], str]  # "" when the server does not show it
    named: Callable[[str], str]  # the filter that finds it; raises ValueError for what is no id of this kind
    lasting: Callable[[str], str]  # the name that follows it when it moves, given its id; "" = there is only the DN


@dataclass(frozen=True, slots=True)
class State:
    """May the account be used? Each raises Unreadable for what cannot be understood."""

    closed: Callable[[Entry], bool]  # by an administrator; a new password must not open it again
    dates: Callable[[Entry], Dates]
    locked: Callable[[Entry, datetime, Session, str], bool]  # for wrong passwords; given the settings' `policy`


@dataclass(frozen=True, slots=True)
class Writing:
    """A new password on its way, and what the answers to it mean."""

    attribute: str
    value: Callable[[str], bytes]  # raises UnicodeEncodeError
    unlocking: Callable[[Entry], Changes]  # what goes along so that a locked account opens
    enabling: Callable[[Entry], Changes]  # what goes along so that a closed account opens
    still_to_change: Callable[[Entry], Changes]  # what goes along so that a mark "must change" stays; none without one
    unlock: Changes  # alone, without a password
    controls: Callable[[frozenset[str]], tuple[Control, ...]]  # given those the server supports
    condition: Callable[[Entry, frozenset[str], bool], str] | None
    """What must still hold of the entry when the change is carried out (RFC 4528); None: this kind cannot be asked.

    Given the controls the server supports, and whether the account may be one that an administrator has closed."""
    refusal: Callable[[Answer], Refusal | None]  # None: the answer is no refusal of this password
    proves: Callable[[Answer], bool]  # is the password right, by this answer to a login as the user?
    must_change: Callable[[Answer], bool]  # does that answer say that another password must be chosen?
    harmless: Callable[[], tuple[str, bytes]]
    """For check-config: ("replace" or "delete", a value that no server can take), to learn who may write."""
    permitted: Callable[[Answer], bool]  # does the answer to that say "you may, but this value is no good"?
    policy_holds: Callable[[Answer], bool | None] | None
    """For check-config: must the service account obey the policy, by the answer to a hash in place of an absent value?

    None in the answer: it does not tell. None itself: such an account shows by what it can read."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Where the rules for an account's next password stand, if they can be read."""

    dn: Callable[[Entry, Session, str], str]  # given the settings' `policy`; "" when it is not known
    attributes: tuple[str, ...]
    read: Callable[[Entry, Session], DirectoryPolicy]


@dataclass(frozen=True, slots=True)
class Privileges:
    """Accounts that are more than one person's own, beyond what the settings name. Unreadable protects."""

    attributes: tuple[str, ...]
    kind: Callable[[Entry], bool]  # a program, a machine, an administrator: by the entry itself
    members: Callable[[GroupQuestion, Session], Members]  # of the configured groups; raises UnreadableGroup
    belongs: Callable[[Entry, frozenset[str], Members, Session], bool]  # given the account's usernames, normalised
    is_member: Callable[[Entry, frozenset[str], Members, Session], bool]  # of the given groups, and nothing beside them
    asks_each: bool = False  # does `belongs` ask the server about each account?


Clearing = Callable[[Sequence[Entry], Members, Session], frozenset[str]]
"""Of these accounts the ids (`Identity.read`) of those that surely belong to none of the protected groups."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """For tens of thousands of accounts, where what the server computes for each of them takes too long."""

    attributes: tuple[str, ...] = ()  # what `clearing` reads, beyond the others
    spared: frozenset[str] = frozenset()  # attributes that are not asked for; the account's policy may be another then
    clearing: Callable[[], Clearing] = lambda: _nobody  # one for each run


def _nobody(_entries: Sequence[Entry], _members: Members, _session: Session) -> frozenset[str]:
    """Each is judged as when it is looked up alone."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Flavour:
    """A further kind of server is a further constant and a line in the contract tests."""

    identity: Identity
    attributes: tuple[str, ...]  # what the functions below read, `privileges.attributes` apart
    person: Callable[[str], str]  # the filter for people, given the settings' person_class
    mark: Callable[[Entry, Session], str]  # moves whenever the password is changed; "" = not shown
    changed_at: Callable[[Entry], datetime | None]
    state: State
    lock_attribute: str  # must be readable, or locks are not seen
    mark_attribute: str  # must be readable, or nobody can tell whether a password has been changed
    wanted_controls: Mapping[str, tuple[str, str]]  # OID -> (its name, what is lost without it)
    without_controls: str  # the remedy
    writing: Writing
    policies: Policies
    privileges: Privileges
    asks: Callable[[Entry], tuple[Search, ...]]  # what judging this entry asks the server, beyond what others ask too
    bulk: Bulk = Bulk()
