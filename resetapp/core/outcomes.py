"""Every end a visit can come to, and every answer a directory can give to a new password."""

from dataclasses import dataclass
from enum import StrEnum

from resetapp.core.accounts import AccountKey, DirectoryAccount


class Outcome(StrEnum):
    """What a visit came to. Pages, statistics, support and audit all use this one list."""

    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"  # of several accounts some got the new password and others did not: never called a success
    UNKNOWN = "unknown"  # sent to the directory, no answer: nobody may call it a success or a failure
    LEFT = "left"  # the person logged out
    LOGGED_OUT_ELSEWHERE = "logged_out_elsewhere"  # the hub ended the login
    EXPIRED = "expired"
    NO_STAFF_ROLE = "no_staff_role"  # somebody asked for the console, and no group (or every one) gives a role
    LOGIN_CLOSED = "login_closed"  # the terms record is not filled in, or the operator has closed the login
    CANCELLED = "cancelled"
    LOGIN_FAILED = "login_failed"
    WRONG_AUTHORITY = "wrong_authority"  # somebody other than NemLog-in vouched
    NO_CPR = "no_cpr"
    ASSURANCE_TOO_LOW = "assurance_too_low"
    ASSURANCE_UNKNOWN = "assurance_unknown"
    NO_ACCOUNT = "no_account"
    NO_USABLE_ACCOUNT = "no_usable_account"  # found, but all closed, expired or protected
    TOO_OFTEN = "too_often"
    DIRECTORY_DOWN = "directory_down"


class Step(StrEnum):
    """Where a visit stands. Computed from what has happened, never stored (`storage.tables.Visit.step`)."""

    ACCOUNT = "account"
    PASSWORD = "password"  # noqa: S105 - the name of a page
    RECEIPT = "receipt"
    STOPPED = "stopped"
    ENDED = "ended"


class AttemptState(StrEnum):
    """READY → SENDING → SET | REFUSED | UNKNOWN | NOT_SET; READY → REFUSED | NOT_SET when nothing was sent.

    UNKNOWN → PRESUMED | NOT_SET when the directory has been looked at again (`resetapp.settle`).
    """

    READY = "ready"
    SENDING = "sending"
    SET = "set"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    PRESUMED = "presumed"  # the directory shows a change in our window; nobody has logged in with it to prove it
    NOT_SET = "not_set"
    UNLOCKED = "unlocked"  # no password was sent: the account was locked and is open again


class Refusal(StrEnum):
    """Why a new password was refused, by our own rules or by the directory."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_CHARACTER = "bad_character"
    SPACE_AT_END = "space_at_end"
    CONTAINS_NAME = "contains_name"
    CONTAINS_CPR = "contains_cpr"
    CONTAINS_INSTITUTION = "contains_institution"
    TOO_COMMON = "too_common"
    ONE_WORD = "one_word"  # of a dictionary, with digits or signs at its ends
    SEQUENCE = "sequence"  # mostly 12345, abcde, qwerty
    REPEATED = "repeated"
    BREACHED = "breached"  # seen in a leak of another service's passwords
    TOO_FEW_KINDS = "too_few_kinds"  # of characters, for a directory that demands three (MS-SAMR 3.1.1.7.2)
    MORE_KINDS = "more_kinds"  # of characters, as a directory says that does not demand just three of them
    USED_BEFORE = "used_before"
    TOO_YOUNG = "too_young"
    BY_POLICY = "by_policy"
    ACCOUNT_PROTECTED = "account_protected"  # not the password's fault: no further try helps
    ACCOUNT_CHANGED = "account_changed"  # closed, expired or given to someone else since the match
    NO_ANSWER = "no_answer"  # the directory could not be reached, and nothing was sent to it
    SERVICE_STOPPED = "service_stopped"  # by the operator, and nothing was sent
    OVERTAKEN = "overtaken"  # somebody changed the password again, later and not here


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """The directory said yes, and a bind as the user with the new password worked."""

    account: AccountKey
    must_change: bool = False  # the directory will ask for another one at the next login


@dataclass(frozen=True, slots=True)
class PasswordRefused:
    """Nothing was changed, for these reasons."""

    reasons: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The request left us and what became of it is not known."""

    account: AccountKey


@dataclass(frozen=True, slots=True)
class AccountUnlocked:
    """The lock is gone, as the directory shows it; the password is the old one."""

    account: AccountKey


ResetOutcome = PasswordSet | PasswordRefused | OutcomeUnknown
UnlockOutcome = AccountUnlocked | PasswordRefused | OutcomeUnknown


@dataclass(frozen=True, slots=True)
class MatchResult:
    """A person's accounts in all directories.

    `not_asked` names directories that could not answer: while there is one, "no account" is never claimed.
    """

    accounts: tuple[DirectoryAccount, ...]
    not_asked: tuple[str, ...]
    outcome: Outcome
