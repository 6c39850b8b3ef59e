"""Every refusal and every fault ends here: one page that says what happened, what to do, and a code for support."""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask, Response, g, redirect, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from resetapp import reached, texts
from resetapp.core.outcomes import Outcome
from resetapp.reached import Who
from resetapp.storage.limits import Kind
from resetapp.storage.logins import new_reference
from resetapp.trouble import (
    AccountBusy,
    DatabaseDown,
    LoginPaused,
    LoginRefused,
    LoginTooOld,
    LogoutRefused,
    NotForRole,
    ServiceStopped,
    StaffLoginTooOld,
    TooManyAttempts,
    Trouble,
)
from resetapp.web.house import by_code, language, login_open, now, onward, organisation, page, services, text
from resetapp.web.saml import visitor_address

log = logging.getLogger(__name__)

_HTTP_PAGES = (400, 404, 405, 413, 429, 500, 503)
_LOGIN_AGAIN = frozenset(
    {
        Outcome.CANCELLED,
        Outcome.LOGIN_FAILED,
        Outcome.WRONG_AUTHORITY,
        Outcome.NO_CPR,
        Outcome.ASSURANCE_TOO_LOW,
        Outcome.ASSURANCE_UNKNOWN,
    }
)
_MORE: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.ASSURANCE_TOO_LOW: ("login.loa.how",),
    Outcome.NO_ACCOUNT: ("account.none.why", "account.none.next"),
    Outcome.UNKNOWN: ("outage.unknown_result.old",),
    Outcome.LOGIN_FAILED: ("outage.other_way",),
    Outcome.DIRECTORY_DOWN: ("outage.other_way",),
}


# Flask-WTF's words for a token that we did make, but not for this login: another tab has logged in since.
_EARLIER_PAGE = ("The CSRF tokens do not match.", "The CSRF session token is missing.")
_BY_ADDRESS = (Kind.LOGIN_STARTED, Kind.FREEZE_TRIED, "codes")  # limits of who need not have logged in
_TOO_LATE = {"request-expired": "login.expired", "no-request": "login.unknown"}


class Message(NamedTuple):
    """What `problem/message.html` shows."""

    title: str
    paragraphs: list[str]
    actions: list[tuple[str, str]]
    tone: str
    elsewhere: tuple[tuple[str, str], ...] = ()  # where to see whether the login is disturbed: words and address


def explain(outcome: Outcome) -> Message:
    """The page of an outcome, in the language of the request."""
    if outcome == Outcome.TOO_OFTEN:  # a limit with a known end says so itself (`_message_of`)
        login = login_open() and not by_code()
        again = [(text("session.log_on_again"), url_for("saml.login"))] if login else []
        return Message(text("limit.title"), [text("problem.429.body")], again, "warn")
    stem = texts.OUTCOMES[outcome]
    values = {
        "org": organisation(),
        "actual": text("level.low"),
        "required": text("level.substantial"),
    }
    body = [text(f"{stem}.body", **values), *(text(key, **values) for key in _MORE.get(outcome, ()))]
    elsewhere = _status() if outcome in (Outcome.LOGIN_FAILED, Outcome.DIRECTORY_DOWN) else ()
    return Message(text(f"{stem}.title", **values), body, _actions(outcome), _tone(outcome), elsewhere)


def _status() -> tuple[tuple[str, str], ...]:
    """Digitaliseringsstyrelsen's site before WAYF's (T12); for help there is our own support, and no other."""
    if by_code():  # they had no part in it
        return ()
    agency, wayf = services().settings.terms.status_urls[:2]
    return ((text("login.status.agency"), agency), (text("login.status.wayf"), wayf))


def _actions(outcome: Outcome) -> list[tuple[str, str]]:
    if outcome in _LOGIN_AGAIN and login_open():
        return [(text("login.loa.button"), url_for("saml.login"))]
    if outcome in (Outcome.DIRECTORY_DOWN, Outcome.UNKNOWN):
        return [(text("common.start_over"), url_for("reset.start"))]
    return []


def _tone(outcome: Outcome) -> str:
    return "info" if outcome == Outcome.CANCELLED else "warn"


def show(message: Message, status: int, reference: str | None) -> Response:
    return page("problem/message.html", status, reference=reference, **message._asdict())


def reference_of_request() -> str:
    """The login's own code where there is one, so that support finds the row; else a fresh one for the log."""
    return g.get("reference") or new_reference()


def handle_problems(app: Flask) -> None:
    app.register_error_handler(Trouble, _on_trouble)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_fault)


def _on_trouble(trouble: Trouble) -> Response:
    reference = reference_of_request()
    log.warning("%s reason=%s reference=%s endpoint=%s", trouble.code, trouble.reason, reference, request.endpoint)
    response = show(_message_of(trouble), trouble.status, reference)
    if isinstance(trouble, TooManyAttempts):
        response.headers["Retry-After"] = str(trouble.seconds)
        _note_limit(trouble)
    if isinstance(trouble, LoginPaused) and trouble.until:
        response.headers["Retry-After"] = str(max(1, math.ceil((trouble.until - now()).total_seconds())))
    return response


def _note_limit(trouble: TooManyAttempts) -> None:
    """On record; but the page does not depend on it."""
    try:
        reached.note(services().desk, trouble.reason, _who(trouble))
    except Exception as error:
        log.error("limit.not_recorded limit=%s fault=%s", trouble.reason, type(error).__name__)


