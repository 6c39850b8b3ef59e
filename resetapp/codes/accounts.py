"""The account of a code: found by its username once, and judged at each step as the directory shows it then."""

from collections.abc import Iterator
from contextlib import contextmanager

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount
from resetapp.core.codes import CodeRefused, Problem
from resetapp.core.mappings import MappingRefused
from resetapp.mapping import accounts
from resetapp.reset import Desk
from resetapp.storage import mappings
from resetapp.storage.tables import StaffLogin


def account_named(desk: Desk, username: str, directory: str = "") -> DirectoryAccount:
    """The one account with this username, in this directory or in any. Raises CodeRefused, DirectoryDown."""
    with _as_ours():
        return accounts.account_named(desk, username, directory)


def account_now(desk: Desk, key: AccountKey, username: str) -> DirectoryAccount:
    """Read again by its lasting id. Raises CodeRefused, DirectoryDown."""
    with _as_ours():
        return accounts.account_now(desk, key, username)


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except MappingRefused as refused:
        raise CodeRefused(Problem(refused.problem.value), refused.values) from None


def demand_issuable(desk: Desk, member: StaffLogin, account: DirectoryAccount) -> None:
    """Neither privileged nor closed, and not the member's own: by whatever tells whose it is. Raises CodeRefused."""
    named = {"username": account.username}
    if account.state is AccountState.PROTECTED:
        raise CodeRefused(Problem.ACCOUNT_PRIVILEGED, named)
    if not account.usable:
        raise CodeRefused(Problem.ACCOUNT_CLOSED, named)
    if account.key == AccountKey(member.directory, member.entry_id):
        raise CodeRefused(Problem.SELF)
    if any(number.fingerprint(desk.person_key) == member.person for number in account.cpr_numbers):
        raise CodeRefused(Problem.SELF)
    with desk.database.reading() as db:
        mapped = mappings.of_accounts(db, [account.key])
    if any(each.is_one_of(member.indexes) for each in mapped):
        raise CodeRefused(Problem.SELF)
