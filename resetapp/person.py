"""One person's rights: to see what is kept (GDPR article 15) and to have it erased (article 17). Told in docs/data.md.

The person is found by the keyed fingerprint of the CPR number. The number itself is in memory only, and what is handed
out holds neither of them, no hash and no key of a cookie.
"""

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from resetapp.core.cpr import CprNumber
from resetapp.core.events import PersonErased, PersonExported
from resetapp.core.mappings import MappingState
from resetapp.logs import scrubbed
from resetapp.settings import Settings
from resetapp.storage import audit, mappings, outbox, persons
from resetapp.storage.audit import Journal
from resetapp.storage.cpr_index import CprIndexes
from resetapp.storage.database import Database
from resetapp.storage.mappings import AccountMapping, MappingRequest
from resetapp.storage.outbox import OutboxMail
from resetapp.storage.persons import Erased
from resetapp.storage.retention import longest_months
from resetapp.storage.tables import Attempt, AuditEvent, Count, Login, StaffLogin, Table, Visit

log = logging.getLogger(__name__)

_NOT_TOLD = frozenset(  # of the facts: keys, and what is about somebody else
    {"reference", "person", "attempt", "by", "about", "mapping", "request", "replaced", "account"}
)

FORM: Final = 1
"""Of the export. Keys may be added to a form; one that is renamed, goes or means something else needs a new form."""

TOLD: Final[Mapping[type[Table], tuple[str, ...]]] = MappingProxyType(
    {
        Login: (
            *("reference", "opened_at", "completed_at", "authenticated_at", "seen_at", "ends_at", "ended_at"),
            *("outcome", "reason", "failed_answers", "assurance", "purpose", "language", "display_name", "issuer"),
            *("name_id", "name_id_format", "name_qualifier", "sp_name_qualifier", "session_index"),
        ),
        Visit: ("opened_at", "ended_at", "outcome", "candidates", "not_asked", "chosen"),
        Attempt: (
            *("directory", "entry_id", "username", "state", "reasons", "ready_at", "sent_at", "settled_at"),
            "must_change",
        ),
        OutboxMail: (
            *("channel", "change", "directory", "username", "reference", "happened_at", "starts_at"),
            *("state", "address", "language", "queued_at", "tries", "ended_at"),
        ),
        Count: ("kind", "at"),
        StaffLogin: ("directory", "entry_id", "username", "roles"),
        AccountMapping: (
            *("directory", "entry_id", "username", "state", "requested_at", "active_from", "first_used_at"),
            "ended_at",
        ),
        MappingRequest: (
            *("kind", "state", "requested_at", "reason", "decided_at", "answer", "rows"),
            *("file_hash", "whole", "done"),
        ),
        AuditEvent: ("at", "name", "reference", "facts"),
    }
)
"""The columns that a person is told; docs/data.md gives the reason for each that is left out."""


class NothingKept(Exception):
    """No row is about this person."""

    problem = "nothing is kept about this person"
    remedy = "Logins that were refused are tied to nobody: only their reference leads to them."


def export(settings: Settings, cpr: CprNumber, now: datetime) -> dict[str, object]:
    """What is kept about this person, ready for JSON. Raises NothingKept, DatabaseDown."""
    person = cpr.fingerprint(settings.service.person_key)
    database = Database(settings.database.url)
    try:
        with database.reading() as db:
            logins = [_login(visit) for visit in persons.visits_of(db, person)]
            counts = [_row(count) for count in persons.counts_of(db, person)]
            staff = [_row(each) for each in persons.staff_logins_of(db, person)]
            requests = [_row(each) for each in mappings.requests_by(db, person)]
            mapped = [_row(each) for each in mappings.of_person(db, _indexes(settings, cpr), tuple(MappingState))]
            mails = [_row(each) for each in outbox.of_person(db, person)]
            events = [_event(event) for event in audit.of_person(db, person)]
        if not (logins or counts or staff or mapped or mails or events):
            raise NothingKept
        with database.transaction() as db:
            looked = PersonExported(person=person, by=_user(), logins=len(logins))
            Journal(settings.service.person_key).write(db, looked, now)
    finally:
        database.close()
    log.info("person.exported logins=%d by_uid=%d", len(logins), os.getuid())
    about = {"form": FORM, "made_at": _written(now), "institution": settings.institution.name}
    kept = {"kept_months": longest_months(settings.institution.log_months), "logins": logins, "counts": counts}
    kept |= {"mails": mails, "mappings": mapped, "staff_logins": staff, "mapping_requests": requests, "events": events}
    return {key: _without(cpr, value) for key, value in (about | kept).items()}


def erase(settings: Settings, cpr: CprNumber, now: datetime, *, only_look: bool = False) -> Erased:
    """Erase what may be erased, in one transaction, or only tell what would go. Raises NothingKept, DatabaseDown."""
    person = cpr.fingerprint(settings.service.person_key)
    database = Database(settings.database.url)
    try:
        with database.transaction() as db:
            journal = Journal(settings.service.person_key)
            erased = persons.erase(db, person, now, journal, _indexes(settings, cpr))
            if not erased.nothing:
                done = PersonErased(by=_user(), logins=erased.logins, kept=erased.kept)
                journal.write(db, done, now)
            if only_look:
                db.rollback()
    finally:
        database.close()
    if erased.nothing:
        raise NothingKept
    if not only_look:
        log.info("person.erased logins=%d kept=%d by_uid=%d", erased.logins, erased.kept, os.getuid())
    return erased


def _indexes(settings: Settings, cpr: CprNumber) -> Mapping[str, str]:
    """Under every key that there is, whether mappings are followed at the moment or not."""
    keys = [(each.id, each.key) for each in settings.mapping.keys]
    return CprIndexes(settings.mapping.tenant, keys).of(cpr) if keys else {}


def _user() -> str:
    return str(os.getuid())


def _event(event: AuditEvent) -> dict[str, object]:
    """Nobody else's name is in it, and no key."""
    facts = {name: fact for name, fact in json.loads(event.facts or "{}").items() if name not in _NOT_TOLD}
    return _row(event) | {"facts": facts}


def _login(visit: Visit) -> dict[str, object]:
    attempts = [_row(attempt) for attempt in visit.attempts]
    return _row(visit.login) | {"visit": _row(visit) | {"attempts": attempts}}


def _row(row: Table) -> dict[str, object]:
    return {name: _written(getattr(row, name)) for name in TOLD[type(row)]}


def _written(value: object) -> object:
    """Times as ISO 8601 in UTC, with the zone and in whole seconds."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _without(cpr: CprNumber, value: object) -> object:
    """A directory may hold the number where it does not belong, as a user name: it is not handed out even then."""
    match value:
        case str():
            hidden = value.replace(cpr.digits, str(cpr)).replace(f"{cpr.digits[:6]}-{cpr.digits[6:]}", str(cpr))
            return scrubbed(hidden)
        case list():
            return [_without(cpr, each) for each in value]
        case dict():
            return {key: _without(cpr, each) for key, each in value.items()}
    return value
