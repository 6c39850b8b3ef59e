"""The SAML endpoints: to the hub, back from it, and out again in both directions."""

import hashlib
import hmac
from ipaddress import ip_network

from flask import Blueprint, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from werkzeug.exceptions import BadRequest

from resetapp import reset, staff
from resetapp.core.events import LoginRefused as RefusedLogin
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Purpose
from resetapp.saml.service_provider import LogoutAnswered, LogoutRequested, PendingLogin
from resetapp.storage import limits, logins
from resetapp.storage.database import Session
from resetapp.storage.limits import HOUR, Kind
from resetapp.storage.logins import Pending
from resetapp.storage.tables import Login
from resetapp.trouble import DatabaseDown, LoginPaused, LoginRefused, LogoutRefused, TooManyAttempts, Trouble
from resetapp.web import pending
from resetapp.web.guards import open_to_all, redirect_to
from resetapp.web.house import PAGE_OF_STEP, demand_going, language, login_open, notice, now, page, services
from resetapp.web.protection import SAML_BYTES, console_cookie, our_cookie, posted_by_the_hub

endpoints = Blueprint("saml", __name__)

CLEARED = '"cache", "storage"'  # of what a browser keeps of us (SE-06). Not the cookies: the language is one


@endpoints.get("/login")
@open_to_all
def login() -> ResponseReturnValue:
    """Off to the hub, for a new password."""
    demand_going()
    return depart(Purpose.PASSWORD)


def depart(purpose: Purpose, place: str = "") -> ResponseReturnValue:
    """Off to the hub. The cookie binds the answer to this browser (`web.pending`). `place`: of the console, to come
    back to.
    """
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        raise BadRequest  # an image on a foreign page would use the address's limit up
    _demand_open()
    _demand_not_paused()
    most = services().settings.limits.logins_per_address_per_hour
    with services().database.reading() as db:
        demand_few(db, Kind.LOGIN_STARTED, visitor_address(), most)
    token = pending.new_token(place)
    sent = services().service_provider.start_login(
        pending.relay_state(token), now()
    )  # signs: not for those above the limit
    with services().database.transaction() as db:
        limits.count(db, Kind.LOGIN_STARTED, visitor_address(), now())
        older = session.get("token") or request.cookies.get(console_cookie(services().settings.service))
        logins.open_login(db, sent.message_id, token, language(), older, now(), purpose)
    response = redirect(sent.url, 303)
    pending.keep(response, services().settings.service, token)
    return response


def _demand_not_paused() -> None:
    """The operator's switch (`resetapp notice`). Who is at the hub already, or logged in, goes on."""
    told = notice()
    if told and told.login_off:
        raise LoginPaused(told.ends_at)


@endpoints.post("/saml/acs")
@posted_by_the_hub
@open_to_all
def acs() -> ResponseReturnValue:
    """The assertion consumer service. The request is looked up before anything is parsed or decrypted."""
    request.max_content_length = SAML_BYTES
    _demand_open()  # also for those who left for the hub before it was closed
    tokens = pending.begun(services().settings.service)
    picked = pending.picked(tokens, request.form.get("RelayState", ""))
    login = _opened(picked)
    g.language, g.reference = login.language, login.reference
    try:
        asked = PendingLogin(login.request_id, login.opened_at)
        person = services().service_provider.read_response(request.form.get("SAMLResponse", ""), asked, now())
        if login.purpose is Purpose.CONSOLE:
            opened = staff.sign_in(services().desk, services().settings.staff, login, person, request.user_agent.string)
            return _into_the_console(opened, f"console.{pending.place(picked)}")
        step, token = reset.sign_in(services().desk, login, person)
    except Trouble as trouble:
        _note(login, trouble)
        raise
    if len(tokens) > 1:
        with services().database.transaction() as db:
            logins.be_replaced(db, login.id, tokens)
    session.clear()  # nothing planted before the login survives it (session fixation, SE-03)
    session["token"], session["lang"] = token, login.language
    # The cookie stays: its other tokens may be on their way, and this one, used up, tells who comes back with it why.
    return redirect(url_for(PAGE_OF_STEP[step]), 303)


def _into_the_console(token: str, page: str) -> ResponseReturnValue:
    """A cookie of its own: the person's pages never read it, nor the console theirs. `page`: an endpoint, or none."""
    kept = language()
    session.clear()
    session["lang"] = kept
    response = redirect(url_for(page if page in current_app.view_functions else "console.start"), 303)
    response.set_cookie(console_cookie(services().settings.service), token, **our_cookie(services().settings.service))
    return response


def _demand_open() -> None:
    """Nobody logs in before the terms record is filled in, nor when the operator has closed the login (T0)."""
    if not login_open():
        raise LoginRefused("login-closed", Outcome.LOGIN_CLOSED)


