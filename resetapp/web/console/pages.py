"""The way in and out of the console, and its first page."""

from flask import make_response
from flask.typing import ResponseReturnValue

from resetapp.core.staff import Purpose, Task
from resetapp.web.console.access import console, member, open_to_staff
from resetapp.web.console.fresh import way_back
from resetapp.web.house import page, services, text
from resetapp.web.protection import console_cookie, our_cookie
from resetapp.web.saml import depart, leave

PAGES = {
    Task.LOOK_UP: "console.look_up",
    Task.SEE_CODES: "console.codes",
    Task.READ_EVENTS: "console.events",
    Task.SEE_STATUS: "console.status",
    Task.SEE_STATISTICS: "console.statistics",
    Task.SEE_MAPPINGS: "console.mappings",
}
"""Where each task is done; the first page leads to those of the member's roles."""


@console.get("/")
@open_to_staff
def start() -> ResponseReturnValue:
    known = member()
    if known is None:
        return page("console/start.html", known=None)
    roles = ", ".join(text(f"staff.role_{role}") for role in sorted(known.roles))
    tasks = [(text(f"task.{task}"), endpoint) for task, endpoint in PAGES.items() if known.may(task) and _is_on(task)]
    return page("console/start.html", known=known, tasks=tasks, roles=roles)


def _is_on(task: Task) -> bool:
    if task is Task.SEE_CODES:
        return services().settings.codes.enabled
    return task is not Task.SEE_MAPPINGS or services().desk.register is not None


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
