"""Who belongs to the protected groups: asked of the groups themselves, nested ones included.

`memberOf` alone is not enough: it is kept by an overlay that may be missing, incomplete or hidden.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.names import DistinguishedName, InvalidName, normalised
from resetapp.directory.results import Result
from resetapp.directory.session import Declined, Session

_ATTRIBUTES = ("objectClass", "member", "uniqueMember", "memberUid", "gidNumber", "memberURL")
_MUST = {"groupofnames": "member", "groupofuniquenames": "uniqueMember"}  # RFC 4519: never empty
_GROUP_CLASSES = frozenset({*_MUST, "groupofmembers", "groupofurls", "posixgroup", "nsroledefinition"})
_OPTIONAL_UID = re.compile(r"#'[01]*'B$")  # RFC 4517, section 3.3.21: uniqueMember may end so
_AT_MOST = 500  # entries read in search of nested groups


class UnreadableGroup(Exception):
    """A group, or something in it, could not be read: who belongs to it is not known."""

    def __init__(self, dn: str) -> None:
        super().__init__("a protected group cannot be read")
        self.dn = dn


@dataclass(frozen=True, slots=True)
class Members:
    """Everybody in a set of groups."""

    groups: frozenset[DistinguishedName] = frozenset()
    entries: frozenset[DistinguishedName] = frozenset()
    usernames: frozenset[str] = frozenset()  # normalised
    gid_numbers: frozenset[int] = frozenset()
    sids: frozenset[str] = frozenset()  # of the groups themselves, in Active Directory
    cleared: frozenset[str] = frozenset()  # ids of accounts that need not be asked about: surely no members


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """Whose members are asked for. `is_account`: names that need not be read, for they cannot be groups.

    `base`: below it we see everything.
    """

    groups: tuple[str, ...]
    is_account: Callable[[DistinguishedName], bool]
    base: DistinguishedName


def read_members(question: GroupQuestion, session: Session) -> Members:
    """Raises UnreadableGroup, and SessionBroken."""
    return _GroupReader(session, question).members(question.groups)


def belongs(entry: Entry, usernames: frozenset[str], members: Members, _session: Session) -> bool:
    """Is the account in one of the groups, by whichever of the ways to be in one? Raises InvalidName, Unreadable."""
    shown = (*entry.texts("memberOf"), *entry.texts("nsRole"))
    return (
        DistinguishedName.parse(entry.dn) in members.entries
        or bool(usernames & members.usernames)
        or entry.number("gidNumber") in members.gid_numbers
        or any(DistinguishedName.parse(text) in members.groups for text in shown)
    )


def listed(entry: Entry, usernames: frozenset[str], members: Members, _session: Session) -> bool:
    """Does one of the groups itself name the account? Raises InvalidName.

    For giving somebody a right: what the account's own entry says of its groups (memberOf, gidNumber) does not count.
    """
    return DistinguishedName.parse(entry.dn) in members.entries or bool(usernames & members.usernames)


class _GroupReader:
    """Walks from the given groups down to all groups in them."""

    def __init__(self, session: Session, question: GroupQuestion) -> None:
        self._session = session
        self._is_account = question.is_account
        self._base = question.base

    def members(self, groups: Iterable[str]) -> Members:
        waiting = deque((dn, True) for dn in groups)
        seen: set[DistinguishedName] = set()
        found: list[tuple[DistinguishedName, Entry]] = []
        while waiting:
            dn, configured = waiting.popleft()
            name = _parsed(dn, dn)
            if name in seen or (not configured and self._is_account(name)):
                continue
            seen.add(name)
            if len(seen) > _AT_MOST:
                raise UnreadableGroup(dn)
            entry = self._read(dn, name, configured)
            if entry is not None:
                found.append((name, entry))
                waiting += [(member, False) for member in _member_names(entry)]
        return _together(found)

    def _read(self, dn: str, name: DistinguishedName, configured: bool) -> Entry | None:
        """The entry if it is a group. None: it is no group, or it is gone.

        A name outside our own part of the tree that answers "no such object" may just be hidden from us.
        """
        try:
            entries = self._session.search(dn, "(objectClass=*)", _ATTRIBUTES, subtree=False)
        except Declined as declined:
            gone = declined.code == Result.NO_SUCH_OBJECT and name.is_at_or_below(self._base)
            if gone and not configured:
                return None
            entries = []
        classes = _classes(entries[0], dn) if entries else frozenset()
        if not classes:
            raise UnreadableGroup(dn)
        if not configured and not classes & _GROUP_CLASSES and not _shows_members(entries[0]):
            return None
        if _hides_members(entries[0], classes):
            raise UnreadableGroup(dn)
        return entries[0]


def _classes(entry: Entry, dn: str) -> frozenset[str]:
    try:
        return frozenset(text.lower() for text in entry.texts("objectClass"))
    except Unreadable:
        raise UnreadableGroup(dn) from None


def _hides_members(entry: Entry, classes: frozenset[str]) -> bool:
    if any(group in classes and not entry.texts(attribute) for group, attribute in _MUST.items()):
        return True
    by_search = bool(entry.attributes.get("memberurl"))  # members that only a search would find; we do not make it
    return not _shows_members(entry) and (by_search or not classes & _GROUP_CLASSES)


def _shows_members(entry: Entry) -> bool:
    return any(entry.attributes.get(name) for name in ("member", "uniquemember", "memberuid"))


def _member_names(entry: Entry) -> list[str]:
    return [*entry.texts("member"), *(_OPTIONAL_UID.sub("", text) for text in entry.texts("uniqueMember"))]


def _parsed(text: str, group: str) -> DistinguishedName:
    try:
        return DistinguishedName.parse(text)
    except InvalidName:
        raise UnreadableGroup(group) from None


def _together(found: list[tuple[DistinguishedName, Entry]]) -> Members:
    entries = [entry for _, entry in found]
    return Members(
        groups=frozenset(name for name, _ in found),
        entries=frozenset(_parsed(text, entry.dn) for entry in entries for text in _member_names(entry)),
        usernames=frozenset(normalised(text) for entry in entries for text in entry.texts("memberUid")),
        gid_numbers=frozenset(number for entry in entries if (number := entry.number("gidNumber")) is not None),
    )
