"""What became of a change: found out by looking, and by one login as the person.

Everything is asked of the server that was written to: another one may not have heard of the change yet.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from resetapp.core.accounts import AccountKey, DirectoryAccount
from resetapp.core.outcomes import OutcomeUnknown, PasswordSet
from resetapp.core.secret import Secret
from resetapp.directory.flavours.flavour import Writing
from resetapp.directory.hosts import Host
from resetapp.directory.results import Result
from resetapp.directory.session import Answer, Session, SessionBroken
from resetapp.trouble import AccountGone, DirectoryDown

_LOOK_EVERY = 0.25  # seconds

ReadAt = Callable[[Host, AccountKey], DirectoryAccount]
OpenAs = Callable[[Host, str, bytes], Session]


class Proof:
    """One for each directory; keeps nothing."""

    def __init__(self, name: str, writing: Writing, read_at: ReadAt, open_as: OpenAs, patience: float) -> None:
        """`read_at`: the account as this server shows it. `patience`: seconds."""
        self._name = name
        self._writing = writing
        self._read_at = read_at
        self._open_as = open_as
        self._patience = patience

    def by_login(self, host: Host, account: DirectoryAccount, password: Secret) -> PasswordSet | OutcomeUnknown:
        """One bind: more could lock the account."""
        try:
            session = self._open_as(host, account.dn, password.reveal().encode())
            with contextlib.closing(session):
                answer = session.bind()
        except SessionBroken:
            return OutcomeUnknown(account.key)
        if self._writing.proves(answer):
            return PasswordSet(account.key, self._writing.must_change(answer))
        return OutcomeUnknown(account.key)

    def by_looking(self, host: Host, before: DirectoryAccount, password: Secret) -> PasswordSet | OutcomeUnknown:
        """The answer is lost: look until the mark of the last change moves, and log in once then.

        A login that is tried too early proves nothing and counts against the person; reading costs nothing. The change
        may still wait in a queue when we give up, so an unmoved mark is no proof either.
        """
        end = time.monotonic() + self._patience
        while ((seen := self.look(host, before.key)) is None or seen.mark == before.mark) and time.monotonic() < end:
            time.sleep(_LOOK_EVERY)
        never_shown = before.mark == ""  # a directory that keeps none: the login alone can tell
        if seen is not None and (never_shown or seen.mark != before.mark):
            return self.by_login(host, seen, password)
        return OutcomeUnknown(before.key)

    def followed(
        self, session: Session, target: str, account: DirectoryAccount, answer: Answer | None
    ) -> DirectoryAccount | None:
        """The account with the DN it has now that a change to `target` was made. None: the answer does not say that it
        was, or the server does not say where the entry is.

        It may have been moved while the change was on its way. A login at its old DN proves nothing, and counts against
        whoever has that name now. Not asked where the change was sent to the DN itself.
        """
        if answer is None or answer.code != Result.SUCCESS:
            return None
        if target == account.dn:
            return account
        try:
            _, seen = session.sample(target, "(objectClass=*)", ["1.1"], subtree=False)
        except SessionBroken:
            return None
        return replace(account, dn=seen[0].dn) if seen else None

    def look(self, host: Host, key: AccountKey) -> DirectoryAccount | None:
        """None: it cannot be read at this moment."""
        try:
            return self._read_at(host, key)
        except (SessionBroken, AccountGone, DirectoryDown):
            return None

    def everywhere(self, hosts: Iterable[Host], key: AccountKey) -> tuple[list[DirectoryAccount], bool]:
        """The account as each server shows it, and whether all of them could be asked."""
        seen, silent = [], ""
        for host in hosts:
            try:
                seen.append(self._read_at(host, key))
            except AccountGone:
                continue
            except (SessionBroken, DirectoryDown) as fault:
                silent = fault.reason
        if not seen and silent:
            raise DirectoryDown(self._name, silent)
        if not seen:
            raise AccountGone("gone")
        return seen, not silent
