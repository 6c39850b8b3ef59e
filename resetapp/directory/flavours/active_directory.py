"""Active Directory: Windows Server and Samba.

What is Windows' own is marked so; the tests run on Samba, whose answers differ in places that are named here.
"""

import re
import uuid
from collections.abc import Iterable
from datetime import datetime

from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import Refusal
from resetapp.directory import sids
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import equals, holds
from resetapp.directory.flavours.flavour import Changes, Dates, Flavour, Identity, Policies, Privileges, State, Writing
from resetapp.directory.flavours.group_graph import MANY, guid_of
from resetapp.directory.groups import GroupQuestion, Members, UnreadableGroup
from resetapp.directory.messages import Search, of_one
from resetapp.directory.results import Result
from resetapp.directory.session import Answer, Control, Session

_ID, _SID, _CHANGED, _LOCKOUT = "objectGUID", "objectSid", "pwdLastSet", "lockoutTime"
_CONTROL, _COMPUTED = "userAccountControl", "msDS-User-Account-Control-Computed"

# userAccountControl (MS-ADTS 2.2.16)
_DISABLED, _LOCKED, _NORMAL = 0x2, 0x10, 0x200
_NOBODYS = (
    0x800  # a trust between domains
    | 0x1000  # a workstation
    | 0x2000  # a domain controller
    | 0x40000  # logs in with a smart card only: a password would open nothing
    | 0x80000  # may act for others (unconstrained delegation)
    | 0x100000  # marked as sensitive by an administrator
    | 0x1000000  # may act for others (protocol transition)
)
_MACHINES = frozenset(
    {
        "computer",
        "trusteddomain",
        "msds-managedserviceaccount",
        "msds-groupmanagedserviceaccount",
        "msds-delegatedmanagedserviceaccount",
    }
)

_POLICY_HINTS = "1.2.840.113556.1.4.2239"  # MS-ADTS 3.1.1.3.4.1.27; Windows Server 2008 R2 and later, Samba 4.24
_HINTS = (_POLICY_HINTS, True, b"0\x84\x00\x00\x00\x03\x02\x01\x01")
_BROKEN_POLICY = "0000052D"  # ERROR_PASSWORD_RESTRICTION; Windows never says which rule
_SAMBA_TEXTS = {
    "too short": Refusal.TOO_SHORT,
    "already used": Refusal.USED_BEFORE,  # "(in history)", or "(previous password)" when it equals the current one
    "too recently": Refusal.TOO_YOUNG,
    "too young": Refusal.TOO_YOUNG,
}
_TO_BE_CHANGED = re.compile(r"\bdata (?:532|773),", re.IGNORECASE)
_RIGHT_PASSWORD = re.compile(r"\bdata (?:530|531|532|533|701|773),", re.IGNORECASE)
"""Sub-codes of a refused login that only the right password earns: not at this hour, not on this machine, password
expired, disabled, account expired, must change. Not 52e (wrong) and not 775 (locked, whatever was typed)."""


# ---- who it is


def _guid(entry: Entry) -> str:
    octets = entry.octets(_ID)
    return guid_of(octets[0]) if octets and len(octets[0]) == 16 else ""


def _named(entry_id: str) -> str:
    return holds(_ID, uuid.UUID(entry_id).bytes_le)


def _lasting(entry_id: str) -> str:
    """By its GUID (MS-ADTS 3.1.1.3.1.2.4): a name that was given to another entry in between is not followed."""
    return f"<GUID={uuid.UUID(entry_id)}>"


def _persons(person_class: str) -> str:
    """A computer is a `user`, too; only its category tells."""
    return equals("objectClass", person_class) + equals("objectCategory", "person")


# ---- may it be used?


def _flags(entry: Entry, name: str) -> int:
    number = entry.number(name)
    if number is None:
        raise Unreadable(f"{name} is not shown")
    return number


def _closed(entry: Entry) -> bool:
    return bool(_flags(entry, _CONTROL) & _DISABLED)


def _dates(entry: Entry) -> Dates:
    return Dates(end=entry.filetime("accountExpires"))


