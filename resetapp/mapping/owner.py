"""What the owner of an account can do, and is told: stop a mapping by the link in a mail, and hear of its first use.

The link can do nothing else (security.md 2.4, item 5). So it needs no login: who intercepts it can at most keep
somebody from mapping an account, which then takes a call to support.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from resetapp import notify
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.mapping_events import MappingFirstUsed, MappingFrozen
from resetapp.core.mappings import MappingState, RequestState
from resetapp.ending import end_leaning_on
from resetapp.mapping.requests import about
from resetapp.reset import Desk
from resetapp.storage import mappings
from resetapp.storage.database import Session
from resetapp.storage.mapping_seals import facts_of
from resetapp.storage.mappings import AccountMapping
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import Attempt, Visit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a mapping, for its owner's page. `stoppable`: the button has something to stop."""

    username: str
    directory: str
    frozen: bool
    stoppable: bool


def standing(desk: Desk, mapping_id: str) -> Standing | None:
    with desk.database.reading() as db:
        mapping = mappings.find(db, mapping_id)
        live = mappings.of_accounts(db, [mapping.key]) if mapping else []
    if mapping is None:
        return None
    frozen = any(each.state is MappingState.FROZEN for each in live)
    return Standing(mapping.username, mapping.directory, frozen, bool(live) and not frozen)


def freeze(desk: Desk, mapping_id: str) -> bool:
    """Everything asked for or approved for this mapping's account stops, and the logins that lean on it end (SE-07).
    False when there was nothing to stop.
    """
    now = desk.clock()
    with desk.database.transaction() as db:
        live = _live_and_held(db, mapping_id)
        asked = [each for each in live if each.state is MappingState.REQUESTED]
        held = [each for each in live if each.state is MappingState.APPROVED]
        for each in asked:
            _stop_request(db, each, now, frozen=not held and len(live) == len(asked))
        for each in held:
            mappings.end(each, MappingState.FROZEN, "owner", now)
        for each in (*held, *asked):
            desk.journal.write(db, MappingFrozen(**about(each)), now)
    for each in (*held, *asked):
        log.error("mapping.frozen mapping=%s directory=%s", each.id, each.directory)
    if held:
        end_leaning_on(desk, {each.link for each in held})
    return bool(asked or held)


def _live_and_held(db: Session, mapping_id: str) -> list[AccountMapping]:
    """Requests first, as whoever approves takes them: else the two would wait for each other, and one would fail."""
    mapping = mappings.find(db, mapping_id)
    known = mappings.of_accounts(db, [mapping.key]) if mapping else []
    for request_id in sorted({each.request_id for each in known}):
        mappings.find_request(db, request_id, held=True)
    found = (mappings.find(db, each.id, held=True) for each in sorted(known, key=lambda each: each.id))
    return [each for each in found if each is not None and each.state in mappings.LIVE]


def _stop_request(db: Session, mapping: AccountMapping, now: datetime, *, frozen: bool) -> None:
    """With nothing approved beside it the row itself stands in the way of the next request."""
    mappings.end(mapping, MappingState.FROZEN if frozen else MappingState.REJECTED, "owner", now)
    db.flush()
    request = mappings.find_request(db, mapping.request_id, held=True)
    if request and request.state is RequestState.WAITING and not mappings.rows_of(db, request):
        request.state = RequestState.FROZEN


def used(desk: Desk, db: Session, visit: Visit, attempt: Attempt, account: DirectoryAccount | None) -> None:
    """A password was set, or seems to have been: its first use by a mapping is an event, and the owner is told."""
    mapping = mappings.find(db, attempt.link.removeprefix("mapping:"), held=True) if attempt.link else None
    if mapping is None or mapping.first_used_at is not None:
        return
    seals = desk.register.indexes.seals if desk.register else None
    ours = seals is not None and seals.fits(mapping)  # else this would seal what somebody else wrote, or has stopped
    mapping.first_used_at = desk.clock()
    if seals is not None and ours:
        mapping.seal = seals.of_row(facts_of(mapping))
    reference, notices = visit.login.reference, 0
    if account is not None:
        notices = notify.put_about_mapping(
            desk, db, mapping.id, MailKind.MAPPING_USED, account, visit.login.language, reference=reference
        )
    told = MappingFirstUsed(person=visit.person, reference=reference, **about(mapping), notices=notices)
    desk.journal.write(db, told, desk.clock())
