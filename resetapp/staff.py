"""The console's story: somebody of the staff logs in with MitID, and what they may do follows from their groups.

The same login as everybody's, through WAYF; never a password, for this service can set those. Directories are asked for
the CPR number once; then it is only known as a fingerprint. Roles are read at each login and hold until it ends.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resetapp.core.events import StaffLoggedIn
from resetapp.core.outcomes import Outcome
from resetapp.core.people import AuthenticatedPerson
from resetapp.core.staff import Role, too_many
from resetapp.directory.ldap import LdapDirectory
from resetapp.directory.memberships import Membership
from resetapp.logs import scrubbed
from resetapp.reset import Desk, ended
from resetapp.settings import Staff
from resetapp.storage import logins
from resetapp.storage.logins import Pending
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import DirectoryDown, LoginRefused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """The account whose groups give roles, and which."""

    account: Membership
    roles: frozenset[Role]


def sign_in(desk: Desk, staff: Staff, pending: Pending, person: AuthenticatedPerson) -> str:
    """Returns the browser's new token.

    Raises LoginRefused when no group gives a role, or all of them do; when the request or the assertion were used
    before; DirectoryDown when nobody could be asked.
    """
    found = roles_of(staff, desk.directories, person)
    fingerprint, now = person.cpr.fingerprint(desk.person_key), desk.clock()
    with desk.database.transaction() as db:
        token = logins.complete_login(db, pending, person, staff.absolute, now)
        older = logins.end_replaced(db, pending, now)
        names = {"directory": found.account.key.directory, "entry_id": found.account.key.entry_id}
        who = {"person": fingerprint, "username": scrubbed(found.account.username), **names}
        indexes = dict(desk.register.indexes.of(person.cpr)) if desk.register else {}
        db.add(StaffLogin(login_id=pending.id, roles=sorted(found.roles), indexes=indexes, **who))
        if older:
            desk.journal.write(db, ended(older, "newer_login"), now)
        done = StaffLoggedIn(reference=pending.reference, roles=tuple(sorted(found.roles)), **who)
        desk.journal.write(db, done, now)
    log.info("staff.logged_in reference=%s roles=%s", pending.reference, ",".join(sorted(found.roles)))
    return token


def roles_of(staff: Staff, directories: Mapping[str, LdapDirectory], person: AuthenticatedPerson) -> Found:
    """Of the person's first account that has any, in the order of the settings; others' are added to them.

    Raises LoginRefused and DirectoryDown.
    """
    accounts: list[Found] = []
    down: DirectoryDown | None = None
    for name in dict.fromkeys(each.directory for each in staff.roles):
        groups = tuple(dict.fromkeys(each.group for each in staff.roles if each.directory == name))
        try:
            accounts += _with_roles(directories[name].memberships(person.cpr, groups), staff, name)
        except DirectoryDown as fault:
            down = fault
    roles = frozenset(role for each in accounts for role in each.roles)
    if not roles and down:
        raise down
    if not roles or too_many(roles):
        raise LoginRefused("all-roles" if roles else "no-role", Outcome.NO_STAFF_ROLE)
    return Found(accounts[0].account, roles)


def _with_roles(found: Iterable[Membership], staff: Staff, directory: str) -> Iterable[Found]:
    for each in found:
        given = [role for role in staff.roles if role.directory == directory and role.group in each.groups]
        if given:
            yield Found(each, frozenset(role.role for role in given))
