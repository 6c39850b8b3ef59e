"""From an entry to an account: its names, its state and its numbers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount, DirectoryPolicy
from resetapp.core.outcomes import PasswordRefused, Refusal
from resetapp.directory import protection
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import CprForms
from resetapp.directory.flavours import Flavour
from resetapp.directory.names import DistinguishedName, InvalidName, normalised
from resetapp.directory.protection import Protection, ReadGroups
from resetapp.directory.session import Session
from resetapp.settings.model import DirectorySettings
from resetapp.trouble import DirectoryDown

_POLICY_GOOD_FOR = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's state, and the day on which it changed or will change."""

    state: AccountState
    changes_at: datetime | None = None


class AccountReader:
    """Knows where a directory keeps what we need."""

    def __init__(self, settings: DirectorySettings, flavour: Flavour, clock: Callable[[], datetime]) -> None:
        """Raises ValueError for settings that cannot be meant."""
        self._settings = settings
        self._flavour = flavour
        self._clock = clock
        self.forms = CprForms(settings.cpr_values)
        self.protection = Protection(settings, flavour.privileges)
        self._policies: dict[str, tuple[float, DirectoryPolicy]] = {}
        self.judged_by = _once(
            *(*flavour.attributes, *protection.ATTRIBUTES, *flavour.privileges.attributes),
            *(settings.username_attribute, settings.disabled_attribute, settings.activation.attribute),
        )  # what tells whether an account may be used; the rest is for showing, writing and matching
        self.attributes = _once(
            *self.judged_by,
            settings.display_name_attribute,
            settings.kind_attribute,
            settings.cpr_attribute,
            settings.mail_attribute,
            settings.mobile_attribute,
            *settings.name_attributes,
        )

    @property
    def person(self) -> str:
        """The filter for people's entries."""
        return self._flavour.person(self._settings.person_class)

    def key(self, entry: Entry) -> AccountKey | None:
        """None when the server does not show by which id the entry is named for ever."""
        entry_id = self._flavour.identity.read(entry)
        return AccountKey(self._settings.name, entry_id) if entry_id else None

    def accounts(self, entries: Sequence[Entry], groups: ReadGroups, session: Session) -> list[DirectoryAccount]:
        """One for each entry; what judging them asks of the server is asked for all of them together.

        Raises SessionBroken, and DirectoryDown when the server does not show by which id one is named for ever.
        """
        named = [(entry, key) for entry in entries if (key := self.key(entry))]
        if len(named) < len(entries):
            raise DirectoryDown(self._settings.name, "entry_id_unreadable")
        known = groups.members.cleared if groups.members else frozenset()
        doubtful = [entry for entry, key in named if key.entry_id not in known]
        with session.asked_ahead(search for entry in doubtful for search in self._flavour.asks(entry)):
            return [self._account(entry, key, groups, session) for entry, key in named]

    def _account(self, entry: Entry, key: AccountKey, groups: ReadGroups, session: Session) -> DirectoryAccount:
        standing = self._standing(entry, groups, session)
        username = self.username(entry)
        return DirectoryAccount(
            key=key,
            dn=entry.dn,
            username=username,
            display_name=entry.shown(self._settings.display_name_attribute) or username,
            kind=entry.shown(self._settings.kind_attribute) if self._settings.kind_attribute else "",
            names=self._names(entry),
            state=standing.state,
            password_changed_at=self._changed_at(entry),
            changes_at=standing.changes_at,
            mark=self._flavour.mark(entry, session),
            policy=self.policy(entry, session),
            mail=_as_they_stand(entry, self._settings.mail_attribute),
            mobile=_as_they_stand(entry, self._settings.mobile_attribute),
            cpr_numbers=self.forms.numbers(entry.all_shown(self._settings.cpr_attribute)),
        )

    def _standing(self, entry: Entry, groups: ReadGroups, session: Session) -> Standing:
        """In the order of what weighs most. What cannot be understood protects the account."""
        if self.protection.covers(entry, groups, session):
            return Standing(AccountState.PROTECTED)
        return self.standing_alone(entry, session)

    def standing_alone(self, entry: Entry, session: Session) -> Standing:
        """As if nothing protected the account."""
        now, state = self._clock(), self._flavour.state
        try:
            dates, waits = state.dates(entry), self.waits(entry)
            if self._closed(entry, waits):
                return Standing(AccountState.DISABLED)
            if dates.end is not None and dates.end <= now:
                return Standing(AccountState.EXPIRED, dates.end)
            if dates.first is not None and dates.first > now:
                return Standing(AccountState.NOT_YET, dates.first)
            if waits:
                return Standing(AccountState.WAITING, dates.end)
            locked = state.locked(entry, now, session, self._settings.policy)
            return Standing(AccountState.LOCKED if locked else AccountState.ACTIVE, dates.end)
        except Unreadable:
            return Standing(AccountState.PROTECTED)

    def over(self, entry: Entry) -> bool:
        """Closed or expired, as a look-up finds it; nothing is asked of the server. Raises Unreadable."""
        end = self._flavour.state.dates(entry).end
        return self._closed(entry, self.waits(entry)) or (end is not None and end <= self._clock())

    def waits(self, entry: Entry) -> bool:
        """For its first password, as the settings' `activation` tells. Raises Unreadable."""
        activation = self._settings.activation
        return self._has_one_of(entry, activation.attribute, activation.waiting)

    def moved_on(self, entry: Entry) -> tuple[bytes, ...]:
        """The values of the activation's attribute when the account waits no longer: the others stay as they are."""
        activation = self._settings.activation
        waiting = set(map(normalised, activation.waiting))
        kept = [text for text in entry.texts(activation.attribute) if normalised(text) not in waiting]
        return tuple(text.encode() for text in dict.fromkeys((*kept, activation.active)) if text)

    def _closed(self, entry: Entry, waits: bool) -> bool:
        opens = waits and self._settings.activation.enable
        closed_by_attribute = self._has_one_of(entry, self._settings.disabled_attribute, self._settings.disabled_values)
        return closed_by_attribute or (self._flavour.state.closed(entry) and not opens)

    def _has_one_of(self, entry: Entry, attribute: str, values: tuple[str, ...]) -> bool:
        if not attribute:
            return False
        wanted = set(map(normalised, values))
        return any(normalised(text) in wanted for text in entry.texts(attribute))

    def username(self, entry: Entry) -> str:
        """The value by which the entry is named, when there are several."""
        usernames = entry.all_shown(self._settings.username_attribute)
        if len(usernames) < 2:
            return next(iter(usernames), "")
        try:
            leaf = DistinguishedName.parse(entry.dn).leaf_value(self._settings.username_attribute)
        except InvalidName:
            leaf = None
        return next((text for text in usernames if normalised(text) == leaf), next(iter(usernames), ""))

    def _names(self, entry: Entry) -> tuple[str, ...]:
        """Names, and of mail addresses what stands before the @."""
        texts = [text for name in self._settings.name_attributes for text in entry.all_shown(name)]
        return tuple(dict.fromkeys(word for text in texts if (word := text.partition("@")[0].strip())))

    def _changed_at(self, entry: Entry) -> datetime | None:
        try:
            return self._flavour.changed_at(entry)
        except Unreadable:
            return None

    def forget_policies(self) -> None:
        """A directory has refused what its policy, as we knew it, allows: the next look is to be a new one."""
        self._policies.clear()

    def policy(self, entry: Entry, session: Session) -> DirectoryPolicy:
        """For showing and for asking our own rules first; the directory judges by itself. Kept for a minute."""
        policies = self._flavour.policies
        dn = policies.dn(entry, session, self._settings.policy)
        read_at, known = self._policies.get(dn, (0.0, DirectoryPolicy()))
        if not dn or (read_at and time.monotonic() - read_at < _POLICY_GOOD_FOR):
            return known
        try:
            _, found = session.sample(dn, "(objectClass=*)", policies.attributes, subtree=False)
            policy = policies.read(found[0], session) if found else DirectoryPolicy()
        except Unreadable:
            policy = DirectoryPolicy()
        self._policies[dn] = (time.monotonic(), policy)
        return policy


def not_as_it_was(before: DirectoryAccount, now: DirectoryAccount) -> PasswordRefused | None:
    """Closed, protected or given to somebody else since the person chose it? (requirement R-05)"""
    if now.state is AccountState.PROTECTED:
        return PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    if not now.usable or now.cpr_numbers != before.cpr_numbers:
        return PasswordRefused((Refusal.ACCOUNT_CHANGED,))
    return None


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _as_they_stand(entry: Entry, name: str) -> tuple[str, ...]:
    """One value that is no text must not hide the others: it becomes an address that nobody writes to."""
    return tuple(value.decode(errors="replace") for value in entry.octets(name)) if name else ()
