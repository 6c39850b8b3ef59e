"""Accounts that self-service must never touch: whoever takes one over, takes over more than one person's account.

Security requirement R-06. Whatever should tell that an account is ordinary and cannot be read, protects it.
"""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass

from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.flavours.flavour import Privileges
from resetapp.directory.groups import GroupQuestion, Members, UnreadableGroup
from resetapp.directory.names import DistinguishedName, InvalidName, normalised
from resetapp.directory.session import Session
from resetapp.settings.model import DirectorySettings

ATTRIBUTES = ("objectClass", "uidNumber")
_SERVICE_CLASSES = frozenset({"simplesecurityobject"})  # RFC 4524: entries that are programs, not people


@dataclass(frozen=True, slots=True)
class ReadGroups:
    """The members of the protected groups at this moment; None: they could not be read."""

    members: Members | None
    unreadable: str = ""  # the DN of the group at fault


class Protection:
    """The settings' `protected` table, its names parsed, and what this kind of server knows of privileges."""

    def __init__(self, settings: DirectorySettings, privileges: Privileges) -> None:
        """Raises ValueError, whose text names the key at fault."""
        self._privileges = privileges
        self._base = _parsed("base", settings.base)
        self._service = _parsed("bind_dn", settings.bind_dn)
        self._bases = tuple(_parsed("protected.bases", text) for text in settings.protected.bases)
        self._groups = tuple(settings.protected.groups)
        for text in self._groups:
            _parsed("protected.groups", text)
        self._reserved = _one_of(settings.protected.usernames)
        self._minimum_uid_number = settings.protected.minimum_uid_number
        self._username_attribute = settings.username_attribute

    def read_groups(self, session: Session) -> ReadGroups:
        """Read anew for each question: membership may have changed since the last. Raises SessionBroken."""
        return self.read(self._groups, session)

    def read(self, groups: tuple[str, ...], session: Session) -> ReadGroups:
        """The members of any groups. Raises SessionBroken."""
        try:
            question = GroupQuestion(groups, self._is_account, self._base)
            return ReadGroups(self._privileges.members(question, session))
        except UnreadableGroup as unreadable:
            return ReadGroups(None, unreadable.dn)
        except Unreadable:
            return ReadGroups(None)

    def covers(self, entry: Entry, groups: ReadGroups, session: Session) -> bool:
        """Is this account out of bounds? Raises SessionBroken."""
        try:
            usernames = self._usernames(entry)
            return (
                groups.members is None
                or self._by_entry(entry, usernames)
                or self._privileges.belongs(entry, usernames, groups.members, session)
            )
        except (InvalidName, Unreadable):
            return True

    def covers_cheaply(self, entry: Entry, groups: ReadGroups, session: Session) -> bool:
        """As `covers`, but nothing is asked about a single account: for counting, never for letting anybody in.

        So in Active Directory who is in a protected group without being marked by it (adminCount) is not seen.
        """
        if not self._privileges.asks_each:
            return self.covers(entry, groups, session)
        try:
            return self._by_entry(entry, self._usernames(entry))
        except (InvalidName, Unreadable):
            return True

    def _by_entry(self, entry: Entry, usernames: frozenset[str]) -> bool:
        return (
            self._by_place(DistinguishedName.parse(entry.dn))
            or self._by_kind(entry)
            or self._privileges.kind(entry)
            or self._by_username(usernames)
        )

    def is_member(self, entry: Entry, groups: ReadGroups, session: Session) -> bool:
        """Unlike with `covers`, doubt means no: a role is given to who surely has it. Raises SessionBroken.

        Nor does it count here that an account is privileged by nature: an administrator of the domain is in no group
        of the staff by that.
        """
        try:
            known = groups.members
            return known is not None and self._privileges.is_member(entry, self._usernames(entry), known, session)
        except (InvalidName, Unreadable):
            return False

    def _is_account(self, name: DistinguishedName) -> bool:
        """Surely no group, by its name alone: people below the base, and our own service account."""
        below = name.is_at_or_below(self._base) and name.leaf_value(self._username_attribute) is not None
        return below or name == self._service

    def _by_place(self, name: DistinguishedName) -> bool:
        if not name.is_at_or_below(self._base) or name == self._service:
            return True
        return any(name.is_at_or_below(base) for base in self._bases)

    def _by_kind(self, entry: Entry) -> bool:
        classes = {text.lower() for text in entry.texts("objectClass")}
        number = entry.number("uidNumber")
        of_the_system = number is not None and number < self._minimum_uid_number
        return of_the_system or not classes or bool(classes & _SERVICE_CLASSES)

    def _by_username(self, usernames: frozenset[str]) -> bool:
        """Every value counts: a person with a second, privileged username is as privileged."""
        return not usernames or any(map(self._reserved.fullmatch, usernames))

    def _usernames(self, entry: Entry) -> frozenset[str]:
        return frozenset(map(normalised, entry.texts(self._username_attribute)))


def _one_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """For a whole username. Fnmatch knows more than the settings promise: a bracket is to mean itself."""
    return re.compile("|".join(fnmatch.translate(normalised(each).replace("[", "[[]")) for each in patterns) or "(?!)")


def _parsed(key: str, text: str) -> DistinguishedName:
    try:
        return DistinguishedName.parse(text)
    except InvalidName as invalid:
        raise ValueError(f"{key}: {invalid}") from None
