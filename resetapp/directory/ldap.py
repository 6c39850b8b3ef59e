"""One directory of the institution: find a person's accounts, read one again, set its password.

A change is sent to the directory once, on a connection on which the account has just been read, and it is carried
out only if the account is still as it was read (assertion control, RFC 4528). What became of it is told as it is:
set, when a bind with the new password worked; refused, when the directory said so; unknown in every other case.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount, DirectoryPolicy
from resetapp.core.checks import Check
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import (
    AccountUnlocked,
    OutcomeUnknown,
    PasswordRefused,
    Refusal,
    ResetOutcome,
    UnlockOutcome,
)
from resetapp.core.secret import Secret
from resetapp.directory import filters
from resetapp.directory.accounts import AccountReader, not_as_it_was
from resetapp.directory.bulk import BulkRun
from resetapp.directory.checks import DirectoryChecks
from resetapp.directory.connections import Connections
from resetapp.directory.entries import Entry
from resetapp.directory.flavours import FLAVOURS
from resetapp.directory.flavours.flavour import Changes
from resetapp.directory.hosts import Host, Hosts
from resetapp.directory.memberships import Membership, members
from resetapp.directory.policy_control import PolicyError
from resetapp.directory.pool import SessionPool
from resetapp.directory.proof import Proof
from resetapp.directory.protection import ReadGroups
from resetapp.directory.results import Result
from resetapp.directory.session import Answer, Control, Session, assertion
from resetapp.settings.model import DirectorySettings
from resetapp.trouble import AccountGone, DirectoryDown

log = logging.getLogger(__name__)

_GROUPS_GOOD_FOR = 10.0  # seconds, for showing accounts; never for writing
_ACCOUNTS_AT_MOST = 20  # of one person; more means that the attribute holds something else
_DOUBTFUL = frozenset({Result.TIME_LIMIT_EXCEEDED, Result.UNAVAILABLE, Result.OTHER})
"""Answers that do not say that nothing was done: a server that passes changes on sends them when it got no reply."""
_Groups = Callable[[Session], ReadGroups]
_NOT_DONE: Mapping[int, str] = {
    Result.REFERRAL: "read_only_server",
    Result.UNAVAILABLE_CRITICAL_EXTENSION: "assertion_unsupported",
}


@dataclass(frozen=True, slots=True)
class _Found:
    entry: Entry
    account: DirectoryAccount


class LdapDirectory:
    """Thread-safe. Opens its first connection when first used."""

    def __init__(self, settings: DirectorySettings, clock: Callable[[], datetime]) -> None:
        """No network yet. Raises ValueError for names, hosts or templates in the settings that cannot be parsed."""
        self.name, self._settings = settings.name, settings
        self.last_look: Callable[[], None] = lambda: None  # before a change is sent; what it raises stops it
        self._flavour = FLAVOURS[settings.kind]
        self._reader, self._connections = AccountReader(settings, self._flavour, clock), Connections(settings)
        self._hosts = Hosts(map(Host.parse, settings.hosts), settings.host_pause)
        self._last_groups = (0.0, ReadGroups(None))  # replaced whole, so that threads need no lock
        opens, connect, answer = self._connections.open, settings.connect_timeout, settings.answer_timeout
        self._pool = SessionPool(settings.name, self._hosts, self._connections.as_service, connect + answer)
        self.times = self._pool.times
        self._proof = Proof(settings.name, self._flavour.writing, self._read_at, opens, answer)

    def __repr__(self) -> str:
        return f"LdapDirectory({self.name})"

    def find_by_cpr(self, cpr: CprNumber) -> list[DirectoryAccount]:
        """Every account that holds this number, usable or not. Raises DirectoryDown.

        Who belongs to the protected groups may be known from some seconds ago; before a write it is read anew.
        An account whose number we cannot see for ourselves is a fault of the set-up: no match, and not "no account".
        """
        attribute = self._settings.cpr_attribute
        holds = filters.some(filters.equals(attribute, value) for value in self._reader.forms.values(cpr))
        look = partial(self._found, condition=holds, at_most=_ACCOUNTS_AT_MOST, by=self._recent_groups)
        with self._pool.after(look) as (_, found):
            accounts = [one.account for one in found]
        if any(cpr not in account.cpr_numbers for account in accounts):
            raise DirectoryDown(self.name, "cpr_unreadable")
        return accounts

    def find_by_username(self, username: str) -> list[DirectoryAccount]:
        """More than one only where the directory allows it. Raises DirectoryDown."""
        if "\0" in username:  # Samba takes it for the end of the name, and finds another account than was asked for
            return []
        named = filters.equals(self._settings.username_attribute, username)
        look = partial(self._found, condition=named, at_most=_ACCOUNTS_AT_MOST, by=self._recent_groups)
        with self._pool.after(look) as (_, found):
            return [one.account for one in found]

    def find_all_by_username(self, usernames: Iterable[str]) -> Iterator[tuple[str, DirectoryAccount]]:
        """Tens of thousands: see `BulkRun.by_username`. Raises DirectoryDown while it is read."""
        return self.bulk_run().by_username(usernames)

    def memberships(self, cpr: CprNumber, groups: tuple[str, ...]) -> list[Membership]:
        """The person's open accounts, protected ones too; which of the groups each is in. Raises DirectoryDown."""
        look = partial(members, self._settings, self._reader, cpr, groups)
        with self._pool.after(look) as (_, found):
            return found

    def reread(self, key: AccountKey) -> DirectoryAccount:
        """The account as it is now. Raises AccountGone and DirectoryDown."""
        with self._pool.after(lambda session: self._one(session, key)) as (_, found):
            return found.account

    def reread_all(self, keys: Sequence[AccountKey]) -> Iterator[DirectoryAccount]:
        """Tens of thousands: see `BulkRun.by_key`. Raises DirectoryDown while it is read."""
        return self.bulk_run().by_key(keys)

    def bulk_run(self) -> BulkRun:
        """For a whole file: what it learns of the groups is good until its end."""
        return BulkRun(self._settings, self._flavour, self._reader, self._pool)

    def policy_now(self, key: AccountKey) -> DirectoryPolicy:
        """What the account's next password must be, read anew. Raises AccountGone and DirectoryDown."""
        self._reader.forget_policies()
        return self.reread(key).policy

    def default_policy(self) -> DirectoryPolicy:
        """That of people without one of their own, as far as it can be read. Raises DirectoryDown."""
        with self._pool.after(lambda session: self._reader.policy(Entry("", {}), session)) as (_, policy):
            return policy

    def look_everywhere(self, key: AccountKey) -> tuple[list[DirectoryAccount], bool]:
        """The account as each server shows it, and whether all of them could be asked.

        For finding out what became of a change: a copy that has not heard of it must not pass for proof that there
        was none. Raises AccountGone when all were asked and none has it, DirectoryDown when none could be asked.
        """
        return self._proof.everywhere(self._hosts, key)

    def set_password(self, account: DirectoryAccount, password: Secret) -> ResetOutcome:
        """Raises AccountGone, and DirectoryDown; both only when nothing was changed and nothing will be."""
        value = b""
        with contextlib.suppress(UnicodeEncodeError):
            value = self._flavour.writing.value(password.reveal()) if password else b""
        if not value:
            return PasswordRefused((Refusal.BAD_CHARACTER if password else Refusal.EMPTY,))
        with self._pool.after(lambda session: self._to_write(session, account.key)) as (session, (found, controls)):
            if refused := not_as_it_was(account, found.account):
                return refused
            target = self._target(found.account)
            answer = session.replace(target, self._changes(found, value), controls)
            done = self._proof.followed(session, target, found.account, answer)
        if done is not None:
            return self._proof.by_login(session.host, done, password)
        return self._outcome(session.host, found.account, password, answer)

    @property
    def may_unlock(self) -> bool:
        return self._settings.unlock

    def unlock(self, account: DirectoryAccount) -> UnlockOutcome:
        """Lifts a lock of wrong passwords; the password stays. Raises AccountGone, DirectoryDown: nothing was changed.

        Open already is unlocked, too. Whether it worked, the directory's own state tells.
        """
        with self._pool.after(lambda session: self._to_write(session, account.key)) as (session, (found, controls)):
            if refused := not_as_it_was(account, found.account):
                return refused
            if found.account.state is not AccountState.LOCKED:
                return AccountUnlocked(account.key)
            answer = session.replace(self._target(found.account), self._flavour.writing.unlock, controls)
        if answer is not None and answer.code == Result.ASSERTION_FAILED:
            return PasswordRefused((Refusal.ACCOUNT_CHANGED,))
        if answer is not None and answer.code not in (Result.SUCCESS, *_DOUBTFUL):
            raise self._trouble(session.host, answer)
        seen = self._proof.look(session.host, account.key)
        open_now = seen is not None and seen.state is AccountState.ACTIVE
        return AccountUnlocked(account.key) if open_now else OutcomeUnknown(account.key)

    def check(self) -> list[Check]:
        """For check-config: what was tried, what holds, what to do. Changes nothing."""
        return DirectoryChecks(self._settings, self._flavour, self._reader, self._hosts, self._connections.open).run()

    def close(self) -> None:
        self._pool.close()

    # ---- reading

    def _one(self, session: Session, key: AccountKey, *, anywhere: bool = False) -> _Found:
        """`anywhere`: also beyond the base, where the directory can follow an entry."""
        named = ""
        with contextlib.suppress(ValueError):
            named = self._flavour.identity.named(key.entry_id)
        if key.directory != self.name or not named:
            raise AccountGone("not_of_this_directory")
        base = self._flavour.identity.lasting(key.entry_id) if anywhere else ""
        found = self._found(session, named, 2, self._read_groups, base)
        if len(found) != 1:
            raise AccountGone("ambiguous" if found else "gone")
        return found[0]

    def _found(self, session: Session, condition: str, at_most: int, by: _Groups, base: str = "") -> list[_Found]:
        entries = self._entries(session, condition, at_most, base)
        return list(map(_Found, entries, self._reader.accounts(entries, by(session), session)))

    def _read_groups(self, session: Session) -> ReadGroups:
        groups = self._reader.protection.read_groups(session)
        self._last_groups = (time.monotonic(), groups)
        return groups

    def _recent_groups(self, session: Session) -> ReadGroups:
        read_at, groups = self._last_groups
        recent = groups.members is not None and time.monotonic() - read_at < _GROUPS_GOOD_FOR
        return groups if recent else self._read_groups(session)

    def _entries(self, session: Session, condition: str, at_most: int, base: str) -> list[Entry]:
        persons = filters.every(condition, self._flavour.person(self._settings.person_class))
        where = base or self._settings.base
        code, entries = session.sample(where, persons, self._reader.attributes, size_limit=at_most)
        if code == Result.SUCCESS or (base and code == Result.NO_SUCH_OBJECT):
            return entries
        log.error("directory %s: %s answers a search with result code %d", self.name, session.host, code)
        raise DirectoryDown(self.name, "too_many" if code == Result.SIZE_LIMIT_EXCEEDED else "search_refused")

    # ---- writing

    def _to_write(self, session: Session, key: AccountKey) -> tuple[_Found, tuple[Control, ...]]:
        """Everything that needs an answer of the server: behind it comes the modify and nothing else."""
        found = self._one(session, key)
        controls = self._flavour.writing.controls(session.controls)
        unchanged = self._unchanged(found, session.controls)
        self.last_look()
        return found, (*controls, assertion(unchanged)) if unchanged else controls

    def _target(self, account: DirectoryAccount) -> str:
        return self._flavour.identity.lasting(account.key.entry_id) or account.dn

    def _changes(self, found: _Found, value: bytes) -> Changes:
        """All in one modify: none of it may be done without the rest."""
        writing, activation = self._flavour.writing, self._settings.activation
        changes = {writing.attribute: (value,), **writing.unlocking(found.entry)}
        if self._settings.keep_must_change:
            changes |= writing.still_to_change(found.entry)
        if found.account.state is AccountState.WAITING:
            changes[activation.attribute] = self._reader.moved_on(found.entry)
            changes |= writing.enabling(found.entry) if activation.enable else {}
        return changes

    def _unchanged(self, found: _Found, controls: frozenset[str]) -> str:
        """What must still hold when the server carries the change out: the same entry, person and password, open.

        It closes the gap between our look and our write (ASVS 15.4.2), and makes a change that was held up on the
        way harmless: it can no longer overwrite a newer password. Empty for a kind of server that cannot be asked:
        there the look is the last thing before the write, on the same connection, and the fence does the rest.
        """
        condition = self._flavour.writing.condition
        if condition is None:
            return ""
        numbers = [
            filters.equals(self._settings.cpr_attribute, value)
            for number in found.account.cpr_numbers
            for value in self._reader.forms.values(number)
        ]
        return filters.every(
            self._flavour.identity.named(found.account.key.entry_id),
            filters.some(numbers) if numbers else "",
            condition(found.entry, controls, found.account.state is AccountState.WAITING),
        )

    def _outcome(self, host: Host, account: DirectoryAccount, password: Secret, answer: Answer | None) -> ResetOutcome:
        if answer is None or answer.code in (Result.SUCCESS, *_DOUBTFUL):
            return self._proof.by_looking(host, account, password)
        if answer.code == Result.ASSERTION_FAILED:
            return PasswordRefused((Refusal.ACCOUNT_CHANGED,))
        if refusal := self._flavour.writing.refusal(answer):
            return PasswordRefused((refusal,))
        if answer.code == Result.NO_SUCH_OBJECT:
            raise AccountGone("gone")
        raise self._trouble(host, answer)

    def _trouble(self, host: Host, answer: Answer) -> DirectoryDown:
        log.error("directory %s: %s refuses the change with result code %d", self.name, host, answer.code)
        if answer.policy_error is PolicyError.MUST_SUPPLY_OLD_PASSWORD:  # pwdSafeModify: nobody could reset one here
            return DirectoryDown(self.name, "old_password_demanded")
        return DirectoryDown(self.name, _NOT_DONE.get(answer.code, "not_permitted"))

    def _read_at(self, host: Host, key: AccountKey) -> DirectoryAccount:
        """On this very server, wherever it is by now. Raises SessionBroken, AccountGone, DirectoryDown."""
        with contextlib.closing(self._connections.as_service(host)) as session:
            return self._one(session, key, anywhere=True).account
