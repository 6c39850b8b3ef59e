"""The list of mappings for the staff: what waits, what counts, what its owner has stopped. Never a number."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from resetapp import texts
from resetapp.core.mappings import MappingState, RequestKind
from resetapp.core.staff import Task
from resetapp.mapping import overview
from resetapp.mapping.overview import PAGE, Asked, Seen, Sight, Standing
from resetapp.register import Register
from resetapp.storage.mapping_start import Start
from resetapp.storage.mappings import LIVE, AccountMapping, MappingRequest
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.fresh import fresh_until
from resetapp.web.console.mapping_forms import Fault, MappingForm
from resetapp.web.house import language, now, page, services, text, title_of_directory

_IMPORT, _FILE = "console.imports", "console.import_file"
_MOST_PAGES = 100_000
_TONES = {
    Standing.FROZEN: "bad",
    Standing.COOLING: "warn",
    Standing.UNTOLD: "warn",
    Standing.COUNTING: "ok",
    Standing.REQUESTED: "info",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A mapping on the list. `removable`: by this member, at this address."""

    username: str
    where: str
    state: str
    tone: str
    requester: str
    decider: str
    address: str
    removable: str


@dataclass(frozen=True, slots=True)
class Card:
    """An account of a request. `notes`: tone and sentence of each thing to know."""

    username: str
    name: str
    where: str
    kind: str
    notes: tuple[tuple[str, str], ...]
    removable: str


@dataclass(frozen=True, slots=True)
class Waiting:
    heading: str
    address: str
    asked: str
    reason: str
    cards: tuple[Card, ...]


def register() -> Register:
    """Raises NotFound while mappings are switched off."""
    found = services().desk.register
    if found is None:
        raise NotFound
    return found


@console.route("/mappings", methods=["GET", "POST"])
@staff_may(Task.SEE_MAPPINGS)
def mappings(member: Member) -> ResponseReturnValue:
    """A search goes by POST: usernames are about persons, and addresses end up in histories and logs."""
    if request.method == "GET":
        return list_page(member)
    register()
    asked = MappingForm()
    if faults := asked.faults_of_username():
        return list_page(member, faults)
    found = overview.search(services().desk, member.row, asked.typed("username"))
    return list_page(member, searched=asked.typed("username"), found=found)


