"""What differs between kinds of directory servers: facts and functions, gathered in one value for each kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from resetapp.core.outcomes import Refusal
from resetapp.directory import policy_control
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import equals, without
from resetapp.directory.policy_control import PolicyError
from resetapp.directory.session import Answer, Result, Session
from resetapp.settings.model import DirectoryKind


@dataclass(frozen=True, slots=True)
class Dates:
    """From when and until when an account may be used, as far as the entry tells."""

    first: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Flavour:
    """A further kind of server is a further constant here and a line in the contract tests."""

    entry_id_attribute: str  # names the entry for ever
    entry_id_form: re.Pattern[str]
    changed_attribute: str  # when the password was last changed
    attributes: tuple[str, ...]  # what the functions below read
    password_attribute: str
    password_value: Callable[[str], bytes]  # raises UnicodeEncodeError
    lock_attribute: str
    closed: Callable[[Entry], bool]  # by an administrator; a new password must not open it again
    not_closed_filter: Callable[[frozenset[str]], str]  # the same for the server, given its supported controls
    dates: Callable[[Entry], Dates]
    locked: Callable[[Entry, datetime, Session], bool]  # for wrong passwords
    refusal: Callable[[Answer], Refusal | None]  # None: the answer is no refusal of this password


# ---------------------------------------------------------------- OpenLDAP, with the overlay ppolicy

_LOCKED_TIME = "pwdAccountLockedTime"
_LOCKED_FOR_GOOD = "000001010000Z"  # draft-behera-ldap-password-policy-11, section 5.3.3: by an administrator
_DAY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)

_OPENLDAP_REFUSALS: Mapping[PolicyError | None, Refusal] = {
    PolicyError.PASSWORD_TOO_SHORT: Refusal.TOO_SHORT,
    PolicyError.PASSWORD_TOO_LONG: Refusal.TOO_LONG,
    PolicyError.PASSWORD_IN_HISTORY: Refusal.USED_BEFORE,  # also when it equals the current one
    PolicyError.PASSWORD_TOO_YOUNG: Refusal.TOO_YOUNG,
}
_OPENLDAP_TEXTS: Mapping[str, Refusal] = {  # servers/slapd/overlays/ppolicy.c
    "not being changed from existing value": Refusal.USED_BEFORE,
    "in history of old passwords": Refusal.USED_BEFORE,
    "too young to change": Refusal.TOO_YOUNG,
}


def _openldap_closed(entry: Entry) -> bool:
    """slapd lifts this lock when the password is set: the reset would silently open a closed account."""
    return any(text.startswith("00000101") for text in entry.texts(_LOCKED_TIME))


def _openldap_not_closed(controls: frozenset[str]) -> str:
    """False also where the lock may not be read: not knowing it is not the same as there being none.

    A server without the policy overlay has neither locks nor their attribute, and would never say yes.
    """
    if controls and policy_control.OID not in controls:
        return ""
    return without(equals(_LOCKED_TIME, _LOCKED_FOR_GOOD))


def _openldap_dates(entry: Entry) -> Dates:
    """pwdStartTime and pwdEndTime of the policy overlay; shadowExpire counts days (RFC 2307), less than 0 is never."""
    days = entry.number("shadowExpire")
    ends = [entry.moment("pwdEndTime")]
    if days is not None and days >= 0:
        ends.append(_day(days))
    return Dates(entry.moment("pwdStartTime"), min((end for end in ends if end), default=None))


def _day(days: int) -> datetime:
    try:
        return _DAY_ZERO + timedelta(days=days)
    except OverflowError:
        raise Unreadable("shadowExpire is not a day") from None


def _openldap_locked(entry: Entry, now: datetime, session: Session) -> bool:
    since = entry.moment(_LOCKED_TIME)
    if since is None:
        return False
    lasts = _lockout_duration(entry, session)
    return not lasts or now < since + lasts


def _lockout_duration(entry: Entry, session: Session) -> timedelta:
    """Of the entry's own policy, where it can be read; otherwise for ever, which is the careful answer."""
    policy = entry.text("pwdPolicySubentry")
    if not policy:
        return timedelta()
    _, found = session.sample(policy, "(objectClass=*)", ["pwdLockoutDuration"], subtree=False)
    return timedelta(seconds=found[0].number("pwdLockoutDuration") or 0) if found else timedelta()


def _openldap_refusal(answer: Answer) -> Refusal | None:
    """The control says it best; slapd's text is for servers whose control did not reach us."""
    if answer.code != Result.CONSTRAINT_VIOLATION:
        return None
    by_text = (refusal for words, refusal in _OPENLDAP_TEXTS.items() if words in answer.text)
    return _OPENLDAP_REFUSALS.get(answer.policy_error) or next(by_text, Refusal.BY_POLICY)


OPENLDAP = Flavour(
    entry_id_attribute="entryUUID",
    entry_id_form=re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE),  # RFC 4530
    changed_attribute="pwdChangedTime",
    attributes=(
        "entryUUID",
        "pwdChangedTime",
        _LOCKED_TIME,
        "pwdPolicySubentry",
        "pwdStartTime",
        "pwdEndTime",
        "shadowExpire",
    ),
    password_attribute="userPassword",  # noqa: S106 - a name
    password_value=str.encode,
    lock_attribute=_LOCKED_TIME,
    closed=_openldap_closed,
    not_closed_filter=_openldap_not_closed,
    dates=_openldap_dates,
    locked=_openldap_locked,
    refusal=_openldap_refusal,
)

FLAVOURS: Mapping[DirectoryKind, Flavour] = {DirectoryKind.OPENLDAP: OPENLDAP}
