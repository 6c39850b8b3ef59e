"""One request: who asked for what, what became of it, and the buttons of who may decide. And the end of a mapping."""

from collections.abc import Callable, Iterator
from datetime import datetime

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from resetapp import texts
from resetapp.core.mappings import MappingRefused, MappingState, RequestKind, RequestState
from resetapp.core.staff import Task
from resetapp.mapping import decisions, overview
from resetapp.mapping.overview import Asked
from resetapp.register import Register
from resetapp.storage.mapping_start import Start
from resetapp.storage.mappings import AccountMapping, find_request
from resetapp.trouble import DirectoryDown
from resetapp.web.console.access import Member, console, demand, staff_may
from resetapp.web.console.askers import demand_asker_of_mapping
from resetapp.web.console.fresh import demand_fresh, fresh_until
from resetapp.web.console.mapping_forms import Fault, MappingForm
from resetapp.web.console.mappings import address, cards, heading, in_words, register, starts, task_to_remove
from resetapp.web.console.words import Line
from resetapp.web.house import language, now, page, services, text, title_of_directory

_BACK = "console.mappings"
_ONE = "<string(length=32):request_id>"
_TONES = {RequestState.WAITING: "info", RequestState.APPROVED: "ok", RequestState.FROZEN: "bad"}


@console.get(f"/mappings/{_ONE}")
@staff_may(Task.SEE_MAPPINGS)
def mapping_request(member: Member, request_id: str) -> ResponseReturnValue:
    return _page(member, request_id)


@console.post(f"/mappings/{_ONE}/approve")
@staff_may(Task.DECIDE_MAPPINGS)
def approve_mapping(member: Member, request_id: str) -> ResponseReturnValue:
    """Only shortly after a login at MitID: a console that was left open approves nothing (security.md 2.4, item 3)."""
    kept = register()
    demand_fresh(member, _BACK)
    return _done(member, request_id, lambda: _approve(member, kept, request_id))


def _approve(member: Member, kept: Register, request_id: str) -> None:
    """Raises MappingRefused, DirectoryDown."""
    with services().database.reading() as db:
        asked = find_request(db, request_id)
    if asked is not None and asked.state is RequestState.WAITING:  # else `approve` says what is so
        demand_asker_of_mapping(asked)
    decisions.approve(services().desk, kept, member.row, request_id)


@console.post(f"/mappings/{_ONE}/reject")
@staff_may(Task.DECIDE_MAPPINGS)
def reject_mapping(member: Member, request_id: str) -> ResponseReturnValue:
    register()
    asked = MappingForm()
    if faults := asked.faults_of_reason():
        return _page(member, request_id, in_words(faults), asked)
    why = asked.typed("reason")
    return _done(member, request_id, lambda: decisions.reject(services().desk, member.row, request_id, why))


@console.post(f"/mappings/{_ONE}/withdraw")
@staff_may(Task.REQUEST_MAPPINGS)
def withdraw_mapping(member: Member, request_id: str) -> ResponseReturnValue:
    register()
    return _done(member, request_id, lambda: decisions.withdraw(services().desk, member.row, request_id))


def _done(member: Member, request_id: str, act: Callable[[], None]) -> ResponseReturnValue:
    """The request's page tells what is so now; a refusal tells why nothing was changed."""
    try:
        act()
    except (MappingRefused, DirectoryDown) as no:
        return _page(member, request_id, [("request", refusal(no))])
    return redirect(url_for("console.mapping_request", request_id=request_id), 303)


def refusal(no: MappingRefused | DirectoryDown) -> str:
    if isinstance(no, DirectoryDown):
        return text("mapping.silent", directory=title_of_directory(no.directory))
    return text(f"mapping.error_{no.problem}", **no.values)


def _page(
    member: Member, request_id: str, errors: list[Fault] | None = None, typed: MappingForm | None = None
) -> ResponseReturnValue:
    asked = overview.asked_for(services().desk, request_id) if register() else None
    if asked is None:
        raise NotFound
    shown: dict[str, object] = {"known": member, "errors": errors or [], "asked": (typed or MappingForm()).shown()}
    shown |= {"title": heading(asked), "cards": cards(member, asked), "reason": asked.request.reason}
    shown |= {"state": text(f"mapping.request_{state(asked)}"), "tone": _TONES.get(state(asked), "warn")}
    shown |= {"history": sorted(_history(asked), key=lambda each: each[0]), "ident": request_id}
    shown |= _choices(member, asked)
    return page("console/mapping_request.html", 422 if errors else 200, **shown)


