"""Which pages of the console a member's roles open, and what waits there for an answer of theirs."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, request, url_for

from resetapp.core.codes import CodeState
from resetapp.core.staff import Task
from resetapp.mapping.overview import count_waiting
from resetapp.storage import codes
from resetapp.storage.codes import REQUEST_LIFE
from resetapp.web.console.access import Member, console
from resetapp.web.house import now, services, text

PAGES = {
    Task.LOOK_UP: "console.look_up",
    Task.SEE_CODES: "console.codes",
    Task.SEE_MAPPINGS: "console.mappings",
    Task.READ_EVENTS: "console.events",
    Task.SEE_STATISTICS: "console.statistics",
    Task.SEE_STATUS: "console.status",
}
"""Where each task is done, in the order that is shown."""
_BESIDE = {Task.READ_EVENTS: "/staff/report"}  # pages that belong to another one, by their address not below it


@dataclass(frozen=True, slots=True)
class Section:
    """`current`: the page that is shown is this one, or belongs to it."""

    name: str
    about: str
    address: str
    current: bool


@console.context_processor
def _sections() -> dict[str, object]:
    """Only of a member that the view has found: a page that tells of a fault must not ask the database once more."""
    known: Member | None = g.get("member")
    return {"sections": list(sections(known)) if known else []}


def sections(known: Member) -> Iterator[Section]:
    for task, endpoint in PAGES.items():
        if known.may(task) and _is_on(task):
            address = url_for(endpoint)
            current = request.path.startswith(f"{address}/") or request.path in (address, _BESIDE.get(task))
            yield Section(text(f"task.{task}"), text(f"task.about_{task}"), address, current)


def _is_on(task: Task) -> bool:
    if task is Task.SEE_CODES:
        return services().settings.codes.enabled
    return task is not Task.SEE_MAPPINGS or services().desk.register is not None


def waiting(known: Member) -> list[tuple[str, str]]:
    """Sentence and address, of what this member may decide and did not ask for; nothing where nothing waits."""
    found = [
        ("staff.waiting_mappings", "console.mappings", _mappings(known)),
        ("staff.waiting_codes", "console.codes", _codes(known)),
    ]
    return [(text(key, num=count), url_for(endpoint)) for key, endpoint, count in found if count]


def _mappings(known: Member) -> int:
    desk = services().desk
    if desk.register is None or not known.may(Task.DECIDE_MAPPINGS):
        return 0
    return count_waiting(desk, desk.register, known.row.person)


def _codes(known: Member) -> int:
    if not (known.may(Task.APPROVE_CODES) and services().settings.codes.enabled):
        return 0
    with services().database.reading() as db:
        recent = codes.recent(db, now() - REQUEST_LIFE)
        asked = [each for each in recent if each.standing(now()) is CodeState.REQUESTED]
        return sum(each.requested_by != known.row.person for each in asked)
