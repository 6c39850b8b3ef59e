"""389 Directory Server, also as Red Hat Directory Server and inside FreeIPA."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import Refusal
from resetapp.directory import groups, policy_control
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import equals
from resetapp.directory.flavours.flavour import Changes, Dates, Flavour, Identity, Policies, Privileges, State, Writing
from resetapp.directory.flavours.openldap import (
    absent_value,
    asked_to_change,
    nothing_more,
    nothing_to_remove,
    only_the_dn,
    persons,
    succeeds,
)
from resetapp.directory.messages import Search, whether_readable
from resetapp.directory.policy_control import PolicyError
from resetapp.directory.results import Result
from resetapp.directory.session import Answer, Control, Session

_ID, _UNLOCKED_AT, _CLOSED, _POLICY = "nsUniqueId", "accountUnlockTime", "nsAccountLock", "pwdpolicysubentry"
_WRONG = "passwordRetryCount"
_CHANGED, _MODIFIED = "pwdUpdateTime", "modifyTimestamp"
_ID_FORM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){3}", re.IGNORECASE)
_NO_END = datetime(1970, 1, 1, tzinfo=UTC)  # locked until somebody unlocks it
_NO_FAULT_OF_THE_PASSWORD = "error loading dictionary"  # noqa: S105 - passwordDictCheck, without the dictionary
_HASHED = "passwords with storage scheme are not allowed"

_REFUSALS: Mapping[PolicyError | None, Refusal] = {
    PolicyError.PASSWORD_TOO_SHORT: Refusal.TOO_SHORT,
    PolicyError.PASSWORD_TOO_LONG: Refusal.TOO_LONG,
    PolicyError.PASSWORD_IN_HISTORY: Refusal.USED_BEFORE,
    PolicyError.PASSWORD_TOO_YOUNG: Refusal.TOO_YOUNG,
}
_TEXTS: Mapping[str, Refusal] = {  # ldap/servers/slapd/pw.c: the control says "quality" for most of them
    "characters long": Refusal.TOO_SHORT,
    "character categories": Refusal.MORE_KINDS,
    "digit characters": Refusal.MORE_KINDS,
    "alphabetic characters": Refusal.MORE_KINDS,
    "uppercase characters": Refusal.MORE_KINDS,
    "lowercase characters": Refusal.MORE_KINDS,
    "special characters": Refusal.MORE_KINDS,
    "a character cannot be repeated": Refusal.REPEATED,
    "repeated identical sequences": Refusal.REPEATED,
    "monotonic sequence": Refusal.SEQUENCE,
    "password in history": Refusal.USED_BEFORE,  # without a control when it equals the current one
    "within password minimum age": Refusal.TOO_YOUNG,
    "password based off of user entry": Refusal.CONTAINS_NAME,
}


def _named(entry_id: str) -> str:
    if not _ID_FORM.fullmatch(entry_id):
        raise ValueError("no nsUniqueId")
    return equals(_ID, entry_id)


def _mark(entry: Entry, _session: Session) -> str:
    """Without passwordTrackUpdateTime only the time of any change is kept: that moves too often, never too seldom."""
    return entry.shown(_CHANGED) or entry.shown(_MODIFIED)


def _closed(entry: Entry) -> bool:
    return entry.text(_CLOSED).lower() == "true"


def _enabling(entry: Entry) -> Changes:
    return {_CLOSED: ()} if _closed(entry) else {}


def _dates(_entry: Entry) -> Dates:
    return Dates()


def _need_to_see_whether_closed(entry: Entry, session: Session) -> None:
    """The attribute is absent from every open account, and from every account when we may not see it.

    Nothing else would stop us: this server sets the password of a closed account, too.
    """
    if not all(session.ask(search)[1] for search in _asks(entry)):
        raise Unreadable(f"{_CLOSED} is not shown")


def _asks(entry: Entry) -> tuple[Search, ...]:
    return () if entry.octets(_CLOSED) else (whether_readable(entry.dn, _CLOSED),)


def _locked(entry: Entry, now: datetime, session: Session, _policy: str) -> bool:
    """accountUnlockTime stays when a new password has opened the lock; only the count goes back to nought."""
    _need_to_see_whether_closed(entry, session)
    until = entry.moment(_UNLOCKED_AT)
    if entry.number(_WRONG) == 0:
        return False
    return until is not None and (until == _NO_END or until > now)


def _controls(_supported: frozenset[str]) -> tuple[Control, ...]:
    return (policy_control.REQUEST,)


def _refusal(answer: Answer) -> Refusal | None:
    if answer.code != Result.CONSTRAINT_VIOLATION or _NO_FAULT_OF_THE_PASSWORD in answer.text:
        return None
    by_text = (refusal for words, refusal in _TEXTS.items() if words in answer.text)
    return next(by_text, None) or _REFUSALS.get(answer.policy_error) or Refusal.BY_POLICY


def _policy_holds(answer: Answer) -> bool | None:
    """A hash cannot be judged, so nobody whom the policy holds for may hand one over: that is looked at first."""
    if answer.code == Result.CONSTRAINT_VIOLATION and _HASHED in answer.text:
        return True
    return False if answer.code == Result.NO_SUCH_ATTRIBUTE else None


def _policy_dn(entry: Entry, _session: Session, default: str) -> str:
    return entry.shown(_POLICY) or default


def _policy(entry: Entry, _session: Session) -> DirectoryPolicy:
    checked = entry.text("passwordCheckSyntax").lower() == "on"
    kept = entry.text("passwordHistory").lower() == "on"
    return DirectoryPolicy(
        minimum_length=(entry.number("passwordMinLength") or 0) if checked else 0,
        history=(entry.number("passwordInHistory") or 0) if kept else 0,
    )


DS389 = Flavour(
    identity=Identity(attribute=_ID, read=lambda entry: entry.shown(_ID), named=_named, lasting=only_the_dn),
    attributes=(_ID, _CHANGED, _MODIFIED, _CLOSED, _UNLOCKED_AT, _WRONG, _POLICY),
    person=persons,
    mark=_mark,
    changed_at=lambda entry: entry.moment(_CHANGED),
    state=State(closed=_closed, dates=_dates, locked=_locked),
    lock_attribute=_CLOSED,
    mark_attribute=_MODIFIED,
    wanted_controls={policy_control.OID: ("password policy control", "nobody could be told why a password is refused")},
    without_controls="Let everybody read the rootDSE",
    writing=Writing(
        attribute="userPassword",
        value=str.encode,
        enabling=_enabling,
        still_to_change=nothing_more,  # the server's policy decides
        unlock={_WRONG: (b"0",), _UNLOCKED_AT: ()},
        # a new password opens the lock by itself, but only after its answer: the login that proves it would meet it
        unlocking=lambda entry: {_WRONG: (b"0",), _UNLOCKED_AT: ()} if entry.texts(_UNLOCKED_AT) else {},
        controls=_controls,
        condition=None,
        refusal=_refusal,
        proves=succeeds,
        must_change=asked_to_change,
        harmless=absent_value,
        permitted=nothing_to_remove,
        policy_holds=_policy_holds,
    ),
    policies=Policies(
        dn=_policy_dn,
        attributes=("passwordCheckSyntax", "passwordMinLength", "passwordHistory", "passwordInHistory"),
        read=_policy,
    ),
    privileges=Privileges(
        attributes=("memberOf", "gidNumber", "nsRole"),
        kind=lambda _entry: False,
        members=groups.read_members,
        belongs=groups.belongs,
        is_member=groups.listed,
    ),
    asks=_asks,
)