def _opened(token: str) -> Pending:
    """The login that this browser started. A response posted in any other browser finds none (login CSRF, S-05)."""
    with services().database.question() as db:
        found = logins.find_opened(db, token) if token else None
        used = bool(token) and not found and logins.is_used(db, token)
    if found is None:
        raise LoginRefused("request-used" if used else "no-request")
    if found.failed_answers >= services().settings.limits.failed_answers_per_login:
        raise LoginRefused("too-many-answers")  # before anything is decrypted: tries at an oracle are counted
    return found


def _note(login: Pending, trouble: Trouble) -> None:
    with services().database.transaction() as db:
        reason = f"{trouble.code}:{trouble.reason}"
        logins.refuse(db, login.id, trouble.outcome, reason, now())
        told = RefusedLogin(reference=login.reference, outcome=trouble.outcome, reason=reason[:60])
        services().desk.journal.write(db, told, now())


def demand_few(db: Session, kind: Kind, subject: str, at_most: int) -> None:
    wait = limits.wait(db, kind, subject, at_most, HOUR, now())
    if wait:
        raise TooManyAttempts(kind, wait)


def visitor_address() -> str:
    """The caller's address as a keyed fingerprint: enough to count by, useless to who reads the table."""
    key = services().settings.service.person_key
    return hmac.new(key, b"address\x00" + _network(request.remote_addr or "").encode(), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """Of IPv6 the first 64 bits: that much is given to every household, to choose addresses in as it likes."""
    try:
        return str(ip_network((address, 64), strict=False)) if ":" in address else address
    except ValueError:
        return address


@endpoints.post("/logout")
@open_to_all
def logout() -> ResponseReturnValue:
    """Ours first: whatever the hub does afterwards, here the login has ended (WAYF's terms, Single-sign-on)."""
    if not current_user.is_authenticated and g.get("database_down"):  # the login could not be ended: do not say it was
        raise DatabaseDown("logout")
    return leave(current_user.login if current_user.is_authenticated else None)


def leave(login: Login | None) -> ResponseReturnValue:
    """Of the person or of the staff. The page that leads on to the hub, or, without a login, the one that says so."""
    kept = language()
    ended = reset.leave(services().desk, login.id) if login else None
    answer = logins.saml_login(ended) if ended else None
    sent = services().service_provider.start_logout(answer, "", now()) if answer else None
    alone = "code" if login and login.purpose is Purpose.CODE else "local"  # such a login is nowhere but here
    session.clear()
    logout_user()  # so that the page below greets nobody
    session["lang"], session["signed_out"] = kept, "unanswered" if sent else alone
    if sent is None:
        return redirect(url_for("saml.signed_out"), 303)
    session["logout"] = sent.message_id
    # A page and not a redirect: Chromium holds every redirect after a form post to our form-action, also those by
    # which the hub goes on to the identity providers, whose addresses we cannot know.
    return page("reset/signed_out.html", scope="local", onward=sent.url)


@endpoints.route("/saml/slo", methods=["GET", "POST"])
@posted_by_the_hub
@open_to_all
def slo() -> ResponseReturnValue:
    """Single logout, both ways. The root element says what a message is, whatever field it came in (wayf.md 6)."""
    if request.method == "POST":
        request.max_content_length = SAML_BYTES
        posted = request.form.get("SAMLResponse") or request.form.get("SAMLRequest", "")
        message = services().service_provider.read_posted_logout(posted, request.form.get("RelayState"), now())
    else:
        message = services().service_provider.read_logout(request.query_string, now())
    return _end_for_hub(message) if isinstance(message, LogoutRequested) else _logout_answered(message)


def _end_for_hub(message: LogoutRequested) -> ResponseReturnValue:
    """The hub asks: found by its own names for the login, without any cookie, and ended before it is answered."""
    with services().database.transaction() as db:
        if not logins.remember(db, message.message_id, message.expires_at):
            raise LogoutRefused("replay")
        for login in logins.end_logins_of(db, message.issuer, message.name_id, message.session_indexes, now()):
            services().desk.journal.write(db, reset.ended(login, "hub"), now())
    return redirect(services().service_provider.answer_logout(message, now()), 303)


def _logout_answered(message: LogoutAnswered) -> ResponseReturnValue:
    if not message.in_response_to or session.get("logout") != message.in_response_to:  # kept: a reload asks again
        raise LogoutRefused("in-response-to")
    session["signed_out"] = "all" if message.success else "partial" if message.partial else "unanswered"
    return redirect(url_for("saml.signed_out"), 303)


@endpoints.get("/signed-out")
@open_to_all
def signed_out() -> ResponseReturnValue:
    if current_user.is_authenticated:  # an old address or the back button: the page would say what is not so
        return redirect_to(current_user.visit)
    response = page("reset/signed_out.html", scope=session.get("signed_out", "local"))
    response.headers["Clear-Site-Data"] = CLEARED
    return response


@endpoints.get("/saml/metadata")
@open_to_all
def metadata() -> ResponseReturnValue:
    return Response(services().service_provider.metadata(), mimetype="application/samlmetadata+xml")
