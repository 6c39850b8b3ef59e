"""The way in and out of the console, and its first page."""

from typing import Any

from flask import make_response
from flask.typing import ResponseReturnValue

from resetapp.core.staff import Purpose, Task
from resetapp.web.console.access import console, member, open_to_staff
from resetapp.web.console.fresh import way_back
from resetapp.web.console.look_up import search_words
from resetapp.web.console.navigation import waiting
from resetapp.web.console.statistics import figures_of_week
from resetapp.web.house import page, services, text
from resetapp.web.protection import console_cookie, our_cookie
from resetapp.web.saml import depart, leave


@console.get("/")
@open_to_staff
def start() -> ResponseReturnValue:
    known = member()
    if known is None:
        return page("console/start.html", known=None)
    roles = ", ".join(text(f"staff.role_{role}") for role in sorted(known.roles))
    shown: dict[str, Any] = {"roles": roles, "waiting": waiting(known)}
    shown |= {"asked": search_words() if known.may(Task.LOOK_UP) else None}
    shown |= {"figures": figures_of_week() if known.may(Task.SEE_STATISTICS) else []}
    return page("console/start.html", known=known, **shown)


@console.get("/login")
@open_to_staff
def login() -> ResponseReturnValue:
    return depart(Purpose.CONSOLE, way_back())


@console.post("/logout")
@open_to_staff
def logout() -> ResponseReturnValue:
    known = member()
    service = services().settings.service
    response = make_response(leave(known.login if known else None))
    response.delete_cookie(console_cookie(service), **our_cookie(service))
    return response
