"""One word for a machine that watches the service. Anybody may read it, so it says neither what nor why nor when.

The directories are not asked: a stranger must not make us open connections to them.
"""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from resetapp.saml.expiry import Severity
from resetapp.storage import notices
from resetapp.trouble import DatabaseDown
from resetapp.web.guards import open_to_all
from resetapp.web.house import now, services

monitoring = Blueprint("monitoring", __name__)
_SOON = (Severity.WARNING, Severity.URGENT, Severity.EXPIRED)


@monitoring.get("/healthz")
@open_to_all
def health() -> ResponseReturnValue:
    """`ok`; `attention`: something ends within 30 days, which check-config names; `failing`: nobody can log in now."""
    word = "failing" if not _works() else "attention" if services().reminder.worst in _SOON else "ok"
    return Response(f"{word}\n", 503 if word == "failing" else 200, mimetype="text/plain")


def _works() -> bool:
    """The database answers, and the hub's metadata holds."""
    try:
        with services().database.question() as db:
            notices.find(db)
    except DatabaseDown:
        return False
    return not services().service_provider.hub_source.hub.expired(now())
