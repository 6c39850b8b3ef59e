"""The page behind the link in the owner's mail: it stops a mapping, without a login, and can do nothing else.

Looking at it changes nothing, for mail scanners follow every link. The token is written down nowhere: this service has
no access log, its own log names endpoints alone, and the proxy's is told to leave it out (deploy/nginx.conf).
"""

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from resetapp.core.freeze import mapping_of
from resetapp.mapping import owner
from resetapp.storage import limits
from resetapp.storage.limits import Kind
from resetapp.web.guards import open_to_all
from resetapp.web.house import now, page, services, text, title_of_directory
from resetapp.web.reset import pages
from resetapp.web.saml import demand_few, visitor_address

__all__ = ["freeze", "pages"]


@pages.route("/freeze/<token>", methods=["GET", "POST"])
@open_to_all
def freeze(token: str) -> ResponseReturnValue:
    """A token that is none and one whose mapping is no more get the same answer."""
    if services().desk.register is None:
        raise NotFound
    mapping_id = mapping_of(services().settings.service.person_key, token)
    found = owner.standing(services().desk, mapping_id) if mapping_id else None
    if found is None or mapping_id is None:
        _count()
        return page("problem/message.html", 404, **_not_valid())
    if request.method == "POST":
        _count()
        owner.freeze(services().desk, mapping_id)
        found = owner.standing(services().desk, mapping_id) or found  # what is so now, whoever stopped it
    return page("reset/freeze.html", found=found, token=token, where=title_of_directory(found.directory))


def _count() -> None:
    """By address, as logins are; a look at a good link counts nothing, for a scanner looks for a whole institution."""
    most = services().settings.limits.logins_per_address_per_hour
    with services().database.transaction() as db:
        demand_few(db, Kind.FREEZE_TRIED, visitor_address(), most)
        limits.count(db, Kind.FREEZE_TRIED, visitor_address(), now())


def _not_valid() -> dict[str, object]:
    return {
        "title": text("freeze.not_valid.title"),
        "paragraphs": [text("freeze.not_valid.body")],
        "actions": [],
        "tone": "warn",
    }
