"""The account of a mapping: found by its username once, judged at each step as the directory shows it then."""

from dataclasses import replace

from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount, DirectoryPolicy
from resetapp.core.mappings import MappingRefused, MappingState, Problem
from resetapp.reset import Desk
from resetapp.storage import mappings
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import AccountGone, DirectoryDown


def account_named(desk: Desk, username: str, directory: str = "") -> DirectoryAccount:
    """The one account with this username, in this directory or in any.

    Raises MappingRefused when there is none, or several; DirectoryDown when one that may hold it does not answer.
    """
    found: list[DirectoryAccount] = []
    down: DirectoryDown | None = None
    for name, each in desk.directories.items():
        if directory in ("", name):
            try:
                found += each.find_by_username(username)
            except DirectoryDown as fault:
                down = fault
    if down:  # even when another one holds it: the choice between them would be a guess
        raise down
    if len(found) != 1:
        problem = Problem.ACCOUNT_AMBIGUOUS if found else Problem.ACCOUNT_UNKNOWN
        raise MappingRefused(problem, {"username": username})
    return found[0]


def account_now(desk: Desk, key: AccountKey, username: str) -> DirectoryAccount:
    """Read again by its lasting id. Raises MappingRefused, DirectoryDown."""
    directory = desk.directories.get(key.directory)
    try:
        if directory is None:
            raise AccountGone("directory_removed")
        return directory.reread(key)
    except AccountGone:
        raise MappingRefused(Problem.CHANGED, {"username": username}) from None


def demand_mappable(account: DirectoryAccount) -> None:
    """No privileged account, and none whose directory holds a number. Raises MappingRefused."""
    named = {"username": account.username}
    if account.state is AccountState.PROTECTED:
        raise MappingRefused(Problem.ACCOUNT_PRIVILEGED, named)
    if account.cpr_numbers:
        raise MappingRefused(Problem.ACCOUNT_HAS_NUMBER, named)


def demand_not_own(member: StaffLogin, key: AccountKey) -> None:
    """Nobody maps the account by which they are let in here (security.md A-05). Raises MappingRefused."""
    if key == AccountKey(member.directory, member.entry_id):
        raise MappingRefused(Problem.SELF)


def demand_not_mapped_to(desk: Desk, member: StaffLogin, key: AccountKey) -> None:
    """Nor one that the list gives to them already, under whatever name (A-05). Raises MappingRefused."""
    with desk.database.reading() as db:
        held = mappings.of_accounts(db, [key], (MappingState.APPROVED, MappingState.FROZEN))
    if any(each.is_one_of(member.indexes) for each in held):
        raise MappingRefused(Problem.SELF)


def lean(account: DirectoryAccount) -> DirectoryAccount:
    """Without what the notices do not need: there are tens of thousands of them at once."""
    return replace(account, dn="", display_name="", names=(), mark="", policy=_NO_POLICY)


_NO_POLICY = DirectoryPolicy()
