"""Mappings: the words for what they are and what may be wrong with one that somebody asks for."""

from collections.abc import Mapping
from enum import StrEnum


class MappingState(StrEnum):
    """REQUESTED → APPROVED | REJECTED | FROZEN; APPROVED → FROZEN | SUPERSEDED | REMOVED; FROZEN → REMOVED."""

    REQUESTED = "requested"
    APPROVED = "approved"  # counts from `active_from` on
    REJECTED = "rejected"  # also withdrawn or lapsed; the request says which
    FROZEN = "frozen"  # by the account's owner: counts no more, and no other can be made before it is removed
    SUPERSEDED = "superseded"  # the person has a new CPR number
    REMOVED = "removed"


class RequestKind(StrEnum):
    SINGLE = "single"
    CHANGE = "change"  # of one person's CPR number, for all their accounts
    IMPORT = "import"  # of a file


class RequestState(StrEnum):
    CHECKING = "checking"  # a file that is being looked at
    FAULTY = "faulty"  # a file with faults: nothing of it is kept but where they are
    WAITING = "waiting"  # for a second person
    APPLYING = "applying"  # an approved file that is being carried out
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by who asked for it
    FROZEN = "frozen"  # by the account's owner
    LAPSED = "lapsed"  # nobody decided in time


class Problem(StrEnum):
    """Why a mapping cannot be asked for or approved. Each has its text, `mapping.error_<value>`."""

    CPR_REPLACEMENT = "cpr_replacement"  # nobody can log in with such a number
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_AMBIGUOUS = "account_ambiguous"  # in several directories
    ACCOUNT_PRIVILEGED = "account_privileged"
    ACCOUNT_HAS_NUMBER = "account_has_number"  # in its directory, which is the source then (security.md 2.4, item 1)
    ACCOUNT_TAKEN = "account_taken"  # mapped to somebody else, or frozen
    ACCOUNT_SAME = "account_same"  # mapped to this very person already
    ALREADY_REQUESTED = "already_requested"
    SELF = "self"  # the number or the account is that of who asks or approves
    SAME_PERSON = "same_person"  # who asked cannot approve
    NOTHING_MAPPED = "nothing_mapped"  # to the old number
    SAME_NUMBER = "same_number"  # old and new
    NOT_WAITING = "not_waiting"  # decided, withdrawn or frozen meanwhile
    CHANGED = "changed"  # the directory or the list is not as it was when the request was made
    ASKER_GONE = "asker_gone"  # who asked has lost the role for it, or their account is closed
    KEY_CHANGED = "key_changed"  # whether it is their own number cannot be told before they log in anew


class MappingRefused(Exception):
    """Nothing was changed. `values`: for the text."""

    def __init__(self, problem: Problem, values: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.values = dict(values or {})
