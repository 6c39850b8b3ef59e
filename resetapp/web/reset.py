"""The person's own pages: start, account, new password, receipt."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from resetapp import reset
from resetapp.core.outcomes import AttemptState, Outcome, PasswordRefused, Refusal, Step
from resetapp.storage import visits
from resetapp.storage.attempts import is_stale
from resetapp.storage.logins import is_over
from resetapp.storage.tables import Attempt, Visit
from resetapp.trouble import AlreadySent, WrongStep
from resetapp.web import rows
from resetapp.web.forms import ChooseAccount, NewPassword
from resetapp.web.guards import at_step, open_to_all, redirect_to
from resetapp.web.house import now, page, seconds_left, services, text, title_of_directory
from resetapp.web.problems import explain, show

pages = Blueprint("reset", __name__)

_WARN_SECONDS = 120


@pages.get("/")
@open_to_all
def start() -> ResponseReturnValue:
    return page("reset/start.html")


@pages.route("/account", methods=["GET", "POST"])
@at_step(Step.ACCOUNT, Step.PASSWORD)
def account(visit: Visit) -> ResponseReturnValue:
    number = ChooseAccount().number if request.method == "POST" else None
    if number is not None and reset.choose_account(services().desk, visit.id, number):
        return redirect(url_for("reset.password"), 303)
    found = visits.candidates(visit)
    errors = [(rows.first_field(found), text("account.error_none_chosen"))] if request.method == "POST" else []
    return page(
        "reset/account.html",
        422 if errors else 200,
        accounts=rows.choices(found),
        closed=rows.closed(found),
        errors=errors,
        not_asked=[title_of_directory(name) for name in visit.not_asked],
        reference=visit.login.reference,
        seconds=seconds_left(visit),
        warn_seconds=_WARN_SECONDS,
    )


@pages.route("/password", methods=["GET", "POST"])
@at_step(Step.PASSWORD, Step.RECEIPT)
def password(visit: Visit) -> ResponseReturnValue:
    if request.method == "GET":
        return redirect_to(visit) if visit.step == Step.RECEIPT else _password_page(visit, [])
    form = NewPassword()
    if form.repeat_fault and visit.step == Step.PASSWORD:
        return _password_page(visit, [("password2", text(form.repeat_fault))])
    try:
        outcome = reset.set_password(services().desk, visit.id, form.attempt_id, form.secret)
    except (AlreadySent, WrongStep) as late:  # a second click, an old tab, the back button
        if late.reason == "account_busy":  # another visit is just setting this account's password
            raise
        return redirect(url_for("reset.done"), 303)  # which leads to where the visit stands now
    if isinstance(outcome, PasswordRefused):
        return _refused_page(visit, form, outcome)
    return _told(visit)


def _told(visit: Visit) -> ResponseReturnValue:
    """To the receipt, or, when the login ended while the password was on its way, the receipt itself.

    No page opens for an ended login any more, and what became of the password must be told all the same.
    """
    with services().database.reading() as db:
        again = visits.load(db, visit.id, held=False)
    over = is_over(again.login, services().settings.visits.idle, now())
    return _result(again) if over else redirect(url_for("reset.done"), 303)


def _refused_page(visit: Visit, form: NewPassword, outcome: PasswordRefused) -> ResponseReturnValue:
    rules = rows.demanded(visit, visit.chosen)
    errors = [("password", sentence) for sentence in rows.refusals(outcome.reasons, form.secret, rules)]
    with services().database.reading() as db:
        again = visits.load(db, visit.id, held=False)
    match again.step:
        case Step.PASSWORD:
            return _password_page(again, errors)
        case Step.STOPPED:
            return _stopped_page(again, outcome)
        case _:  # logged out, or another tab was faster
            return redirect_to(again)


def _password_page(visit: Visit, errors: list[tuple[str, str]]) -> Response:
    attempt = reset.open_page(services().desk, visit.id)
    rules = rows.demanded(visit, attempt.key)
    return page(
        "reset/password.html",
        422 if errors else 200,
        username=attempt.username,
        attempt=attempt.id,
        policy=rows.policy(visit, rules),
        rules=rows.rules(rules),
        suggestions=rows.suggestions(visit, rules) if "suggest" in request.args else None,
        errors=errors,
        seconds=seconds_left(visit),
        warn_seconds=_WARN_SECONDS,
        reference=visit.login.reference,
    )


@pages.get("/done")
@at_step(Step.RECEIPT)
def done(visit: Visit) -> ResponseReturnValue:
    return _result(visit)


def _result(visit: Visit) -> Response:
    attempt = visit.sent
    if attempt is None or attempt.state == AttemptState.SET:
        return _receipt(visit, attempt)
    unknown = attempt.state == AttemptState.UNKNOWN or is_stale(attempt, now())
    template = "reset/unknown.html" if unknown else "reset/wait.html"
    return page(template, username=attempt.username, reference=visit.login.reference)


def _receipt(visit: Visit, attempt: Attempt | None) -> Response:
    return page(
        "reset/done.html",
        username=attempt.username if attempt else "",
        when=attempt.settled_at if attempt else now(),
        delay_minutes=services().settings.institution.replication_minutes,
        several=sum(each.usable for each in visits.candidates(visit)) > 1,
        reference=visit.login.reference,
    )


@pages.get("/stopped")
@at_step(Step.STOPPED)
def stopped(visit: Visit) -> ResponseReturnValue:
    latest = visit.latest
    refused = latest is not None and latest.state == AttemptState.REFUSED
    reasons = tuple(Refusal(each) for each in latest.reasons) if latest and refused else ()
    return _stopped_page(visit, PasswordRefused(reasons) if reasons else None)


def _stopped_page(visit: Visit, refused: PasswordRefused | None) -> Response:
    message = rows.stopped(visit, refused) or explain(visit.outcome)
    status = 503 if visit.outcome == Outcome.DIRECTORY_DOWN else 200
    return show(message, status, visit.login.reference)


@pages.post("/stay")
@at_step()
def stay(visit: Visit) -> ResponseReturnValue:
    """The person is still there: the guard has noted it."""
    if request.headers.get("Sec-Fetch-Mode") == "cors":  # the page's own script, which keeps what is typed
        return Response(str(seconds_left(visit)), mimetype="text/plain")
    return redirect_to(visit)


@pages.get("/expired")
@open_to_all
def expired() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect_to(current_user.visit)
    return page("reset/expired.html")
