"""OpenLDAP, with the overlay ppolicy."""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import Refusal
from resetapp.directory import groups, policy_control
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import equals, present, without
from resetapp.directory.flavours.flavour import (
    Changes,
    Dates,
    Flavour,
    Identity,
    Policies,
    Privileges,
    State,
    Writing,
)
from resetapp.directory.policy_control import PolicyError
from resetapp.directory.results import Result
from resetapp.directory.session import Answer, Control, Session

_ID, _CHANGED = "entryUUID", "pwdChangedTime"
_ID_FORM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # RFC 4530
_LOCKED_TIME, _POLICY, _MUST_CHANGE = "pwdAccountLockedTime", "pwdPolicySubentry", "pwdReset"
_LOCKED_FOR_GOOD = "000001010000Z"  # draft-behera-ldap-password-policy-11, section 5.3.3: by an administrator
_NEVER_CHANGED = "-"
_DAY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)

_REFUSALS: Mapping[PolicyError | None, Refusal] = {
    PolicyError.PASSWORD_TOO_SHORT: Refusal.TOO_SHORT,
    PolicyError.PASSWORD_TOO_LONG: Refusal.TOO_LONG,
    PolicyError.PASSWORD_IN_HISTORY: Refusal.USED_BEFORE,  # also when it equals the current one
    PolicyError.PASSWORD_TOO_YOUNG: Refusal.TOO_YOUNG,
}
_TEXTS: Mapping[str, Refusal] = {  # servers/slapd/overlays/ppolicy.c
    "not being changed from existing value": Refusal.USED_BEFORE,
    "in history of old passwords": Refusal.USED_BEFORE,
    "too young to change": Refusal.TOO_YOUNG,
}


def named(entry_id: str) -> str:
    if not _ID_FORM.fullmatch(entry_id):
        raise ValueError("no entryUUID")
    return equals(_ID, entry_id)


def persons(person_class: str) -> str:
    return equals("objectClass", person_class)


def only_the_dn(_entry_id: str) -> str:
    return ""


def nothing_more(_entry: Entry) -> Changes:
    return {}


def _closed(entry: Entry) -> bool:
    """slapd lifts this lock when the password is set: the reset would silently open a closed account."""
    return any(text.startswith("00000101") for text in entry.texts(_LOCKED_TIME))


def _mark(entry: Entry, session: Session) -> str:
    """An account that was loaded with its password has none until the first change: that, too, is a mark.

    Not where the attribute may just be hidden: but then a change, which is tied to it (`_condition`), is never made.
    """
    return entry.shown(_CHANGED) or (_NEVER_CHANGED if policy_control.OID in session.controls else "")


def _condition(entry: Entry, controls: frozenset[str], perhaps_closed: bool) -> str:
    """The password is the one we saw, and the account is open.

    False also where the mark or the lock may not be read: not knowing them is not the same as there being none. A
    server without the policy overlay has neither, nor their attributes, and would never say yes.
    """
    if controls and policy_control.OID not in controls:
        return ""
    changed = entry.shown(_CHANGED)
    same = equals(_CHANGED, changed) if changed else without(present(_CHANGED))
    return same if perhaps_closed else same + without(equals(_LOCKED_TIME, _LOCKED_FOR_GOOD))


def _controls(_supported: frozenset[str]) -> tuple[Control, ...]:
    return (policy_control.REQUEST,)


def _dates(entry: Entry) -> Dates:
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


def _locked(entry: Entry, now: datetime, session: Session, policy: str) -> bool:
    since = entry.moment(_LOCKED_TIME)
    if since is None:
        return False
    lasts = _lockout_duration(entry, session, policy)
    return not lasts or now < since + lasts


def _lockout_duration(entry: Entry, session: Session, default: str) -> timedelta:
    """Of the policy that holds for the entry, where it can be read; otherwise for ever, which is the careful answer."""
    policy = entry.text(_POLICY) or default
    if not policy:
        return timedelta()
    _, found = session.sample(policy, "(objectClass=*)", ["pwdLockoutDuration"], subtree=False)
    return timedelta(seconds=found[0].number("pwdLockoutDuration") or 0) if found else timedelta()


def _refusal(answer: Answer) -> Refusal | None:
    """The control says it best; slapd's text is for servers whose control did not reach us."""
    if answer.code != Result.CONSTRAINT_VIOLATION:
        return None
    by_text = (refusal for words, refusal in _TEXTS.items() if words in answer.text)
    return _REFUSALS.get(answer.policy_error) or next(by_text, Refusal.BY_POLICY)


def _still_to_change(entry: Entry) -> Changes:
    return {_MUST_CHANGE: (b"TRUE",)} if entry.text(_MUST_CHANGE).upper() == "TRUE" else {}


def asked_to_change(answer: Answer) -> bool:
    return answer.policy_error in (PolicyError.CHANGE_AFTER_RESET, PolicyError.PASSWORD_EXPIRED)


def succeeds(answer: Answer) -> bool:
    return answer.code == Result.SUCCESS


def absent_value() -> tuple[str, bytes]:
    """Nobody's password: its removal changes nothing, whatever the server supports."""
    return "delete", secrets.token_bytes(32).hex().encode()


def nothing_to_remove(answer: Answer) -> bool:
    return answer.code == Result.NO_SUCH_ATTRIBUTE


def _policy(entry: Entry, _session: Session) -> DirectoryPolicy:
    """pwdMinLength counts octets, so for letters outside ASCII it promises a little too much; slapd judges."""
    return DirectoryPolicy(
        minimum_length=entry.number("pwdMinLength") or 0,
        maximum_length=entry.number("pwdMaxLength") or 0,
        history=entry.number("pwdInHistory") or 0,
    )


def _policy_dn(entry: Entry, _session: Session, default: str) -> str:
    return entry.shown(_POLICY) or default


OPENLDAP = Flavour(
    identity=Identity(attribute=_ID, read=lambda entry: entry.shown(_ID), named=named, lasting=only_the_dn),
    attributes=(_ID, _CHANGED, _LOCKED_TIME, _POLICY, _MUST_CHANGE, "pwdStartTime", "pwdEndTime", "shadowExpire"),
    person=persons,
    mark=_mark,
    changed_at=lambda entry: entry.moment(_CHANGED),
    state=State(closed=_closed, dates=_dates, locked=_locked),
    lock_attribute=_LOCKED_TIME,
    mark_attribute=_CHANGED,
    wanted_controls={policy_control.OID: ("password policy control", "nobody could be told why a password is refused")},
    without_controls="Use the overlay ppolicy; let everybody read the rootDSE",
    writing=Writing(
        attribute="userPassword",
        value=str.encode,
        unlocking=nothing_more,  # slapd lifts every lock with a new password, an administrator's too
        enabling=nothing_more,
        still_to_change=_still_to_change,
        unlock={_LOCKED_TIME: ()},
        controls=_controls,
        condition=_condition,
        refusal=_refusal,
        proves=succeeds,
        must_change=asked_to_change,
        harmless=absent_value,
        permitted=nothing_to_remove,
        policy_holds=None,
    ),
    policies=Policies(dn=_policy_dn, attributes=("pwdMinLength", "pwdMaxLength", "pwdInHistory"), read=_policy),
    privileges=Privileges(
        attributes=("memberOf", "gidNumber"),
        kind=lambda _entry: False,
        members=groups.read_members,
        belongs=groups.belongs,
        is_member=groups.listed,
    ),
    asks=lambda _entry: (),
)