def _locked(entry: Entry, _now: datetime, _session: Session, _policy: str) -> bool:
    """As the domain controller computes it: lockoutTime stays after the lock has run out."""
    return bool(_flags(entry, _COMPUTED) & _LOCKED)


# ---- a new password


def _value(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")  # MS-ADTS 3.1.1.3.1.5.1


def _unlocking(entry: Entry) -> Changes:
    """A new password does not unlock here. Only sent when there is a lock: the right to it may be missing."""
    return {_LOCKOUT: (b"0",)} if _flags(entry, _COMPUTED) & _LOCKED else {}


def _enabling(entry: Entry) -> Changes:
    flags = _flags(entry, _CONTROL)
    return {_CONTROL: (str(flags & ~_DISABLED).encode(),)} if flags & _DISABLED else {}


def _still_to_change(entry: Entry) -> Changes:
    """A reset sets the time of the last change; nought in the same modify takes it back."""
    return {_CHANGED: (b"0",)} if entry.number(_CHANGED) == 0 else {}


def _controls(supported: frozenset[str]) -> tuple[Control, ...]:
    """With it a reset obeys the history and the minimum age, as a change by the person does."""
    return (_HINTS,) if _POLICY_HINTS in supported else ()


def _refusal(answer: Answer) -> Refusal | None:
    """Under 53 from Windows and Samba 4.24, under 19 from earlier Sambas: the number in the text decides."""
    if answer.code not in (Result.CONSTRAINT_VIOLATION, Result.UNWILLING_TO_PERFORM):
        return None
    if _BROKEN_POLICY.lower() not in answer.text.lower():
        return None
    known = (refusal for words, refusal in _SAMBA_TEXTS.items() if words in answer.text)
    return next(known, Refusal.BY_POLICY)


def _proves(answer: Answer) -> bool:
    refused = answer.code == Result.INVALID_CREDENTIALS and _RIGHT_PASSWORD.search(answer.text)
    return answer.code == Result.SUCCESS or bool(refused)


def _must_change(answer: Answer) -> bool:
    return answer.code == Result.INVALID_CREDENTIALS and bool(_TO_BE_CHANGED.search(answer.text))


def _unencodable_value() -> tuple[str, bytes]:
    """One octet is no UTF-16 and has no quotes: no server can take it for a password, whatever its policy."""
    return "replace", b"\0"


def _permitted(answer: Answer) -> bool:
    return answer.code in (Result.CONSTRAINT_VIOLATION, Result.UNWILLING_TO_PERFORM)


# ---- its policy


def _policy_dn(entry: Entry, session: Session, _configured: str) -> str:
    """A fine-grained one where it applies, else the domain's."""
    return entry.shown("msDS-ResultantPSO") or session.root.shown("defaultNamingContext")


def _policy(entry: Entry, session: Session) -> DirectoryPolicy:
    """The history is only told where a reset obeys it: people must not be warned of what will not happen."""
    fine = entry.number("msDS-MinimumPasswordLength")
    obeyed = _POLICY_HINTS in session.controls
    if fine is None:
        length, kept = entry.number("minPwdLength"), entry.number("pwdHistoryLength")
        complexity = bool((entry.number("pwdProperties") or 0) & 1)  # DOMAIN_PASSWORD_COMPLEX
    else:
        length, kept = fine, entry.number("msDS-PasswordHistoryLength")
        complexity = entry.shown("msDS-PasswordComplexityEnabled").upper() == "TRUE"
    return DirectoryPolicy(minimum_length=length or 0, history=(kept or 0) if obeyed else 0, complexity=complexity)


# ---- is it more than one person's own?


def _privileged(entry: Entry) -> bool:
    """adminCount is only a hint that stays after the membership has gone; staff can clear it, so it protects."""
    flags = _flags(entry, _CONTROL)
    return (
        bool(flags & _NOBODYS)
        or not flags & _NORMAL
        or bool(_MACHINES & {text.lower() for text in entry.texts("objectClass")})
        or any(name.endswith("$") for name in entry.texts("sAMAccountName"))
        or bool(entry.texts("servicePrincipalName"))
        or bool(entry.number("adminCount"))
        or entry.text("isCriticalSystemObject").upper() == "TRUE"
        or _is_built_in(entry.octets(_SID))
    )


def _is_built_in(octets: tuple[bytes, ...]) -> bool:
    if not octets:
        raise Unreadable("objectSid is not shown")
    return any(sids.is_built_in(sids.text_of(each)) for each in octets)


def _members(question: GroupQuestion, session: Session) -> Members:
    """Only what names the groups: who is in them, at any depth, each account's `tokenGroups` tells."""
    return Members(sids=frozenset(_sid_of_group(dn, session) for dn in question.groups))


def _sid_of_group(dn: str, session: Session) -> str:
    _, found = session.sample(dn, "(objectClass=group)", [_SID], subtree=False)
    octets = found[0].octets(_SID) if found else ()
    if not octets:
        raise UnreadableGroup(dn)
    return sids.text_of(octets[0])


def _belongs(entry: Entry, _usernames: frozenset[str], members: Members, session: Session) -> bool:
    if _guid(entry) in members.cleared:
        return False
    held = _token_groups(entry, session)
    return bool(held & members.sids) or any(map(sids.is_privileged_group, held))


def _is_member(entry: Entry, _usernames: frozenset[str], members: Members, session: Session) -> bool:
    return bool(_token_groups(entry, session) & members.sids)


def _token_groups(entry: Entry, session: Session) -> frozenset[str]:
    """All groups, nested ones and the primary one included (MS-ADTS 3.1.1.4.5.19). Only a base search computes it.

    Everybody is in some group: none shown means that we may not see them.
    """
    _, found = session.ask(*_asks(entry))
    held = _texts(found[0].octets("tokenGroups")) if found else frozenset()
    if not held:
        raise Unreadable("tokenGroups is not shown")
    return held


def _asks(entry: Entry) -> tuple[Search]:
    return (of_one(_lasting(_guid(entry)), ["tokenGroups"]),)


def _texts(octets: Iterable[bytes]) -> frozenset[str]:
    return frozenset(map(sids.text_of, octets))


ACTIVE_DIRECTORY = Flavour(
    identity=Identity(attribute=_ID, read=_guid, named=_named, lasting=_lasting),
    attributes=(_ID, _CHANGED, _CONTROL, _COMPUTED, "accountExpires", "msDS-ResultantPSO"),
    person=_persons,
    mark=lambda entry, _session: entry.shown(_CHANGED),
    changed_at=lambda entry: entry.filetime(_CHANGED),
    state=State(closed=_closed, dates=_dates, locked=_locked),
    lock_attribute=_COMPUTED,
    mark_attribute=_CHANGED,
    wanted_controls={_POLICY_HINTS: ("policy hints control", "a reset does not look at the password history")},
    without_controls="Use Windows Server 2008 R2, Samba 4.24 or later",
    writing=Writing(
        attribute="unicodePwd",
        value=_value,
        unlocking=_unlocking,
        enabling=_enabling,
        still_to_change=_still_to_change,
        unlock={_LOCKOUT: (b"0",)},
        controls=_controls,
        condition=None,
        refusal=_refusal,
        proves=_proves,
        must_change=_must_change,
        harmless=_unencodable_value,
        permitted=_permitted,
        policy_holds=None,
    ),
    policies=Policies(
        dn=_policy_dn,
        attributes=(
            "minPwdLength",
            "pwdHistoryLength",
            "pwdProperties",
            "msDS-MinimumPasswordLength",
            "msDS-PasswordHistoryLength",
            "msDS-PasswordComplexityEnabled",
        ),
        read=_policy,
    ),
    privileges=Privileges(
        attributes=("sAMAccountName", "servicePrincipalName", "adminCount", "isCriticalSystemObject", _SID),
        kind=_privileged,
        members=_members,
        belongs=_belongs,
        is_member=_is_member,
        asks_each=True,
    ),
    asks=_asks,
    bulk=MANY,
)
