"""What `resetapp check-config` tells of the list of mappings: its keys, and what is not followed for want of one."""

from collections import Counter
from collections.abc import Iterator, Sequence

from resetapp.core.checks import Check
from resetapp.core.mappings import MappingState
from resetapp.settings import MappingSettings
from resetapp.storage.database import Database, Session
from resetapp.storage.mapping_keys import Tally, tallies
from resetapp.storage.mapping_seals import RowSeals
from resetapp.storage.mapping_verification import broken_requests, broken_rows
from resetapp.storage.mappings import LIVE

_LOST = "Put the key back; if it is lost: resetapp mapping rekey --old-key-lost (docs/mapping.md, Keys)"


def check_mappings(settings: MappingSettings, url: str) -> Iterator[Check]:
    """Nothing while they are off and there are none. The database is of this version."""
    database = Database(url)
    try:
        with database.reading() as db:
            found = tallies(db)
            broken = _broken(settings, db) if settings.enabled else 0
    finally:
        database.close()
    yield from _in_use(settings, found) if settings.enabled else _off(found)
    if broken:
        detail = f"{broken} mappings or requests were written past this service, or their key is not in the settings"
        yield Check("mapping", "seals", False, detail, "resetapp mapping verify (docs/mapping.md, A broken seal)")


def _broken(settings: MappingSettings, db: Session) -> int:
    seals = RowSeals(settings.tenant, [(each.id, each.key) for each in settings.keys])
    return sum(1 for _ in (*broken_rows(db, seals), *broken_requests(db, seals)))


def _off(found: Sequence[Tally]) -> Iterator[Check]:
    if approved := sum(each.rows for each in found if each.state is MappingState.APPROVED):
        yield Check("mapping", "list", True, f"is switched off: {approved} mappings are not followed")


def _in_use(settings: MappingSettings, found: Sequence[Tally]) -> Iterator[Check]:
    rows, live = Counter[str](), Counter[str]()
    for each in found:
        rows[each.key_id] += each.rows
        live[each.key_id] += each.rows if each.state in LIVE else 0
    yield Check(
        "mapping", f"key {settings.keys[0].id}", True, f"makes new mappings; {rows[settings.keys[0].id]} have it"
    )
    for key in settings.keys[1:]:
        spare = "no mapping was made with it any more: it can be taken out of the settings"
        yield Check("mapping", f"key {key.id}", True, f"{rows[key.id]} mappings need it" if rows[key.id] else spare)
    known = {key.id for key in settings.keys}
    for name in sorted(rows.keys() - known):
        detail = f"is not in the settings: {live[name]} live mappings are not followed for want of it"
        yield Check("mapping", f"key {name}", False, detail, _LOST)
    yield _sealed(settings, found)


def _sealed(settings: MappingSettings, found: Sequence[Tally]) -> Check:
    if settings.escrow_key is None:
        return Check("mapping", "escrow_key", True, "there is none: a lost key means that all are mapped anew")
    bare = sum(each.rows - each.sealed for each in found if each.state in LIVE)
    detail = f"{bare} live mappings are not sealed to it" if bare else "all live mappings are sealed"
    return Check("mapping", "escrow_key", True, detail)
