"""From an entry to an account: its names, its state and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount
from resetapp.directory import protection
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import CprForms
from resetapp.directory.flavours import Flavour
from resetapp.directory.names import DistinguishedName, InvalidName, normalised
from resetapp.directory.protection import Protection, ReadGroups
from resetapp.directory.session import Session
from resetapp.settings.model import DirectorySettings


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
        self.protection = Protection(settings)
        self.attributes = tuple(
            dict.fromkeys(
                name
                for name in (
                    *flavour.attributes,
                    *protection.ATTRIBUTES,
                    settings.username_attribute,
                    settings.display_name_attribute,
                    settings.kind_attribute,
                    settings.cpr_attribute,
                    settings.disabled_attribute,
                    *settings.name_attributes,
                )
                if name
            )
        )

    def account(self, entry: Entry, groups: ReadGroups, session: Session) -> DirectoryAccount | None:
        """None when the server does not show by which id the entry is named for ever. Raises SessionBroken."""
        entry_id = entry.shown(self._flavour.entry_id_attribute)
        if not entry_id:
            return None
        standing = self._standing(entry, groups, session)
        username = self._username(entry)
        return DirectoryAccount(
            key=AccountKey(self._settings.name, entry_id),
            dn=entry.dn,
            username=username,
            display_name=entry.shown(self._settings.display_name_attribute) or username,
            kind=entry.shown(self._settings.kind_attribute) if self._settings.kind_attribute else "",
            names=self._names(entry),
            state=standing.state,
            password_changed_at=_moment(entry, self._flavour.changed_attribute),
            changes_at=standing.changes_at,
            mark=entry.shown(self._flavour.changed_attribute),
            cpr_numbers=self.forms.numbers(entry.all_shown(self._settings.cpr_attribute)),
        )

    def _standing(self, entry: Entry, groups: ReadGroups, session: Session) -> Standing:
        """In the order of what weighs most. What cannot be understood protects the account."""
        if self.protection.covers(entry, groups):
            return Standing(AccountState.PROTECTED)
        now = self._clock()
        try:
            dates = self._flavour.dates(entry)
            if self._disabled(entry):
                return Standing(AccountState.DISABLED)
            if dates.end is not None and dates.end <= now:
                return Standing(AccountState.EXPIRED, dates.end)
            if dates.first is not None and dates.first > now:
                return Standing(AccountState.NOT_YET, dates.first)
            locked = self._flavour.locked(entry, now, session)
            return Standing(AccountState.LOCKED if locked else AccountState.ACTIVE, dates.end)
        except Unreadable:
            return Standing(AccountState.PROTECTED)

    def _disabled(self, entry: Entry) -> bool:
        if self._flavour.closed(entry):
            return True
        if not self._settings.disabled_attribute:
            return False
        closing = {normalised(value) for value in self._settings.disabled_values}
        return any(normalised(text) in closing for text in entry.texts(self._settings.disabled_attribute))

    def _username(self, entry: Entry) -> str:
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


def _moment(entry: Entry, name: str) -> datetime | None:
    try:
        return entry.moment(name)
    except Unreadable:
        return None
