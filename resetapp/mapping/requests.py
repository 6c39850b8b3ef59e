"""Asking: one mapping, or a changed CPR number. Nothing asked for has any effect before somebody else says yes."""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from resetapp import notify
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.mapping_events import MappingRequested
from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestKind
from resetapp.logs import scrubbed
from resetapp.mapping.accounts import account_named, account_now, demand_mappable, demand_not_mapped_to, demand_not_own
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import limits, mappings
from resetapp.storage.database import Session
from resetapp.storage.limits import Kind
from resetapp.storage.mapping_seals import REQUEST, facts_of
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import TooManyAttempts

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`directory`: "" for whichever has the username. `reason`: in the words of who asks; no number in it."""

    username: str
    cpr: CprNumber
    reason: str
    directory: str = ""


def request(desk: Desk, register: Register, member: StaffLogin, wanted: Wanted) -> str:
    """Ask for one mapping; returns the request's id. Raises MappingRefused, DirectoryDown, TooManyAttempts."""
    demand_few(desk, register, member)
    demand_number(member, register, wanted.cpr)
    account = account_named(desk, wanted.username, wanted.directory)
    demand_not_own(member, account.key)
    demand_not_mapped_to(desk, member, account.key)
    demand_mappable(account)
    with desk.database.transaction() as db:
        demand_free(db, register, account, wanted.cpr)
        asked = new_request(desk, register, member, RequestKind.SINGLE, wanted.reason, 1)
        mapping = new_mapping(register, asked, account, wanted.cpr)
        _add(db, asked, [mapping], account)
        _tell(desk, db, member, asked, [(mapping, account)])
    log.info("mapping.requested request=%s directory=%s", asked.id, account.key.directory)
    return asked.id


def request_change(
    desk: Desk, register: Register, member: StaffLogin, old: CprNumber, new: CprNumber, reason: str
) -> str:
    """A person has a new number: ask for it in the place of the old one, for all accounts mapped to that.

    Raises MappingRefused, DirectoryDown, TooManyAttempts.
    """
    demand_few(desk, register, member)
    demand_number(member, register, old)
    demand_number(member, register, new)
    if old == new:
        raise MappingRefused(Problem.SAME_NUMBER)
    with desk.database.reading() as db:
        held = mappings.of_person(db, register.indexes.of(old), (MappingState.APPROVED,))
    if not held:
        raise MappingRefused(Problem.NOTHING_MAPPED)
    accounts = [account_now(desk, each.key, each.username) for each in held]
    for account in accounts:
        demand_not_own(member, account.key)
        demand_mappable(account)
    with desk.database.transaction() as db:
        asked = new_request(desk, register, member, RequestKind.CHANGE, reason, len(held))
        made = [
            new_mapping(register, asked, account, new, before.id)
            for account, before in zip(accounts, held, strict=True)
        ]
        _add(db, asked, made, accounts[0])
        _tell(desk, db, member, asked, zip(made, accounts, strict=True))
    log.info("mapping.change_requested request=%s accounts=%d", asked.id, len(held))
    return asked.id


def demand_few(desk: Desk, register: Register, member: StaffLogin) -> None:
    """Counted before anything is looked at: a refusal tells something, too. Raises TooManyAttempts."""
    now, most = desk.clock(), register.settings.requests_per_day
    with desk.database.transaction() as db:
        wait = limits.wait(db, Kind.MAPPING_REQUESTED, member.person, most, _DAY, now)
        if not wait:
            limits.count(db, Kind.MAPPING_REQUESTED, member.person, now)
    if wait:
        log.error("mapping.request_alarm username=%s per_day=%d", member.username, most)
        raise TooManyAttempts("mapping_requests", wait)


def demand_number(member: StaffLogin, register: Register, cpr: CprNumber) -> None:
    """One that somebody else can log in with. Raises MappingRefused."""
    if cpr.is_replacement and not register.invented:
        raise MappingRefused(Problem.CPR_REPLACEMENT)
    own, wanted = member.indexes, register.indexes.of(cpr)
    if not own.keys() & wanted.keys():
        raise MappingRefused(Problem.KEY_CHANGED)
    if any(own.get(kid) == index for kid, index in wanted.items()):
        raise MappingRefused(Problem.SELF)


def demand_free(db: Session, register: Register, account: DirectoryAccount, cpr: CprNumber) -> None:
    """Raises MappingRefused."""
    named, indexes = {"username": account.username}, register.indexes.of(cpr)
    for each in mappings.of_accounts(db, [account.key]):
        if each.state is MappingState.REQUESTED:
            raise MappingRefused(Problem.ALREADY_REQUESTED, named)
        same = each.state is MappingState.APPROVED and each.is_one_of(indexes)
        raise MappingRefused(Problem.ACCOUNT_SAME if same else Problem.ACCOUNT_TAKEN, named)


def new_request(
    desk: Desk, register: Register, member: StaffLogin, kind: RequestKind, reason: str, rows: int
) -> MappingRequest:
    asked = MappingRequest(
        id=secrets.token_hex(16),
        kind=kind,
        requested_by=member.person,
        requester=member.username,
        requester_directory=member.directory,
        requester_entry_id=member.entry_id,
        requested_at=desk.clock(),
        reason=reason,
        whole=False,
        rows=rows,
    )
    asked.seal = register.indexes.seals.of_request(facts_of(asked, REQUEST))
    return asked


def new_mapping(
    register: Register,
    asked: MappingRequest,
    account: DirectoryAccount,
    cpr: CprNumber,
    replaces_id: str | None = None,
) -> AccountMapping:
    ident = secrets.token_hex(16)
    made = AccountMapping(
        id=ident,
        request_id=asked.id,
        directory=account.key.directory,
        entry_id=account.key.entry_id,
        username=scrubbed(account.username)[:256],
        key_id=register.indexes.newest,
        cpr_index=register.indexes.newest_of(cpr),
        sealed=register.escrow.seal(cpr, ident) if register.escrow else None,
        state=MappingState.REQUESTED,
        replaces_id=replaces_id,
        requested_at=asked.requested_at,
    )
    made.seal = register.indexes.seals.of_row(facts_of(made))
    return made


def _add(db: Session, asked: MappingRequest, made: list[AccountMapping], account: DirectoryAccount) -> None:
    """Two at once for one account: the database lets one through."""
    if not mappings.add(db, asked, made):
        raise MappingRefused(Problem.ALREADY_REQUESTED, {"username": account.username})


def _tell(
    desk: Desk,
    db: Session,
    member: StaffLogin,
    asked: MappingRequest,
    made: Iterable[tuple[AccountMapping, DirectoryAccount]],
) -> None:
    for mapping, account in made:
        notices = notify.put_about_mapping(desk, db, mapping.id, MailKind.MAPPING_REQUESTED, account, "")
        told = MappingRequested(**by(member), **about(mapping), request=asked.id, why=asked.reason, notices=notices)
        desk.journal.write(db, told, desk.clock())


def by(member: StaffLogin) -> dict[str, str]:
    return {"person": member.person, "username": member.username}


def about(mapping: AccountMapping) -> dict[str, str]:
    named = {"mapping": mapping.id, "directory": mapping.directory, "entry_id": mapping.entry_id}
    return named | {"account": mapping.username}