def _who(trouble: TooManyAttempts) -> Who:
    reference, member = g.get("reference", ""), g.get("member")
    if trouble.reason in _BY_ADDRESS:
        return Who(visitor_address())
    if trouble.person:
        return Who(trouble.person, trouble.person, reference=reference)
    if member is not None:
        return Who(member.row.person, member.row.person, member.row.username, reference)
    if current_user.is_authenticated:
        return Who(current_user.visit.person, current_user.visit.person, reference=reference)
    return Who(visitor_address(), reference=reference)


def _message_of(trouble: Trouble) -> Message:
    match trouble:
        case LoginTooOld() if by_code():
            return _simple("code.too_old", "common.front_page", "reset.start")
        case LoginRefused() | LoginTooOld() | StaffLoginTooOld() if not login_open():
            return explain(Outcome.LOGIN_CLOSED)  # the other pages tell people to log in with MitID
        case TooManyAttempts():
            until = texts.date_time(language(), now() + timedelta(seconds=trouble.seconds))
            return Message(text("limit.title"), [text("limit.body", time=until)], [], "warn")
        case NotForRole():
            return _simple("problem.403", "staff.start", "console.start")
        case LogoutRefused():
            return _simple("logout.failed", "common.front_page", "reset.start")
        case AccountBusy():
            until = texts.time_of_day(language(), trouble.until + timedelta(seconds=59))  # not a minute too early
            body = [text("already.body", username=trouble.username, time=until), text("already.unused")]
            return Message(text("already.title"), body, [(text("already.go_on"), url_for("reset.account"))], "warn")
        case LoginTooOld():
            return _simple("login.confirm", "login.confirm.button", "saml.login")
        case StaffLoginTooOld():
            return _simple("login.staff_confirm", "login.confirm.button", "console.login")
        case DatabaseDown():
            down = _simple("problem.503", "common.front_page", "reset.start")
            return down._replace(paragraphs=[*down.paragraphs, text("outage.other_way")], elsewhere=_status())
        case LoginPaused():
            return _paused(trouble)
        case ServiceStopped():
            told = [text("stopped.body"), text("stopped.unused"), text("outage.other_way")]
            return Message(text("stopped.title"), told, [], "warn")
        case LoginRefused() if trouble.reason in _TOO_LATE:
            return _simple(_TOO_LATE[trouble.reason], "login.loa.button", "saml.login")
        case LoginRefused() if trouble.reason == "request-used":
            used = _simple("login.used", "login.used.go_on", "reset.password")  # who is logged in is led on from there
            return used._replace(actions=[*used.actions, (text("login.loa.button"), url_for("saml.login"))])
        case _ if trouble.outcome in texts.OUTCOMES:
            return explain(trouble.outcome)
        case _:
            return _simple("problem.500", "common.front_page", "reset.start")


def _paused(trouble: LoginPaused) -> Message:
    again = [text("login.paused.until", time=texts.date_time(language(), trouble.until))] if trouble.until else []
    body = [text("login.paused.body"), *again, text("outage.other_way")]
    return Message(text("login.paused.title"), body, [], "warn", _status())


def _simple(stem: str, action: str, endpoint: str) -> Message:
    return Message(text(f"{stem}.title"), [text(f"{stem}.body")], [(text(action), url_for(endpoint))], "warn")


def _on_csrf(error: CSRFError) -> AnyResponse:
    """An expired or missing session makes a form post a CSRF error: the person is told about time, not about tokens."""
    reference = reference_of_request()
    log.info("csrf_refused reference=%s endpoint=%s", reference, request.endpoint)
    if not current_user.is_authenticated and request.endpoint == "saml.logout" and "signed_out" in session:
        return redirect(url_for("saml.signed_out"), 303)  # pressed again, or reloaded: it has been done
    if current_user.is_authenticated and error.description in _EARLIER_PAGE:
        newer = Message(text("login.newer.title"), [text("login.newer.body")], [], "warn")
        return show(newer._replace(actions=[(text("common.continue"), onward(current_user.visit))]), 400, reference)
    return show(_simple("problem.csrf", "common.start_over", "reset.start"), 400, reference)


def _on_http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):  # a foreign Host: no address of ours may be built from it
        return Response("400 Bad Request\n", 400, mimetype="text/plain")
    status = error.code or 500
    shown = status if status in _HTTP_PAGES else (500 if status >= 500 else 400)
    response = show(_simple(f"problem.{shown}", "common.front_page", "reset.start"), status, reference_of_request())
    for name, value in error.get_headers():  # Allow, Retry-After; never the library's own body
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _on_fault(error: Exception) -> Response:
    """The last resort: the class and place of the fault for the log, nothing of its text, which may hold a secret."""
    reference = reference_of_request()
    log.error("fault reference=%s endpoint=%s", reference, request.endpoint, exc_info=error)
    return show(_simple("problem.500", "common.front_page", "reset.start"), 500, reference)


class LastResort:
    """For a fault in the error page itself: the server would write its text, with SQL and its values, into the log."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except Exception as error:
            log.critical("fault.on_error_page", exc_info=error)
            start_response("500 Internal Server Error", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [b"500 Internal Server Error\n"]
