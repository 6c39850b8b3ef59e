"""What needs a fresh login of the staff member at MitID: a console that was left open must not be enough, nor a stolen
cookie (security.md A-09, 2.4 item 3).

A view that changes or hands out something calls `demand_fresh`. What was typed is lost on the way to MitID, so the page
with the form asks `fresh_until` and says beforehand that MitID comes first (`console/fresh.html`).
"""

from datetime import datetime

from flask import session

from resetapp.trouble import StaffLoginTooOld
from resetapp.web.console.access import Member
from resetapp.web.house import now, services

_BACK = "back_to"


def fresh_until(member: Member, page: str) -> datetime | None:
    """Until when the login counts as fresh; None when MitID is to be asked anew, and then it leads back to `page`.

    `page`: endpoint of a page of the console that takes no arguments and is shown by GET. Counted from AuthnInstant, as
    `reset.recent_until` counts.
    """
    told_at = member.login.authenticated_at
    until = told_at + services().settings.visits.confirm_after if told_at else None
    if until is not None and now() < until:
        return until
    session[_BACK] = page.removeprefix("console.")
    return None


def demand_fresh(member: Member, page: str) -> None:
    """Raises StaffLoginTooOld, whose page leads to MitID and from there to `page`."""
    if fresh_until(member, page) is None:
        raise StaffLoginTooOld


def way_back() -> str:
    """The name that `fresh_until` kept, or "". It stands in our signed session; no address ever comes from outside."""
    return str(session.get(_BACK, ""))
