"""Deciding: by a second person, who looks at the account as it is at that moment. And ending what was decided.

Taking a mapping away needs no second person: it opens nothing. One that its owner has frozen is taken away by somebody
who may approve and did not ask for it; only then can another be asked for.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from resetapp import notify
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.mapping_events import MappingApproved, MappingNumberChanged, MappingRemoved, MappingRequestEnded
from resetapp.core.mappings import MappingRefused, MappingState, Problem, RequestKind, RequestState
from resetapp.mapping.accounts import account_now, demand_mappable, demand_not_mapped_to, demand_not_own
from resetapp.mapping.requests import about, by
from resetapp.mapping.seals import are_unbroken, demand_unbroken
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import mappings, stops
from resetapp.storage.database import Session
from resetapp.storage.mapping_seals import facts_of
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import StaffLogin

log = logging.getLogger(__name__)

EVER = datetime.min.replace(tzinfo=UTC)


def approve(desk: Desk, register: Register, member: StaffLogin, request_id: str) -> None:
    """Of a single mapping or a changed number: all its rows, or none.

    The caller has made sure that the member logged in just now (security.md 2.4, item 3). Raises MappingRefused,
    DirectoryDown, ServiceStopped.
    """
    oldest = desk.clock() - register.settings.request_life
    with desk.database.reading() as db:
        asked = _waiting(db, request_id, oldest)
        if asked.kind is RequestKind.IMPORT:  # approved with the hash of its file alone (`mapping.approval`)
            raise MappingRefused(Problem.NOT_WAITING)
        demand_other(member, asked)
        rows = mappings.rows_of(db, asked)
    demand_unbroken(desk, register, member, asked, rows)
    for row in (*rows, *replaced_by(desk, rows)):
        demand_somebody_elses(member, row)
    accounts = {row.id: _judged(desk, member, row) for row in rows}
    with desk.database.transaction() as db:
        stops.demand_none(db)
        asked = _waiting(db, request_id, oldest, held=True)
        rows = [row for row in mappings.rows_of(db, asked) if row.id in accounts]
        if len(rows) != len(accounts) or not rows or not are_unbroken(register, asked, rows):
            raise MappingRefused(Problem.CHANGED)
        for row in rows:
            _replace(desk, db, member, row)
            _activate(desk, register, db, member, row, accounts[row.id])
        _decided(desk, member, asked, RequestState.APPROVED)
    log.info("mapping.approved request=%s rows=%d", request_id, len(accounts))


def obstacle(desk: Desk, member: StaffLogin, asked: MappingRequest, rows: Collection[AccountMapping]) -> Problem | None:
    """Why this member may not approve, for the page; `approve` itself asks again."""
    if desk.register is None or not are_unbroken(desk.register, asked, rows):
        return Problem.CHANGED
    try:
        demand_other(member, asked)
        for row in (*rows, *replaced_by(desk, rows)):
            demand_somebody_elses(member, row)
    except MappingRefused as refused:
        return refused.problem
    return None


def replaced_by(desk: Desk, rows: Iterable[AccountMapping]) -> list[AccountMapping]:
    """What these take the place of."""
    with desk.database.reading() as db:
        return [each for row in rows if row.replaces_id and (each := mappings.find(db, row.replaces_id))]


def _waiting(db: Session, request_id: str, oldest: datetime, *, held: bool = False) -> MappingRequest:
    """Raises MappingRefused."""
    asked = mappings.find_request(db, request_id, held=held)
    if asked is None or asked.state is not RequestState.WAITING or asked.requested_at < oldest:
        raise MappingRefused(Problem.NOT_WAITING)
    return asked


def demand_other(member: StaffLogin, asked: MappingRequest) -> None:
    """Four eyes (security.md A-04). Raises MappingRefused."""
    if asked.requested_by == member.person:
        raise MappingRefused(Problem.SAME_PERSON)


def demand_somebody_elses(member: StaffLogin, mapping: AccountMapping) -> None:
    """Neither who asks nor who approves decides about their own number (A-05). Raises MappingRefused."""
    demand_not_own(member, mapping.key)
    if mapping.key_id not in member.indexes:
        raise MappingRefused(Problem.KEY_CHANGED)
    if mapping.is_one_of(member.indexes):
        raise MappingRefused(Problem.SELF)


def _judged(desk: Desk, member: StaffLogin, row: AccountMapping) -> DirectoryAccount:
    account = account_now(desk, row.key, row.username)
    demand_not_own(member, account.key)
    demand_not_mapped_to(desk, member, account.key)
    demand_mappable(account)
    return account


def _replace(desk: Desk, db: Session, member: StaffLogin, row: AccountMapping) -> None:
    """The old number counts no more, from this moment: the person has the new one (security.md 2.6)."""
    if row.replaces_id is None:
        return
    before = mappings.find(db, row.replaces_id, held=True)
    if before is None or before.state is not MappingState.APPROVED:
        raise MappingRefused(Problem.CHANGED, {"username": row.username})
    mappings.end(before, MappingState.SUPERSEDED, member.username, desk.clock())
    db.flush()
    told = MappingNumberChanged(**by(member), **about(row), request=row.request_id, replaced=before.id)
    desk.journal.write(db, told, desk.clock())


def _activate(
    desk: Desk, register: Register, db: Session, member: StaffLogin, row: AccountMapping, account: DirectoryAccount
) -> None:
    """An owner who cannot be told gets the long wait: only the passing of time is left then."""
    now = desk.clock()
    row.state, row.active_from = MappingState.APPROVED, now + register.settings.wait(account.kind)
    db.flush()
    kind, starts_at = MailKind.MAPPING_APPROVED, row.active_from
    notices = notify.put_about_mapping(desk, db, row.id, kind, account, "", starts_at=starts_at)
    if not notices:
        row.active_from = now + register.settings.cool_down
    row.seal = register.indexes.seals.of_row(facts_of(row))
    told = MappingApproved(
        **by(member),
        **about(row),
        request=row.request_id,
        active_from=row.active_from.isoformat(timespec="seconds"),
        notices=notices,
    )
    desk.journal.write(db, told, now)


def _decided(desk: Desk, member: StaffLogin, asked: MappingRequest, state: RequestState) -> None:
    asked.state, asked.decided_at = state, desk.clock()
    asked.decided_by, asked.decider = member.person, member.username


def reject(desk: Desk, member: StaffLogin, request_id: str, why: str) -> None:
    """By anybody else who may decide. Raises MappingRefused."""
    with desk.database.transaction() as db:
        asked = _waiting(db, request_id, EVER, held=True)
        demand_other(member, asked)
        _decided(desk, member, asked, RequestState.REJECTED)
        asked.answer = why
        _end(desk, db, member, asked, RequestState.REJECTED, why)


def withdraw(desk: Desk, member: StaffLogin, request_id: str) -> None:
    """By who asked for it. Raises MappingRefused."""
    with desk.database.transaction() as db:
        asked = _waiting(db, request_id, EVER, held=True)
        if asked.requested_by != member.person:
            raise MappingRefused(Problem.NOT_WAITING)
        _end(desk, db, member, asked, RequestState.WITHDRAWN, "")


def _end(desk: Desk, db: Session, member: StaffLogin, asked: MappingRequest, state: RequestState, why: str) -> None:
    mappings.end_request(db, asked, state, member.username, desk.clock())
    told = MappingRequestEnded(**by(member), request=asked.id, form=asked.kind, outcome=state, why=why)
    desk.journal.write(db, told, desk.clock())


def remove(desk: Desk, member: StaffLogin, mapping_id: str, why: str, *, may_decide: bool) -> None:
    """Take a mapping off the list. `may_decide`: has the member the task of approving? Raises MappingRefused."""
    with desk.database.transaction() as db:
        mapping = mappings.find(db, mapping_id, held=True)
        if mapping is None or mapping.state not in (MappingState.APPROVED, MappingState.FROZEN):
            raise MappingRefused(Problem.NOT_WAITING)
        if mapping.state is MappingState.FROZEN:  # else who asked could clear the owner's no away and ask again
            if not may_decide or mapping.request.requested_by == member.person:
                raise MappingRefused(Problem.SAME_PERSON)
            demand_somebody_elses(member, mapping)
        mappings.end(mapping, MappingState.REMOVED, member.username, desk.clock())
        desk.journal.write(db, MappingRemoved(**by(member), **about(mapping), why=why), desk.clock())
    log.info("mapping.removed mapping=%s", mapping_id)


def lapse(desk: Desk, register: Register) -> int:
    """End the requests that nobody has decided in time. Returns how many."""
    before, lapsed = desk.clock() - register.settings.request_life, 0
    with desk.database.transaction() as db:
        for asked in mappings.waiting(db):
            if asked.requested_at < before:
                mappings.end_request(db, asked, RequestState.LAPSED, "", desk.clock())
                told = MappingRequestEnded(request=asked.id, form=asked.kind, outcome=RequestState.LAPSED, why="")
                desk.journal.write(db, told, desk.clock())
                lapsed += 1
    return lapsed
