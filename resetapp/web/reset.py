"""The person's own pages: start, account, new password, receipt."""

from datetime import timedelta

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from resetapp import choice, reset
from resetapp.core.outcomes import AttemptState, Outcome, OutcomeUnknown, PasswordRefused, Refusal, Step
from resetapp.storage import visits
from resetapp.storage.logins import is_over
from resetapp.storage.tables import Visit
from resetapp.submission import Answer, set_passwords
from resetapp.trouble import AlreadySent, WrongStep
from resetapp.unlock import can_unlock, unlock
from resetapp.web import receipt, rows
from resetapp.web.forms import ChooseAccounts, NewPassword
from resetapp.web.guards import at_step, open_to_all, redirect_to
from resetapp.web.house import demand_going, login_open, now, page, seconds_left, services, text, title_of_directory
from resetapp.web.mark import mark_url
from resetapp.web.problems import explain, show

pages = Blueprint("reset", __name__)

_WARN_SECONDS = 120
_TIME_TO_TYPE = timedelta(minutes=1)


@pages.get("/")
@open_to_all
def start() -> ResponseReturnValue:
    if not login_open():
        code = [(text("code.link"), url_for("activation.enter"))] if services().settings.codes.enabled else []
        return show(explain(Outcome.LOGIN_CLOSED)._replace(actions=code), 200, None)
    return page("reset/start.html", mark_url=mark_url())


@pages.route("/account", methods=["GET", "POST"])
@at_step(Step.ACCOUNT, Step.PASSWORD)
def account(visit: Visit) -> ResponseReturnValue:
    if visit.changed:
        return redirect_to(visit)
    demand_going()
    numbers = ChooseAccounts().numbers if request.method == "POST" else []
    if numbers and reset.choose_accounts(services().desk, visit.id, numbers):
        return redirect(url_for("reset.password"), 303)
    with services().database.reading() as db:
        offer = choice.offer(db, visit, services().desk.rules, now())
    errors = rows.objections(visit, offer, numbers) if request.method == "POST" else []
    return page(
        "reset/account.html",
        422 if errors else 200,
        accounts=rows.choices(offer, [each.key for each in offer.chosen(numbers)] if errors else visit.wanted),
        excluding=rows.excluding(choice.exclusions(services().desk.rules, offer.free.values())),
        waiting=rows.waiting(visit, offer),
        closed=rows.closed(visits.candidates(visit), offer.unattainable),
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
        return redirect_to(visit) if visit.step == Step.RECEIPT else _first_password_page(visit)
    form = NewPassword()
    if form.repeat_fault and visit.step == Step.PASSWORD:
        return _password_page(visit, [("password2", text(form.repeat_fault))])
    try:
        answers = set_passwords(services().desk, visit.id, form.round, form.secret)
    except (AlreadySent, WrongStep):  # a second click, an old tab, the back button
        return redirect(url_for("reset.done"), 303)  # which leads to where the visit stands now
    if all(isinstance(answer.outcome, PasswordRefused) for answer in answers):
        return _refused_page(visit, form, answers)
    return _told(visit)


def _told(visit: Visit) -> ResponseReturnValue:
    """To the receipt, or, when the login ended while the password was on its way, the receipt itself.

    No page opens for an ended login any more, and what became of the password must be told all the same.
    """
    with services().database.reading() as db:
        again = visits.load(db, visit.id, held=False)
    over = is_over(again.login, services().settings.visits.idle, now())
    return receipt.show(again, over=True) if over else redirect(url_for("reset.done"), 303)


def _refused_page(visit: Visit, form: NewPassword, answers: list[Answer]) -> ResponseReturnValue:
    with services().database.reading() as db:
        again = visits.load(db, visit.id, held=False)
    match again.step:
        case Step.PASSWORD:
            return _password_page(again, rows.errors(again, answers, form.secret))
        case Step.STOPPED:
            return _stopped_page(again, rows.reasons(answers))
        case _:  # logged out, or another tab was faster
            return redirect_to(again)


def _first_password_page(visit: Visit) -> Response:
    """Not for a login that would be too old before a password is typed: it would be typed for nothing."""
    reset.demand_recent_login(services().desk, visit, _TIME_TO_TYPE)
    return _password_page(visit, [])


def _password_page(visit: Visit, errors: list[tuple[str, str]]) -> Response:
    demand_going()
    attempts = reset.open_page(services().desk, visit.id)
    rules = rows.demanded(visit)
    if rules.excluding:
        return show(rows.no_way(visit), 422 if errors else 200, visit.login.reference)
    return page(
        "reset/password.html",
        422 if errors else 200,
        accounts=rows.named(visit, attempts),
        attempt=attempts[0].round,
        changed=visit.changed,
        unlock=can_unlock(services().desk, visit),
        policy=rows.policy(visit, rules),
        rules=rows.rules(rules),
        suggestions=rows.suggestions(visit, rules),
        managed=rows.for_password_managers(attempts),
        errors=errors,
        confirm_at=reset.recent_until(services().desk, visit),
        seconds=seconds_left(visit),
        warn_seconds=_WARN_SECONDS,
        reference=visit.login.reference,
    )


@pages.post("/unlock")
@at_step(Step.PASSWORD)
def unlock_only(visit: Visit) -> ResponseReturnValue:
    """For who remembers the password after all."""
    try:
        outcome = unlock(services().desk, visit.id)
    except (AlreadySent, WrongStep):
        return redirect(url_for("reset.done"), 303)
    if isinstance(outcome, OutcomeUnknown):
        return _password_page(visit, [("accounts", text("unlock.unknown"))])
    return _told(visit)


@pages.get("/done")
@at_step(Step.RECEIPT, Step.PASSWORD)
def done(visit: Visit) -> ResponseReturnValue:
    """What became of each account, as it is known now; also while others are tried again."""
    return receipt.show(visit) if visit.step == Step.RECEIPT or visit.changed else redirect_to(visit)


@pages.post("/again")
@at_step(Step.RECEIPT)
def again(visit: Visit) -> ResponseReturnValue:
    try:
        reset.try_again(services().desk, visit.id)
    except WrongStep:  # nothing is left to try, or another tab has begun to
        return redirect(url_for("reset.done"), 303)
    return redirect(url_for("reset.password"), 303)


@pages.get("/stopped")
@at_step(Step.STOPPED)
def stopped(visit: Visit) -> ResponseReturnValue:
    refused = [each for each in visit.attempts if each.state in (AttemptState.REFUSED, AttemptState.NOT_SET)]
    return _stopped_page(visit, {Refusal(each) for each in refused[-1].reasons} if refused else set())


def _stopped_page(visit: Visit, reasons: set[Refusal]) -> Response:
    message = rows.stopped(visit, reasons) or explain(visit.outcome)
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