def state(asked: Asked) -> RequestState:
    """One that nobody decided in time has lapsed, whether that is written down yet or not."""
    found = asked.request
    late = found.requested_at < now() - register().settings.request_life
    return RequestState.LAPSED if found.state is RequestState.WAITING and late else found.state


def _choices(member: Member, asked: Asked) -> dict[str, object]:
    """What this member can do, or why not. A file has pages of its own."""
    waits = state(asked) is RequestState.WAITING and asked.request.kind is not RequestKind.IMPORT
    rows = [each.mapping for each in asked.rows if each.mapping.state is MappingState.REQUESTED]
    mine = member.row.person == asked.request.requested_by
    decides, problem = waits and member.may(Task.DECIDE_MAPPINGS), None
    if decides:
        problem = decisions.obstacle(services().desk, member.row, asked.request, rows)
    return {
        "may_withdraw": waits and mine and member.may(Task.REQUEST_MAPPINGS),
        "decides": decides,
        "why_not": text(f"mapping.error_{problem}") if problem else "",
        "may_reject": decides and not mine,
        "fresh_until": fresh_until(member, _BACK) if decides else None,
        "four_eyes": waits and not decides,
    }


def _history(asked: Asked) -> Iterator[tuple[datetime, Line]]:
    """Moment, for the order, and what happened then."""
    found = asked.request
    yield _event(found.requested_at, "requested", username=found.requester)
    if found.decided_at and found.state in (RequestState.APPROVED, RequestState.REJECTED):
        yield _event(found.decided_at, str(found.state), username=found.decider, why=found.answer)
    if found.state in (RequestState.WITHDRAWN, RequestState.LAPSED) and asked.rows and asked.rows[0].mapping.ended_at:
        yield _event(asked.rows[0].mapping.ended_at, str(found.state), username=found.requester)
    begun = starts([each.mapping for each in asked.rows])
    for each in asked.rows:
        yield from _of_mapping(each.mapping, begun[each.mapping.id], each.username)


def _of_mapping(mapping: AccountMapping, start: Start, account: str) -> Iterator[tuple[datetime, Line]]:
    if start.at and start.reached(mapping.ended_at or now()):
        yield _event(start.at, "counts", account=account)
    if mapping.first_used_at:
        yield _event(mapping.first_used_at, "used", account=account)
    stopped = mapping.ended_by == "owner" and mapping.state is not MappingState.REMOVED
    if mapping.ended_at and stopped:
        yield _event(mapping.ended_at, "frozen", account=account)
    elif mapping.ended_at and mapping.state in (MappingState.REMOVED, MappingState.SUPERSEDED):
        yield _event(mapping.ended_at, str(mapping.state), account=account, username=mapping.ended_by)


def _event(at: datetime, word: str, **values: str) -> tuple[datetime, Line]:
    return at, Line(texts.date_time(language(), at), text(f"mapping.event_{word}", **values))


# ---- the end of a mapping


@console.route("/mappings/remove/<string(length=32):mapping_id>", methods=["GET", "POST"])
@staff_may(Task.SEE_MAPPINGS)
def remove_mapping(member: Member, mapping_id: str) -> ResponseReturnValue:
    seen = overview.one(services().desk, mapping_id) if register() else None
    task = task_to_remove(seen.mapping) if seen else None
    if seen is None or task is None:
        raise NotFound
    demand(member, task)
    asked = MappingForm()
    errors = in_words(asked.faults_of_reason()) if asked.is_submitted() else []
    if asked.is_submitted() and not errors:
        may_decide, why = member.may(Task.DECIDE_MAPPINGS), asked.typed("reason")
        try:
            decisions.remove(services().desk, member.row, mapping_id, why, may_decide=may_decide)
        except MappingRefused as no:
            errors = [("reason", refusal(no))]
        else:
            return redirect(url_for("console.mapping_request", request_id=seen.mapping.request_id), 303)
    shown: dict[str, object] = {"known": member, "errors": errors, "seen": seen, "asked": asked.shown()}
    shown |= {"back": address(seen.mapping.request_id), "where": title_of_directory(seen.mapping.directory)}
    shown |= {"frozen": seen.mapping.state is MappingState.FROZEN}
    return page("console/mapping_remove.html", 422 if errors else 200, **shown)
