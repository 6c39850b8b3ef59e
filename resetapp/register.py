"""The institution's own list of who has which account, asked where a directory holds no CPR number.

The directory is the source wherever it can be: an account that holds a number there is never given to anybody by this
list, and one that the list gives to somebody else is given to nobody (security.md 2.4, item 1). What the list says is
asked at each login and once more directly before a write, for it may have been stopped in between.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from resetapp.core.accounts import AccountState, DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.mapping_events import MappingConflict, MappingSealBroken
from resetapp.core.mappings import MappingState
from resetapp.core.outcomes import MatchResult
from resetapp.directory.ldap import LdapDirectory
from resetapp.logs import scrubbed
from resetapp.matching import result_of
from resetapp.settings import MappingSettings
from resetapp.storage import mappings
from resetapp.storage.audit import Journal
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.escrow import Escrow
from resetapp.storage.mapping_start import Start, starts
from resetapp.storage.mappings import AccountMapping
from resetapp.trouble import AccountGone, DirectoryDown

log = logging.getLogger(__name__)

_KIND = "mapping:"


@dataclass(frozen=True, slots=True)
class Register:
    """Built once, in `app.py`, when mappings are switched on."""

    settings: MappingSettings
    indexes: CprIndexes
    escrow: Escrow | None
    database: Database
    directories: Mapping[str, LdapDirectory]
    journal: Journal
    clock: Callable[[], datetime]
    invented: bool = False  # in the demo alone, whose people have replacement numbers and log in all the same

    def added_to(self, found: MatchResult, cpr: CprNumber, reference: str) -> MatchResult:
        """What the directories found, with the accounts that the list gives this person, and without those it disputes.

        Raises DatabaseDown.
        """
        indexes = self.indexes.of(cpr)
        with self.database.reading() as db:
            claimed = mappings.of_person(db, indexes, (MappingState.APPROVED,))
            begun = starts(db, claimed, self.settings.cool_down)
            disputed = [
                each
                for each in mappings.of_accounts(db, [account.key for account in found.accounts])
                if each.state is MappingState.APPROVED and not each.is_one_of(indexes)
            ]
        mine = self._unbroken(claimed, reference)
        self._renew(mine, cpr)
        accounts = {account.key: account for account in found.accounts}
        silent = list(found.not_asked)
        for mapping in mine:
            if mapping.key not in accounts and (account := self._account(mapping, begun[mapping.id], silent, disputed)):
                accounts[mapping.key] = account
        for mapping in disputed:
            self._note(mapping, reference)
            if mapping.key in accounts:
                accounts[mapping.key] = replace(accounts[mapping.key], state=AccountState.PROTECTED)
        return result_of(accounts.values(), silent)

    def _account(
        self, mapping: AccountMapping, start: Start, silent: list[str], disputed: list[AccountMapping]
    ) -> DirectoryAccount | None:
        """As it is now. `silent` and `disputed` grow with what this finds."""
        directory = self.directories.get(mapping.directory)
        if directory is None:
            return None
        try:
            account = directory.reread(mapping.key)
        except AccountGone:
            return None
        except DirectoryDown:
            silent += [] if mapping.directory in silent else [mapping.directory]
            return None
        if account.cpr_numbers:  # it holds one by now, and not this person's, or the directory had found it
            disputed.append(mapping)
            return None
        linked = replace(account, link=mapping.link)
        if linked.usable and not self._counts(mapping, start):
            return replace(linked, state=AccountState.NOT_YET, changes_at=start.at)
        return linked

    def _counts(self, mapping: AccountMapping, start: Start) -> bool:
        """`start`: later than what is sealed while its owner has not been told."""
        return mapping.state is MappingState.APPROVED and start.reached(self.clock())

    def holds(self, link: str, account: DirectoryAccount) -> bool:
        """Does the list still say so, and the directory still nothing? Directly before a write (requirement R-05)."""
        with self.database.reading() as db:
            mapping = mappings.find(db, link.removeprefix(_KIND)) if link.startswith(_KIND) else None
            begun = starts(db, [mapping] if mapping else [], self.settings.cool_down)
        if mapping is None or not self._is_ours(mapping, "-"):
            return False
        return self._counts(mapping, begun[mapping.id]) and mapping.key == account.key and not account.cpr_numbers

    def _unbroken(self, claimed: list[AccountMapping], reference: str) -> list[AccountMapping]:
        """Those that this service wrote. Of the others one event is enough for a login: there may be thousands."""
        broken = [each for each in claimed if not self._is_ours(each, reference)]
        if broken:
            told = MappingSealBroken(reference=reference, request=broken[0].request_id, **_about(broken[0]))
            with self.database.transaction() as db:
                self.journal.write(db, told, self.clock())
        return [each for each in claimed if each not in broken]

    def _is_ours(self, mapping: AccountMapping, reference: str) -> bool:
        """Or somebody has copied an index into it, moved its wait, or put it in (docs/decisions/0027)."""
        if fits := self.indexes.seals.fits(mapping):
            return fits
        log.error("mapping.seal_broken mapping=%s reference=%s", mapping.id, reference)
        return False

    def _renew(self, mine: list[AccountMapping], cpr: CprNumber) -> None:
        """Rows made with an older key are made anew while the number is at hand."""
        old = [each for each in mine if each.key_id != self.indexes.newest]
        if old:
            with self.database.transaction() as db:
                for each in old:
                    mappings.reindex(db, each, self.indexes.newest, self.indexes.newest_of(cpr), self.indexes.seals)

    def _note(self, mapping: AccountMapping, reference: str) -> None:
        """For the institution to mend: the list and the directory, or two people, claim one account."""
        log.error("mapping.conflict reference=%s directory=%s", reference, mapping.directory)
        told = MappingConflict(reference=reference, **_about(mapping))
        with self.database.transaction() as db:
            self.journal.write(db, told, self.clock())


def _about(mapping: AccountMapping) -> dict[str, str]:
    named = {"mapping": mapping.id, "directory": mapping.directory, "entry_id": mapping.entry_id}
    return named | {"account": scrubbed(mapping.username)}


def register_of(
    settings: MappingSettings,
    database: Database,
    directories: Mapping[str, LdapDirectory],
    journal: Journal,
    clock: Callable[[], datetime],
    *,
    invented: bool = False,
) -> Register | None:
    """None: mappings are switched off."""
    if not settings.enabled:
        return None
    indexes = CprIndexes(settings.tenant, [(each.id, each.key) for each in settings.keys])
    escrow = Escrow(settings.tenant, settings.escrow_key) if settings.escrow_key else None
    return Register(settings, indexes, escrow, database, directories, journal, clock, invented)
