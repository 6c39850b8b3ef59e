"""The console's story: somebody of the staff logs in with MitID, and what they may do follows from their groups.

The same login as everybody's, through WAYF; never a password, for this service can set those. Directories are asked for
the CPR number once; then it is only known as a fingerprint. Roles are read at each login, and while it is used: who has
lost one is logged out.
"""

import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resetapp.core.accounts import AccountKey
from resetapp.core.cpr import CprNumber
from resetapp.core.events import StaffLoggedIn
from resetapp.core.outcomes import Outcome
from resetapp.core.people import AuthenticatedPerson
from resetapp.core.staff import Role, Task, may, too_many
from resetapp.directory.ldap import LdapDirectory
from resetapp.directory.memberships import Membership
from resetapp.ending import end_parallel
from resetapp.logs import scrubbed
from resetapp.reset import Desk, ended
from resetapp.settings import Staff
from resetapp.storage import logins
from resetapp.storage.logins import Pending
from resetapp.storage.tables import Login, StaffLogin
from resetapp.trouble import AccountGone, DirectoryDown, LoginRefused

log = logging.getLogger(__name__)


class AskerGone(Exception):
    """Who asked for it may not ask for such a thing any more, or their account is closed or gone."""


@dataclass(frozen=True, slots=True)
class Found:
    """The account whose groups give roles, and which."""

    account: Membership
    roles: frozenset[Role]


def sign_in(desk: Desk, staff: Staff, pending: Pending, person: AuthenticatedPerson, user_agent: str) -> str:
    """Returns the browser's new token.

    Raises LoginRefused when no group gives a role, or all of them do; when the request or the assertion were used
    before; DirectoryDown when nobody could be asked.
    """
    found = roles_of(staff, desk.directories, person.cpr)
    fingerprint, now = person.cpr.fingerprint(desk.person_key), desk.clock()
    with desk.database.transaction() as db:
        token = logins.complete_login(db, pending, person, staff.absolute, now)
        older = logins.end_replaced(db, pending, now)
        names = {"directory": found.account.key.directory, "entry_id": found.account.key.entry_id}
        who = {"person": fingerprint, "username": scrubbed(found.account.username), **names}
        indexes = dict(desk.register.indexes.of(person.cpr)) if desk.register else {}
        kept = {"indexes": indexes, "browser": browser_of(desk, user_agent)}
        db.add(StaffLogin(login_id=pending.id, roles=sorted(found.roles), **kept, **who))
        if older:
            desk.journal.write(db, ended(older, "newer_login"), now)
        done = StaffLoggedIn(reference=pending.reference, roles=tuple(sorted(found.roles)), **who)
        desk.journal.write(db, done, now)
        end_parallel(desk, staff, db, fingerprint)
    log.info("staff.logged_in reference=%s roles=%s", pending.reference, ",".join(sorted(found.roles)))
    return token


def roles_of(staff: Staff, directories: Mapping[str, LdapDirectory], cpr: CprNumber) -> Found:
    """Of the person's first account that has any, in the order of the settings; others' are added to them.

    Raises LoginRefused and DirectoryDown.
    """
    accounts, down = _asked(staff, directories, cpr)
    roles = _together(accounts)
    if not roles and down:
        raise down
    if not roles or too_many(roles):
        raise LoginRefused("all-roles" if roles else "no-role", Outcome.NO_STAFF_ROLE)
    return Found(accounts[0].account, roles)


def has_lost_a_role(desk: Desk, staff: Staff, member: StaffLogin) -> bool:
    """Would a login of this moment give less, or nothing (ASVS 7.4.2, security.md SE-07)?

    Asked with the number that the member's account holds now, which must still be the member's. What cannot be asked
    takes nothing away: the console must show how things stand while a directory is down.
    """
    try:
        roles, down = _roles_now(desk, staff, AccountKey(member.directory, member.entry_id), member.person)
    except DirectoryDown:
        return False
    return too_many(roles) or (down is None and not roles.issuperset(map(Role, member.roles)))


def demand_asker(desk: Desk, staff: Staff, key: AccountKey, person: str, task: Task) -> None:
    """Has who asked for something still the role to ask for it? Whoever was let go must not have it approved.

    `key`: the account that let them in when they asked; `person`: their fingerprint. Raises AskerGone, and
    DirectoryDown when it cannot be told: then nothing is approved.
    """
    roles, down = _roles_now(desk, staff, key, person)
    if too_many(roles):
        raise AskerGone
    if not may(roles, task):
        raise down or AskerGone


def _roles_now(desk: Desk, staff: Staff, key: AccountKey, person: str) -> tuple[frozenset[Role], DirectoryDown | None]:
    """What a login of this moment would give, and what kept a directory from being asked. Raises DirectoryDown."""
    try:
        held = desk.directories[key.directory].reread(key).cpr_numbers if key.directory in desk.directories else ()
    except AccountGone:
        return frozenset(), None
    own = [number for number in held if number.fingerprint(desk.person_key) == person]
    accounts, down = _asked(staff, desk.directories, own[0]) if own else ([], None)
    return _together(accounts), down


def browser_of(desk: Desk, user_agent: str) -> str:
    """A keyed fingerprint of what the browser calls itself."""
    return hmac.new(desk.person_key, b"browser\x00" + user_agent.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def has_changed_browser(desk: Desk, member: StaffLogin, user_agent: str) -> bool:
    """A cookie that comes from another browser has been taken along (security.md SE-10). Not asked of persons, whose
    login is short, opens one account and should outlive what a telephone does.
    """
    return bool(member.browser) and member.browser != browser_of(desk, user_agent)


def end_for(desk: Desk, login_id: int, by: str) -> None:
    """`by`: "role", which was lost, or "user_agent"."""
    with desk.database.transaction() as db:
        login = db.get_one(Login, login_id, with_for_update=True)
        if login.ended_at is not None:  # by another request of the same browser
            return
        outcome = Outcome.NO_STAFF_ROLE if by == "role" else Outcome.LOGGED_OUT_ELSEWHERE
        logins.end(db, login, outcome, desk.clock())
        log.warning("staff.login_ended reference=%s by=%s", login.reference, by)
        desk.journal.write(db, ended(login, by), desk.clock())


def _asked(
    staff: Staff, directories: Mapping[str, LdapDirectory], cpr: CprNumber
) -> tuple[list[Found], DirectoryDown | None]:
    """The accounts with roles, and what kept one of the directories from being asked."""
    accounts: list[Found] = []
    down: DirectoryDown | None = None
    for name in dict.fromkeys(each.directory for each in staff.roles):
        groups = tuple(dict.fromkeys(each.group for each in staff.roles if each.directory == name))
        try:
            accounts += _with_roles(directories[name].memberships(cpr, groups), staff, name)
        except DirectoryDown as fault:
            down = fault
    return accounts, down


def _together(accounts: Iterable[Found]) -> frozenset[Role]:
    return frozenset(role for each in accounts for role in each.roles)


def _with_roles(found: Iterable[Membership], staff: Staff, directory: str) -> Iterable[Found]:
    for each in found:
        given = [role for role in staff.roles if role.directory == directory and role.group in each.groups]
        if given:
            yield Found(each, frozenset(role.role for role in given))
