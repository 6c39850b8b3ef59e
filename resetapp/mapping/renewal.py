"""Mappings made with an older key are made anew while a file has their numbers at hand, as each login does."""

import logging
from collections.abc import Sequence

from resetapp.core.cpr import CprNumber
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage import imports, mappings
from resetapp.storage.imports import TOGETHER

log = logging.getLogger(__name__)


def renew(desk: Desk, register: Register, older: Sequence[tuple[str, CprNumber]]) -> None:
    """`older`: ids of mappings, each with the number that it was found to be of. Raises DatabaseDown.

    Asked again in the transaction of the change: what was erased or changed meanwhile, or past this service, gets no
    index and no seal by this.
    """
    indexes = register.indexes
    for start in range(0, len(older), TOGETHER):
        numbers = dict(older[start : start + TOGETHER])
        with desk.database.transaction() as db:
            for each in imports.of_ids(db, list(numbers)):
                if each.is_one_of(indexes.of(numbers[each.id])) and indexes.seals.fits(each):
                    mappings.reindex(db, each, indexes.newest, indexes.newest_of(numbers[each.id]), indexes.seals)
    if older:
        log.info("mapping.indexed_anew rows=%d", len(older))
