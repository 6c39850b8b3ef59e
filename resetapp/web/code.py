"""The way in for people without MitID or without a CPR number: username and activation code."""

from flask import Blueprint, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from resetapp.codes import entry
from resetapp.web.forms import EnterCode
from resetapp.web.guards import open_to_all, redirect_to
from resetapp.web.house import PAGE_OF_STEP, demand_going, language, page, services, text
from resetapp.web.saml import visitor_address

entrance = Blueprint("activation", __name__)


@entrance.route("/code", methods=["GET", "POST"])
@open_to_all
def enter() -> ResponseReturnValue:
    """Open also while the login with MitID is closed: it has no part in this."""
    if not services().settings.codes.enabled:
        abort(404)
    if current_user.is_authenticated:  # a login that goes on must not be replaced unseen
        return redirect_to(current_user.visit)
    demand_going()
    if request.method == "GET":
        return _page([])
    form = EnterCode()
    if missing := form.missing:
        return _page([(each, text(f"code.error_{each}")) for each in missing])
    opened = entry.enter(services().desk, form.typed("username"), form.typed("code"), visitor_address(), language())
    if opened is None:
        return _page([("code", text("code.error_wrong"))])
    (step, token), kept = opened, language()
    session.clear()  # nothing planted before survives (session fixation, SE-03)
    session["token"], session["lang"], session["by_code"] = token, kept, True
    return redirect(url_for(PAGE_OF_STEP[step]), 303)


def _page(errors: list[tuple[str, str]]) -> ResponseReturnValue:
    """Nothing that was typed comes back: the next try is typed anew, and no code stays on a screen."""
    return page("reset/code.html", 422 if errors else 200, errors=errors)
