"""What is written down for good: each kind of event with exactly the facts it carries (ASVS 16.2.1, security.md L-01).

An event is a type, so that none can be written without a fact it needs or with one that nobody declared. No fact is a
CPR number or a password; a person is named by the keyed fingerprint of the number alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from resetapp.core.code_events import CODE_EVENTS
from resetapp.core.event import Event, Kind
from resetapp.core.mapping_events import MAPPING_EVENTS
from resetapp.core.unlock_events import UNLOCK_EVENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCompleted(Event):
    name = "login.completed"
    kind = Kind.LOGIN
    assurance: int  # NSIS: 1 to 3
    accounts: int
    not_asked: tuple[str, ...]  # directories that did not answer
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRefused(Event):
    name = "login.refused"
    kind = Kind.LOGIN
    outcome: str
    reason: str  # our own word


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEnded(Event):
    name = "login.ended"
    kind = Kind.LOGIN
    by: str  # "person", "hub", "newer_login"; of the staff also "role", which was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsChosen(Event):
    name = "accounts.chosen"
    kind = Kind.LOGIN
    accounts: tuple[str, ...]  # directory:entry id


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnAccount(Event):
    attempt: str
    directory: str
    entry_id: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRefused(_OnAccount):
    """Before anything was sent."""

    name = "password.refused"
    kind = Kind.LOGIN
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSending(_OnAccount):
    """Written down before the directory is asked: there is no change without it (security.md R-02)."""

    name = "password.sending"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAnswered(_OnAccount):
    name = "password.answered"
    kind = Kind.CHANGE
    state: str  # values of core.outcomes.AttemptState
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSettled(_OnAccount):
    """An answer that was lost, found out later."""

    name = "password.settled"
    kind = Kind.CHANGE
    state: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockSending(_OnAccount):
    name = "unlock.sending"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockAnswered(_OnAccount):
    name = "unlock.answered"
    kind = Kind.CHANGE
    state: str  # "unlocked", "refused", "unknown"
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMail(Event):
    """Kept as long as the change that the mail tells of. `address`: masked (`core.mailbox`).

    About an attempt, or a mapping, or neither: what support did.
    """

    attempt: str
    mapping: str = ""
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSent(_OfMail):
    """The institution's mail server took it; whether it was read, nobody here knows."""

    name = "mail.sent"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class MailGivenUp(_OfMail):
    name = "mail.given_up"
    kind = Kind.CHANGE
    reason: str  # our own word, perhaps with the server's code


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSent(_OfMail):
    """The institution's gateway took it."""

    name = "sms.sent"
    kind = Kind.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsGivenUp(_OfMail):
    name = "sms.given_up"
    kind = Kind.CHANGE
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByStaff(Event):
    """`person` and `username`: of who did it."""

    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLoggedIn(_ByStaff):
    name = "staff.logged_in"
    kind = Kind.CHANGE  # kept as long as what they may do with it
    directory: str
    entry_id: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDenied(_ByStaff):
    """Somebody of the staff asked for a page that is for another role."""

    name = "staff.denied"
    kind = Kind.CHANGE
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLookedUp(_ByStaff):
    """`about`: the reference or username that was typed; of a CPR number the fingerprint, never the number."""

    name = "staff.looked_up"
    kind = Kind.LOOK
    by: str  # "reference", "username", "cpr"
    about: str
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen(Event):
    """Somebody of the staff was shown this person's visit, or asked the trail about it: the person may ask when, and by
    which kind of staff.

    Who it was stands in the StaffLookedUp or StaffReadEvents after it, and is not the person's to be told (GDPR
    article 15, C-579/21).
    """

    name = "person.seen"
    kind = Kind.LOOK
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEndedLogins(_ByStaff):
    name = "staff.ended_logins"
    kind = Kind.CHANGE
    about: str  # reference of the visit
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReadEvents(_ByStaff):
    """`wanted`: the filter, in no language: "event=login.refused from=2026-11-01"; "" for all."""

    name = "staff.read_events"
    kind = Kind.LOOK
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffExportedEvents(_ByStaff):
    """Written before the first line goes out. `why`: in the words of who asked (A-09)."""

    name = "staff.exported_events"
    kind = Kind.LOOK
    wanted: str
    form: str  # "csv", "ecs"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExported(Event):
    name = "person.exported"
    kind = Kind.LOOK
    by: str  # who ran the command: the system's number of the user
    logins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """Names nobody: it would be kept about a person who asked that nothing be."""

    name = "person.erased"
    kind = Kind.CHANGE
    by: str
    logins: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSet(Event):
    name = "notice.set"
    kind = Kind.CHANGE
    by: str
    login_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCleared(Event):
    name = "notice.cleared"
    kind = Kind.CHANGE
    by: str


EVENTS: Final[Mapping[str, type[Event]]] = {
    each.name: each
    for each in (
        *(LoginCompleted, LoginRefused, LoginEnded, AccountsChosen),
        *(PasswordRefused, PasswordSending, PasswordAnswered, PasswordSettled, UnlockSending, UnlockAnswered),
        *(StaffLoggedIn, StaffDenied, StaffLookedUp, StaffEndedLogins, StaffReadEvents, StaffExportedEvents),
        *(MailSent, MailGivenUp, SmsSent, SmsGivenUp),
        *(PersonSeen, PersonExported, PersonErased, NoticeSet, NoticeCleared),
        *MAPPING_EVENTS,
        *CODE_EVENTS,
        *UNLOCK_EVENTS,
    )
}


def names_of(kind: Kind) -> frozenset[str]:
    return frozenset(name for name, event in EVENTS.items() if event.kind is kind)
