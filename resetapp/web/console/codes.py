"""Support's page of activation codes, and that of who says yes or no to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from resetapp import texts
from resetapp.codes import issue
from resetapp.codes.accounts import account_now
from resetapp.codes.issue import Wanted
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.codes import CodeRefused, CodeState, IdCheck
from resetapp.core.cpr import may_hold_cpr
from resetapp.core.staff import Task
from resetapp.storage import codes as rows
from resetapp.storage.codes import ActivationCode
from resetapp.trouble import DirectoryDown
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.askers import demand_asker_of_code
from resetapp.web.console.fresh import demand_fresh, fresh_until
from resetapp.web.forms import RequestCode
from resetapp.web.house import language, now, page, services, text, title_of_directory

_LIST = "console.codes"
_SHOWN_FOR = timedelta(days=1)  # older ones are the auditor's, in the trail
_TONES = {CodeState.REQUESTED: "info", CodeState.APPROVED: "info", CodeState.SHOWN: "warn", CodeState.USED: "ok"}

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One request, as the list and its own page tell it."""

    code: ActivationCode
    title: str
    state: CodeState
    words: str
    tone: str
    own: bool

    @classmethod
    def of(cls, code: ActivationCode, member: Member) -> "Row":
        state, own = code.standing(now()), code.requested_by == member.row.person
        tone = _TONES.get(state, "")
        return cls(code, title_of_directory(code.directory), state, text(f"code.is_{state}"), tone, own)

    @property
    def checked(self) -> str:
        return text(f"code.check_{self.code.id_check}")

    def can(self, act: str, member: Member) -> bool:
        """Whether the page offers it; the use case asks again."""
        if act == "decide":
            return self.state is CodeState.REQUESTED and not self.own and member.may(Task.APPROVE_CODES)
        if act == "show":
            return self.state is CodeState.APPROVED and self.own and member.may(Task.REQUEST_CODES)
        return self.state in (CodeState.REQUESTED, CodeState.APPROVED) and self.own


