"""From a person to the accounts that are theirs: the page on which the whole service stands.

A wrong match here hands over somebody's account. Therefore: equality of the CPR number only, asked of each
directory afresh, never a name or an address; accounts are told apart by their lasting id; and directly before a
write the entry must still hold the same number.
"""

from collections.abc import Mapping

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import MatchResult, Outcome
from resetapp.directory.ldap import LdapDirectory
from resetapp.trouble import DirectoryDown


def match(cpr: CprNumber, directories: Mapping[str, LdapDirectory]) -> MatchResult:
    """Every account with this CPR number in every directory; the usable ones first.

    A directory that cannot answer is named in `not_asked` and the others still serve.
    """
    found: dict[object, DirectoryAccount] = {}
    not_asked: list[str] = []
    for name, directory in directories.items():
        try:
            found |= {account.key: account for account in directory.find_by_cpr(cpr)}
        except DirectoryDown:
            not_asked.append(name)
    accounts = tuple(sorted(found.values(), key=lambda a: (not a.usable, a.key.directory, a.username)))
    return MatchResult(accounts, tuple(not_asked), _outcome(accounts, bool(not_asked)))


def _outcome(accounts: tuple[DirectoryAccount, ...], incomplete: bool) -> Outcome:
    if any(account.usable for account in accounts):
        return Outcome.OPEN
    if incomplete:  # the usable account may be where we could not ask: "no account" would be a guess
        return Outcome.DIRECTORY_DOWN
    return Outcome.NO_USABLE_ACCOUNT if accounts else Outcome.NO_ACCOUNT


def still_theirs(account: DirectoryAccount, fingerprint: str, key: bytes) -> bool:
    """Does the entry, read again, still hold the number this visit was matched by? (requirement R-05)"""
    return any(number.fingerprint(key) == fingerprint for number in account.cpr_numbers)
