"""Support's page: what happened to the person on the phone, and what to tell them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from resetapp import look_up as support
from resetapp import texts
from resetapp.core.accounts import AccountState
from resetapp.core.events import (
    AccountsChosen,
    LoginCompleted,
    LoginEnded,
    LoginRefused,
    MailGivenUp,
    MailSent,
    PasswordAnswered,
    PasswordRefused,
    PasswordSending,
    PasswordSettled,
    UnlockAnswered,
    UnlockSending,
)
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Task
from resetapp.look_up import CprSearchOff, LookUp, SeenVisit, Told
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.forms import Search
from resetapp.web.house import language, page, services, text, title_of_directory

_RESULTS: Mapping[Outcome, tuple[str, str]] = {  # text key, look
    Outcome.DONE: ("support.result_ok", "ok"),
    Outcome.PARTLY: ("support.result_partly", "warn"),
    Outcome.UNKNOWN: ("support.result_unknown", "warn"),
    Outcome.LEFT: ("support.result_cancelled", "info"),
    Outcome.CANCELLED: ("support.result_cancelled", "info"),
    Outcome.LOGGED_OUT_ELSEWHERE: ("support.result_cancelled", "info"),
    Outcome.EXPIRED: ("support.result_timeout", "info"),
    Outcome.NO_ACCOUNT: ("support.result_no_account", "warn"),
    Outcome.NO_USABLE_ACCOUNT: ("support.result_blocked", "warn"),
    Outcome.ASSURANCE_TOO_LOW: ("support.result_loa", "warn"),
    Outcome.ASSURANCE_UNKNOWN: ("support.result_loa", "warn"),
    Outcome.DIRECTORY_DOWN: ("support.result_directory", "bad"),
    Outcome.TOO_OFTEN: ("support.result_limited", "warn"),
    Outcome.OPEN: ("support.result_going_on", "info"),
}
_REFUSED = ("support.result_refused", "bad")


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words. `tone`: "", "ok", "bad"."""

    at: str
    words: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A visit on the page. `advice`: what to tell the caller."""

    reference: str
    begun: str
    result: str
    look: str
    usernames: str
    lines: tuple[Line, ...]
    advice: str
    going_on: bool


@console.get("/look-up")
@staff_may(Task.LOOK_UP)
def look_up(member: Member) -> ResponseReturnValue:
    return _page(member)


@console.post("/look-up")
@staff_may(Task.LOOK_UP)
def found(member: Member) -> ResponseReturnValue:
    """By POST: what is typed is about a person, and addresses end up in histories and logs."""
    typed = Search().text
    if not typed:
        return _page(member, "support.error_empty", 422)
    try:
        answer = support.look_up(services().desk, services().settings.staff, member.row, typed)
    except CprSearchOff:
        return _page(member, "support.error_cpr", 422)
    return _page(member, answer=answer)


@console.post("/look-up/end")
@staff_may(Task.END_LOGINS)
def end_logins(member: Member) -> ResponseReturnValue:
    """Everything the person of this visit has open here ends, on every device."""
    support.end_logins(services().desk, member.row, Search().text)
    return redirect(url_for("console.look_up"), 303)


def _page(member: Member, error: str = "", status: int = 200, answer: LookUp | None = None) -> ResponseReturnValue:
    errors = [("text", text(error))] if error else []
    cards = [_card(each) for each in answer.visits] if answer else []
    silent = [title_of_directory(each) for each in answer.not_asked] if answer else []
    accounts = answer.accounts if answer else ()
    shown: dict[str, object] = {"answer": answer, "cards": cards, "silent": silent, "accounts": accounts}
    by_cpr = services().settings.staff.search_by_cpr
    shown |= {"label": text("support.search_label_cpr" if by_cpr else "support.search_label")}
    shown |= {"hint": text("support.search_hint_cpr" if by_cpr else "support.search_hint")}
    shown |= {"title_of": title_of_directory, "states": {each: text(f"export.is_{each}") for each in AccountState}}
    shown |= {"known": member, "may_end": member.may(Task.END_LOGINS)}
    return page("console/look_up.html", status, errors=errors, **shown)


def _card(visit: SeenVisit) -> Card:
    result, look = _RESULTS.get(visit.outcome, _REFUSED)
    return Card(
        reference=visit.reference,
        begun=texts.date_time(language(), visit.begun_at),
        result=text(result),
        look=look,
        usernames=", ".join(visit.usernames),
        lines=tuple(line for each in visit.events for line in _lines(each)),
        advice=text(_advice(visit)),
        going_on=visit.going_on,
    )


def _advice(visit: SeenVisit) -> str:
    special = f"advice.{visit.outcome}"
    return special if texts.has(special) else "advice.try_again"


def _lines(event: Told) -> Iterator[Line]:
    facts, at = event.facts, texts.time_of_day(language(), event.at)
    where = title_of_directory(str(facts.get("directory", "")))
    match event.name:
        case LoginCompleted.name:
            level = text(f"level.{_LEVELS.get(facts['assurance'], 'low')}")
            yield Line(at, text("support.event_login", level=level))
            yield Line(at, text("support.event_found", num=facts["accounts"]))
            for name in facts["not_asked"]:
                yield Line(at, text("support.event_silent", directory=title_of_directory(name)), "bad")
        case LoginRefused.name:
            yield Line(at, text("support.event_refused", reason=facts["reason"]), "bad")
        case AccountsChosen.name:
            yield Line(at, text("support.event_chose", num=len(facts["accounts"])))
        case PasswordRefused.name:
            yield Line(at, text("support.event_rejected", reason=_reasons(facts["reasons"])), "bad")
        case PasswordSending.name | UnlockSending.name:
            yield Line(at, text("support.event_sent", username=facts["username"], directory=where))
        case PasswordAnswered.name | PasswordSettled.name | UnlockAnswered.name:
            yield _answered(at, facts, where)
        case MailSent.name:
            yield Line(at, text("support.event_mail_sent", address=facts["address"]))
        case MailGivenUp.name:
            yield Line(at, text("support.event_mail_given_up", address=facts["address"]), "bad")
        case LoginEnded.name:
            yield Line(at, text(f"support.event_ended_{facts['by']}"))


_LEVELS = {1: "low", 2: "substantial", 3: "high"}


def _answered(at: str, facts: Mapping[str, object], where: str) -> Line:
    state, reasons = str(facts["state"]), facts["reasons"]
    tone = "ok" if state in ("set", "presumed", "unlocked") else "bad"
    known = {"username": str(facts["username"]), "directory": where}
    if state == "refused":
        return Line(at, text("support.event_no", reason=_reasons(reasons), **known), "bad")
    return Line(at, text(f"support.event_{state}", **known), tone)


def _reasons(reasons: object) -> str:
    """The directory's or our own, as the person was told them."""
    return "; ".join(_in_words(str(each)) for each in reasons) if isinstance(reasons, list) and reasons else "–"


def _in_words(reason: str) -> str:
    key = f"reason.{reason}"
    return text(key) if texts.has(key) else reason
