"""Who may open which page. Every route is guarded: by `at_step`, or openly by `open_to_all`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Request, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from resetapp.core.outcomes import Outcome, Step
from resetapp.storage import logins
from resetapp.storage.tables import Login, Visit
from resetapp.trouble import DatabaseDown
from resetapp.web.house import now, onward, services

log = logging.getLogger(__name__)

View = Callable[..., Any]
_BY_US = ("operator", "frozen")  # what `resetapp.ending` leaves with a login


@dataclass(frozen=True, slots=True)
class Visitor:
    """The logged-in person of this request, as Flask-Login carries them. Staff will be a type of their own."""

    login: Login
    visit: Visit

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def name(self) -> str:
        return self.login.display_name

    def get_id(self) -> str:
        return str(self.login.id)


def login_manager() -> LoginManager:
    """Reads our own token and our own rows on every request; keeps nothing in the browser, remembers nobody.

    `session_protection` is off: its hash of address and browser logs telephones out that change networks.
    """
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load_visitor)
    manager.user_loader(lambda _user_id: None)
    return manager


def _load_visitor(_request: Request) -> Visitor | None:
    token = session.get("token")
    if not isinstance(token, str) or request.endpoint == "static":
        return None
    try:
        return _visitor(token)
    except Exception as error:
        # Whatever it is, nobody is logged in then and the guard says so. The page that tells it asks here, too.
        log.error("visitor.unreadable fault=%s", type(error).__name__)
        g.database_down = True
        return None


def _visitor(token: str) -> Visitor | None:
    with services().database.reading() as db:
        login = logins.find_login(db, token)
    if login is None or login.visit is None:
        return None
    if logins.is_over(login, services().settings.visits.idle, now()):
        _note_end(login)
        return None
    return Visitor(login, login.visit)


def _note_end(login: Login) -> None:
    """Write an end by time down, once, and let the browser's token go."""
    if login.ended_at is None:
        with services().database.transaction() as db:
            logins.end(db, db.get_one(Login, login.id), Outcome.EXPIRED, now())
    session.pop("token", None)
    session["ended"] = "elsewhere" if login.outcome == Outcome.LOGGED_OUT_ELSEWHERE else "expired"
    if login.reason in _BY_US:
        session["ended"] = "by_us"


def _touch(login: Login) -> None:
    if logins.wants_touch(login, now()):
        with services().database.transaction() as db:
            logins.touch(db, login.id, now())
        login.seen_at = now()  # what this request tells of the time that is left


def at_step(*steps: Step) -> Callable[[View], View]:
    """Only for a visit that stands at one of these steps; hands the visit to the view, which cannot forget to check.

    Everyone else is sent to the page where they belong (requirement R-01).
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a view may return anything Flask takes
            if not current_user.is_authenticated and g.get("database_down"):
                raise DatabaseDown("guard")
            if not current_user.is_authenticated:
                return redirect(_way_out(), 303)
            visitor: Visitor = current_user._get_current_object()
            g.reference = visitor.login.reference
            _touch(visitor.login)
            if steps and visitor.visit.step not in steps:
                return redirect(onward(visitor.visit), 303)
            return view(visitor.visit, *args, **kwargs)

        guarded.guard = "at_step"  # type: ignore[attr-defined]
        return guarded

    return guard


def open_to_all(view: View) -> View:
    """Marks a page that needs no login, so that a forgotten guard is seen by tests/house/test_routes.py."""
    view.guard = "open_to_all"  # type: ignore[attr-defined]
    return view


def _way_out() -> str:
    match session.get("ended"):  # kept: the next tab, and the script that asked first, are told the same
        case "expired":
            return url_for("reset.expired")
        case "elsewhere" | "by_us" as how:
            session["signed_out"] = how
            return url_for("saml.signed_out")
        case _:  # the back button after a logout: the hub's answer may never have come
            return url_for("saml.signed_out" if "signed_out" in session else "reset.start")


def redirect_to(visit: Visit) -> Response:
    return redirect(onward(visit), 303)
