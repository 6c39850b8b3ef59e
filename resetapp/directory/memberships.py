"""Which of certain groups a person's accounts are in: what a role in the console follows from.

Asked of the directory at each login and while it is used, so that who has left a group has left the role. What cannot
be read gives none.
"""

from dataclasses import dataclass

from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.cpr import CprNumber
from resetapp.directory import filters
from resetapp.directory.accounts import AccountReader
from resetapp.directory.results import Result
from resetapp.directory.session import Session
from resetapp.settings.model import DirectorySettings
from resetapp.trouble import DirectoryDown

_AT_MOST = 20  # accounts of one person
_OPEN = frozenset({AccountState.ACTIVE, AccountState.LOCKED})  # a lock of wrong passwords: MitID was right


@dataclass(frozen=True, slots=True)
class Membership:
    """One open account."""

    key: AccountKey
    username: str
    groups: frozenset[str]  # those of the groups asked for that it is in, as they were written


def members(
    settings: DirectorySettings, reader: AccountReader, cpr: CprNumber, groups: tuple[str, ...], session: Session
) -> list[Membership]:
    """Raises SessionBroken, and DirectoryDown when the server refuses the search or finds too many."""
    holds = filters.some(filters.equals(settings.cpr_attribute, value) for value in reader.forms.values(cpr))
    persons = filters.every(holds, reader.person)
    code, entries = session.sample(settings.base, persons, reader.attributes, size_limit=_AT_MOST)
    if code != Result.SUCCESS:
        raise DirectoryDown(settings.name, "search_refused")
    found = []
    read = {group: reader.protection.read((group,), session) for group in groups}
    for entry in entries:
        key = reader.key(entry)
        numbers = reader.forms.numbers(entry.all_shown(settings.cpr_attribute))
        if key is None or cpr not in numbers or reader.standing_alone(entry, session).state not in _OPEN:
            continue
        inside = frozenset(group for group in groups if reader.protection.is_member(entry, read[group], session))
        found.append(Membership(key, reader.username(entry), inside))
    return found
