"""From a person to the accounts that are theirs: the page on which the whole service stands.

A wrong match here hands over somebody's account. Therefore: equality of the CPR number only, asked of each
directory afresh, never a name or an address; accounts are told apart by their lasting id; and directly before a
write the entry must still hold the same number.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import MatchResult, Outcome
from resetapp.directory.ldap import LdapDirectory
from resetapp.trouble import DirectoryDown


def match(cpr: CprNumber, directories: Mapping[str, LdapDirectory]) -> MatchResult:
    """Every account with this CPR number in every directory; the usable ones first.

    All are asked at once, so that one which does not answer costs its own time-out and no more. It is named in
    `not_asked`, and the others still serve.
    """
    answers = _asked(cpr, directories)
    found = {account.key: account for accounts in answers.values() for account in accounts or ()}
    return result_of(found.values(), [name for name, answer in answers.items() if answer is None])


def result_of(found: Iterable[DirectoryAccount], not_asked: Iterable[str]) -> MatchResult:
    """In the order in which they are shown, with what follows from them."""
    accounts = tuple(sorted(found, key=lambda a: (not a.usable, a.key.directory, a.username)))
    silent = tuple(not_asked)
    return MatchResult(accounts, silent, _outcome(accounts, bool(silent)))


def _asked(cpr: CprNumber, directories: Mapping[str, LdapDirectory]) -> Mapping[str, Sequence[DirectoryAccount] | None]:
    if len(directories) == 1:  # no thread is worth its price then
        return {name: _found(directory, cpr) for name, directory in directories.items()}
    with ThreadPoolExecutor(len(directories), "match") as threads:
        found = {name: threads.submit(_found, directory, cpr) for name, directory in directories.items()}
        return {name: future.result() for name, future in found.items()}


def _found(directory: LdapDirectory, cpr: CprNumber) -> Sequence[DirectoryAccount] | None:
    """None: the directory cannot answer."""
    try:
        return directory.find_by_cpr(cpr)
    except DirectoryDown:
        return None


def _outcome(accounts: tuple[DirectoryAccount, ...], incomplete: bool) -> Outcome:
    if any(account.usable for account in accounts):
        return Outcome.OPEN
    if incomplete:  # the usable account may be where we could not ask: "no account" would be a guess
        return Outcome.DIRECTORY_DOWN
    return Outcome.NO_USABLE_ACCOUNT if accounts else Outcome.NO_ACCOUNT


def holds_number_of(account: DirectoryAccount, fingerprint: str, key: bytes) -> bool:
    """Does the entry, read again, still hold the number this visit was matched by? (requirement R-05)"""
    return any(number.fingerprint(key) == fingerprint for number in account.cpr_numbers)
