"""Who of the staff may open which page. Closed by default: a page without a task is for nobody (ASVS 8.2.1, A-01)."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from ipaddress import ip_address
from typing import Any, cast

from flask import Blueprint, current_app, g, redirect, request, url_for
from werkzeug.exceptions import NotFound

from resetapp.core.events import StaffDenied
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Purpose, Role, Task, may
from resetapp.settings.staff import Network
from resetapp.staff import end_for_lost_role, has_lost_a_role
from resetapp.storage import logins
from resetapp.storage.tables import Login, StaffLogin
from resetapp.trouble import NotForRole
from resetapp.web.house import now, services
from resetapp.web.protection import console_cookie

log = logging.getLogger(__name__)

console = Blueprint("console", __name__, url_prefix="/staff")

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff, logged in to the console."""

    login: Login
    row: StaffLogin
    roles: frozenset[Role]

    def may(self, task: Task) -> bool:
        return may(self.roles, task)


@console.before_request
def _only_where_it_is() -> None:
    """Switched off, or seen from a foreign network, the console is not there; nor is a page that nobody guards."""
    staff, view = services().settings.staff, current_app.view_functions[request.endpoint or ""]
    if not staff.enabled or not _inside(staff.networks) or not hasattr(view, "guard"):
        raise NotFound
    if "\0" in request.path:  # no id of ours, and PostgreSQL would not even look for it
        raise NotFound


def _inside(networks: Collection[Network]) -> bool:
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return not networks
    address = getattr(address, "ipv4_mapped", None) or address
    return not networks or any(address in network for network in networks)


def member() -> Member | None:
    """Of this request, found once. Raises DatabaseDown."""
    if "member" not in g:
        g.member = _member(request.cookies.get(console_cookie(services().settings.service), ""))
    return cast(Member | None, g.member)


def _member(token: str) -> Member | None:
    if not token:
        return None
    with services().database.reading() as db:
        login = logins.find_login(db, token)
        row = login.staff if login else None
    if login is None or row is None or login.purpose is not Purpose.CONSOLE:
        return None
    if logins.is_over(login, services().settings.staff.idle, now()):
        _note_end(login)
        return None
    if logins.wants_touch(login, now()) and has_lost_a_role(services().desk, services().settings.staff, row):
        end_for_lost_role(services().desk, login.id)
        return None
    g.reference = login.reference
    return Member(login, row, frozenset(map(Role, row.roles)))


def _note_end(login: Login) -> None:
    if login.ended_at is None:
        with services().database.transaction() as db:
            logins.end(db, db.get_one(Login, login.id), Outcome.EXPIRED, now())


def staff_may(task: Task) -> Callable[[View], View]:
    """Only for a role that has this task; hands the member to the view, which cannot forget to ask.

    Who is not logged in is sent to where one logs in; who has another role is told so, and it is on record (L-02).
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a view may return anything Flask takes
            known = member()
            if known is None:
                return redirect(url_for("console.start"), 303)
            demand(known, task)
            _touch(known.login)
            return view(known, *args, **kwargs)

        guarded.guard = f"staff_may:{task}"  # type: ignore[attr-defined]
        return guarded

    return guard


def demand(known: Member, task: Task) -> None:
    """For what depends on more than the page. Raises NotForRole, which is on record."""
    if not known.may(task):
        _note_denied(known, task)
        raise NotForRole(task)


def open_to_staff(view: View) -> View:
    """Marks the pages of the console that are before or after a login."""
    view.guard = "open_to_staff"  # type: ignore[attr-defined]
    return view


def _note_denied(known: Member, task: Task) -> None:
    who = {"person": known.row.person, "username": known.row.username}
    with services().database.transaction() as db:
        services().desk.journal.write(db, StaffDenied(reference=known.login.reference, task=task, **who), now())


def _touch(login: Login) -> None:
    if logins.wants_touch(login, now()):
        with services().database.transaction() as db:
            logins.touch(db, login.id, now())
