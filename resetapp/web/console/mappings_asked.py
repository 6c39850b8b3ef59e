"""The forms by which a mapping, or a person's new number, is asked for. A number goes no further than its index."""

from collections.abc import Mapping

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from resetapp.core.mappings import MappingRefused, Problem
from resetapp.core.staff import Task
from resetapp.mapping import requests
from resetapp.mapping.decisions import lapse
from resetapp.mapping.requests import Wanted
from resetapp.trouble import DirectoryDown
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.mapping_forms import Fault, MappingForm
from resetapp.web.console.mappings import in_words, register
from resetapp.web.house import page, services, text, title_of_directory

_FIELD_OF_NEW: Mapping[Problem, str] = {
    Problem.CPR_REPLACEMENT: "cpr",
    Problem.ACCOUNT_AMBIGUOUS: "directory",
    Problem.KEY_CHANGED: "cpr",
}
_FIELD_OF_CHANGE: Mapping[Problem, str] = {Problem.CPR_REPLACEMENT: "new", Problem.SAME_NUMBER: "new"}


@console.route("/mappings/new", methods=["GET", "POST"])
@staff_may(Task.REQUEST_MAPPINGS)
def new_mapping(member: Member) -> ResponseReturnValue:
    kept = register()
    asked = MappingForm()
    if request.method == "GET":
        return _new_page(member, asked, [])
    faults = [*asked.faults_of_username(), *_faults_of_directory(asked)]
    faults += [*asked.faults_of_number("cpr"), *asked.faults_of_reason()]
    if faults:
        return _new_page(member, asked, in_words(faults))
    lapse(services().desk, kept)  # what nobody decided in time must not stand in the way
    wanted = Wanted(asked.typed("username"), asked.number("cpr"), asked.typed("reason"), asked.typed("directory"))
    try:
        made = requests.request(services().desk, kept, member.row, wanted)
    except (MappingRefused, DirectoryDown) as no:
        return _new_page(member, asked, [_in_words(no, _FIELD_OF_NEW, "username")])
    return redirect(url_for("console.mapping_request", request_id=made), 303)


@console.route("/mappings/change", methods=["GET", "POST"])
@staff_may(Task.REQUEST_MAPPINGS)
def change_number(member: Member) -> ResponseReturnValue:
    kept = register()
    asked = MappingForm()
    if request.method == "GET":
        return _change_page(member, asked, [])
    faults = [*asked.faults_of_number("old"), *asked.faults_of_number("new"), *asked.faults_of_reason()]
    if faults:
        return _change_page(member, asked, in_words(faults))
    lapse(services().desk, kept)
    old, new, reason = asked.number("old"), asked.number("new"), asked.typed("reason")
    try:
        made = requests.request_change(services().desk, kept, member.row, old, new, reason)
    except (MappingRefused, DirectoryDown) as no:
        return _change_page(member, asked, [_in_words(no, _FIELD_OF_CHANGE, "old")])
    return redirect(url_for("console.mapping_request", request_id=made), 303)


def _faults_of_directory(asked: MappingForm) -> list[Fault]:
    chosen = asked.typed("directory")
    return [("directory", "mapping.error_directory")] if chosen and chosen not in services().directories else []


def _in_words(no: MappingRefused | DirectoryDown, fields: Mapping[Problem, str], other: str) -> Fault:
    if isinstance(no, DirectoryDown):
        return other, text("mapping.silent", directory=title_of_directory(no.directory))
    return fields.get(no.problem, other), text(f"mapping.error_{no.problem}", **no.values)


def _new_page(member: Member, asked: MappingForm, errors: list[Fault]) -> ResponseReturnValue:
    several = [(each, title_of_directory(each)) for each in services().directories] if _several() else []
    shown: dict[str, object] = {"known": member, "asked": asked.shown(), "directories": several, "errors": errors}
    return page("console/mapping_new.html", 422 if errors else 200, **shown)


def _several() -> bool:
    return len(services().directories) > 1


def _change_page(member: Member, asked: MappingForm, errors: list[Fault]) -> ResponseReturnValue:
    status = 422 if errors else 200
    return page("console/mapping_change.html", status, known=member, asked=asked.shown(), errors=errors)