def list_page(
    member: Member, faults: Sequence[Fault] = (), searched: str = "", found: Sequence[AccountMapping] | None = None
) -> ResponseReturnValue:
    number = _number()
    seen = overview.overview(services().desk, register(), number)
    shown: dict[str, object] = {"known": member, "searched": searched, "more": seen.more, "number": number}
    shown |= {"waiting": [_waiting(member, each) for each in seen.waiting]}
    shown |= {"found": None if found is None else _lines(member, found), "held": _lines(member, seen.held)}
    shown |= {"total": seen.total, "pages": max(1, -(-seen.total // PAGE))}
    shown |= {"may_ask": member.may(Task.REQUEST_MAPPINGS), "importing": _importing(member)}
    shown |= {"fresh_until": fresh_until(member, "console.mappings"), "errors": in_words(faults)}
    return page("console/mappings.html", 422 if faults else 200, **shown)


def _importing(member: Member) -> str:
    there = _IMPORT in current_app.view_functions and member.may(Task.REQUEST_MAPPINGS)
    return url_for(_IMPORT) if there else ""


def _number() -> int:
    asked = request.args.get("page", "1")
    return min(max(int(asked), 1), _MOST_PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def in_words(faults: Iterable[Fault], **values: str) -> list[Fault]:
    return [(field, text(key, **values)) for field, key in faults]


# ---- in words


def _waiting(member: Member, asked: Asked) -> Waiting:
    found = asked.request
    return Waiting(
        heading=heading(asked),
        address=_page_to_decide(found),
        asked=text("mapping.asked", username=found.requester, time=texts.date_time(language(), found.requested_at)),
        reason=found.reason,
        cards=cards(member, asked),
    )


def heading(asked: Asked) -> str:
    if asked.request.kind is RequestKind.SINGLE and asked.rows:
        return text("mapping.kind_single", username=asked.rows[0].username)
    return text(f"mapping.kind_{asked.request.kind}_many", num=asked.request.rows)


def address(request_id: str) -> str:
    return url_for("console.mapping_request", request_id=request_id)


def _page_to_decide(asked: MappingRequest) -> str:
    """A file has one of its own: what is approved there is its hash."""
    return url_for(_FILE, request_id=asked.id) if asked.kind is RequestKind.IMPORT else address(asked.id)


def cards(member: Member, asked: Asked) -> tuple[Card, ...]:
    begun = starts([each.mapping for each in asked.rows])
    return tuple(_card(member, each, begun[each.mapping.id]) for each in asked.rows)


def starts(rows: Collection[AccountMapping]) -> Mapping[str, Start]:
    """Mapping's id → from when it counts."""
    return overview.starts(services().desk, register(), rows)


def _card(member: Member, seen: Seen, start: Start) -> Card:
    mapping = seen.mapping
    return Card(
        username=seen.username,
        name=seen.name,
        where=title_of_directory(mapping.directory),
        kind=seen.kind,
        notes=tuple(_notes(seen, start)),
        removable=removable(member, mapping),
    )


def _notes(seen: Seen, start: Start) -> Iterable[tuple[str, str]]:
    if seen.sight is Sight.GONE:
        yield "bad", text("mapping.sight_gone")
    elif seen.sight is Sight.SILENT:
        yield "warn", text("mapping.silent", directory=title_of_directory(seen.mapping.directory))
    if seen.mapping.state is not MappingState.REQUESTED:
        yield _state(seen.mapping, start)
        return
    if seen.against:
        yield "bad", text(f"mapping.error_{seen.against}", username=seen.username)
    if seen.sight is not Sight.UNASKED:  # the owners of a file's accounts are told when it is approved
        yield ("info", text("mapping.told")) if seen.told else ("warn", text("mapping.not_told"))


def _state(mapping: AccountMapping, start: Start) -> tuple[str, str]:
    """Tone and words."""
    if mapping.state not in LIVE:
        return "info", text(f"mapping.is_{mapping.state}")
    standing = overview.standing(mapping, start, now())
    since = texts.date_time(language(), start.at) if start.at else ""
    return _TONES[standing], text(f"mapping.is_{standing}", time=since)


def _lines(member: Member, found: Collection[AccountMapping]) -> list[Line]:
    begun = starts(found)
    return [_line(member, each, begun[each.id]) for each in found]


def _line(member: Member, mapping: AccountMapping, start: Start) -> Line:
    tone, words = _state(mapping, start)
    return Line(
        username=mapping.username,
        where=title_of_directory(mapping.directory),
        state=words,
        tone=tone,
        requester=mapping.request.requester,
        decider=mapping.request.decider,
        address=address(mapping.request_id),
        removable=removable(member, mapping),
    )


def removable(member: Member, mapping: AccountMapping) -> str:
    """Where this member may take it off the list; "" when they may not."""
    task = task_to_remove(mapping)
    there = task is not None and member.may(task) and not _asked_for_what_was_stopped(member, mapping)
    return url_for("console.remove_mapping", mapping_id=mapping.id) if there else ""


def _asked_for_what_was_stopped(member: Member, mapping: AccountMapping) -> bool:
    """Then somebody else clears the owner's no away (`decisions.remove`)."""
    return mapping.state is MappingState.FROZEN and mapping.request.requested_by == member.row.person


def task_to_remove(mapping: AccountMapping) -> Task | None:
    """None: it is not on the list. What its owner has stopped only who decides can take away."""
    tasks = {MappingState.APPROVED: Task.REQUEST_MAPPINGS, MappingState.FROZEN: Task.DECIDE_MAPPINGS}
    return tasks.get(mapping.state)