def where_codes_are_on(view: View) -> View:
    """Below the guard: who may not see the page learns nothing of whether it is there."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a view may return anything Flask takes
        return view(*args, **kwargs) if services().settings.codes.enabled else abort(404)

    return asked


@console.get("/codes")
@staff_may(Task.SEE_CODES)
@where_codes_are_on
def codes(member: Member) -> ResponseReturnValue:
    with services().database.reading() as db:
        found = [Row.of(each, member) for each in rows.recent(db, now() - _SHOWN_FOR)]
    waiting = [each for each in found if each.can("decide", member)]
    own = [each for each in found if each.own]
    may = {"may_request": member.may(Task.REQUEST_CODES), "may_approve": member.may(Task.APPROVE_CODES)}
    return page("console/codes.html", known=member, waiting=waiting, own=own, **may)


@console.get("/codes/new")
@staff_may(Task.REQUEST_CODES)
@where_codes_are_on
def new_code(member: Member) -> ResponseReturnValue:
    return _form(member, RequestCode(), [])


@console.post("/codes/new")
@staff_may(Task.REQUEST_CODES)
@where_codes_are_on
def request_code(member: Member) -> ResponseReturnValue:
    form = RequestCode()
    if errors := list(_faults(form)):
        return _form(member, form, errors)
    wanted = Wanted(
        form.typed("username"), IdCheck(form.typed("id_check")), form.typed("note"), form.typed("directory")
    )
    try:
        ident = issue.request(services().desk, member.row, wanted)
    except CodeRefused as refused:
        return _form(member, form, [("username", _why(refused))])
    return redirect(url_for("console.code_request", ident=ident), 303)


def _faults(form: RequestCode) -> list[tuple[str, str]]:
    """No number of a person or a document is ever written down: what looks like one is not taken."""
    found = [("username", "code.error_username")] if not form.typed("username") else []
    found += [("id_check", "code.error_id_check")] if form.typed("id_check") not in list(IdCheck) else []
    found += [("note", "code.error_note")] if not form.typed("note") else []
    found += [(each, "code.error_number") for each in ("username", "note") if may_hold_cpr(form.typed(each))]
    return [(field, text(key)) for field, key in found]


def _form(member: Member, form: RequestCode, errors: list[tuple[str, str]]) -> ResponseReturnValue:
    checks = [(str(each), text(f"code.check_{each}")) for each in IdCheck]
    directories = [(each.name, title_of_directory(each.name)) for each in services().settings.directories]
    kept = {each: form.typed(each) for each in ("username", "directory", "id_check", "note")}
    kept = {name: "" if may_hold_cpr(value) else value for name, value in kept.items()}
    shown = {"checks": checks, "directories": directories, "typed": kept, "errors": errors}
    return page("console/code_new.html", 422 if errors else 200, known=member, **shown)


@console.get("/codes/<ident>")
@staff_may(Task.SEE_CODES)
@where_codes_are_on
def code_request(member: Member, ident: str) -> ResponseReturnValue:
    return _request_page(member, ident)


def _request_page(member: Member, ident: str, error: str = "") -> ResponseReturnValue:
    with services().database.reading() as db:
        code = rows.find(db, ident)
    if code is None:
        abort(404)
    row = Row.of(code, member)
    if not row.own and not member.may(Task.APPROVE_CODES):  # a colleague's is nobody else's business
        abort(404)
    account = _account(code)
    state = text(f"export.is_{account.state}") if account else ""
    can = {act: row.can(act, member) for act in ("decide", "show", "withdraw")}
    shown = {"row": row, "account": account, "account_state": state, "can": can, "fresh": fresh_until(member, _LIST)}
    errors = [("main", error)] if error else []
    return page("console/code.html", 422 if errors else 200, known=member, errors=errors, **shown)


def _account(code: ActivationCode) -> DirectoryAccount | None:
    """As it is now, for who decides; None when it cannot be told."""
    try:
        return account_now(services().desk, code.key, code.username)
    except (CodeRefused, DirectoryDown):
        return None


@console.post("/codes/<ident>/approve")
@staff_may(Task.APPROVE_CODES)
@where_codes_are_on
def approve_code(member: Member, ident: str) -> ResponseReturnValue:
    """Needs a login of this very moment: a console that was left open must not be the second person."""
    demand_fresh(member, _LIST)
    return _done(member, ident, lambda: _approve(member, ident))


def _approve(member: Member, ident: str) -> None:
    """Raises CodeRefused, DirectoryDown."""
    demand_asker_of_code(ident)
    issue.approve(services().desk, member.row, ident)


@console.post("/codes/<ident>/reject")
@staff_may(Task.APPROVE_CODES)
@where_codes_are_on
def reject_code(member: Member, ident: str) -> ResponseReturnValue:
    why = RequestCode().typed("why")
    if may_hold_cpr(why):
        return _request_page(member, ident, text("code.error_number"))
    return _done(member, ident, lambda: issue.reject(services().desk, member.row, ident, why))


@console.post("/codes/<ident>/withdraw")
@staff_may(Task.REQUEST_CODES)
@where_codes_are_on
def withdraw_code(member: Member, ident: str) -> ResponseReturnValue:
    return _done(member, ident, lambda: issue.withdraw(services().desk, member.row, ident))


def _done(member: Member, ident: str, act: Callable[[], None]) -> ResponseReturnValue:
    try:
        act()
    except CodeRefused as refused:
        return _request_page(member, ident, _why(refused))
    return redirect(url_for(_LIST), 303)


@console.post("/codes/<ident>/show")
@staff_may(Task.REQUEST_CODES)
@where_codes_are_on
def show_code(member: Member, ident: str) -> ResponseReturnValue:
    """The page is the answer to the press itself and is kept nowhere: loaded again, it shows no code."""
    try:
        demand_asker_of_code(ident)
        code, letters, notices = issue.show(services().desk, member.row, ident)
    except CodeRefused as refused:
        return _request_page(member, ident, _why(refused))
    until = texts.time_of_day(language(), code.expires_at or now())
    address = f"{services().settings.service.public_url}{url_for('activation.enter')}"
    shown: dict[str, object] = {
        "known": member,
        "row": Row.of(code, member),
        "code": letters,
        "until": until,
        "address": address,
        "owner": text("code.shown_owner" if notices else "code.shown_no_owner"),
    }
    return page("console/code_shown.html", 200, **shown)


def _why(refused: CodeRefused) -> str:
    return text(f"code.error_{refused.problem}", **{"username": "", **refused.values})
