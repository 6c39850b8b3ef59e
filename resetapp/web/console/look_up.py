"""Support's page: what happened to the person on the phone, and what to tell them."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from resetapp import look_up as support
from resetapp import texts
from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Task
from resetapp.look_up import CprNotAlone, CprSearchOff, LookUp, SeenVisit
from resetapp.mapping.overview import standings
from resetapp.unlock_for import Told as Unlocked
from resetapp.unlock_for import unlock_for
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.words import Line, in_words, lines
from resetapp.web.forms import Search, UnlockFor
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
_NEEDS_NEW_CODE = (Outcome.LEFT, Outcome.EXPIRED, Outcome.LOGGED_OUT_ELSEWHERE, Outcome.TOO_OFTEN)  # it is used up
_REFUSED = ("support.result_refused", "bad")


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
    except CprNotAlone:
        return _page(member, "support.error_cpr_alone", 422)
    return _page(member, answer=answer)


@console.post("/look-up/end")
@staff_may(Task.END_LOGINS)
def end_logins(member: Member) -> ResponseReturnValue:
    """Everything the person of this visit has open here ends, on every device."""
    reference = support.read_reference(Search().text)
    if not reference:
        return _page(member, "support.error_empty", 422)
    support.end_logins(services().desk, member.row, reference)
    return redirect(url_for("console.look_up"), 303)


@console.post("/look-up/unlock")
@staff_may(Task.UNLOCK)
def unlock(member: Member) -> ResponseReturnValue:
    """The answer is shown at once: whoever reloads the page is told that the account is not locked any more."""
    asked = UnlockFor()
    told = unlock_for(services().desk, services().settings.staff, member.row, asked.username, asked.key)
    return _page(member, unlocked=told)


def _page(
    member: Member,
    error: str = "",
    status: int = 200,
    answer: LookUp | None = None,
    unlocked: Unlocked | None = None,
) -> ResponseReturnValue:
    errors = [("text", text(error))] if error else []
    cards = [_card(each) for each in answer.visits] if answer else []
    silent = [title_of_directory(each) for each in answer.not_asked] if answer else []
    accounts = answer.accounts if answer else ()
    shown: dict[str, object] = {"answer": answer, "cards": cards, "silent": silent, "accounts": accounts}
    shown |= {"asked": search_words()}
    shown |= {"title_of": title_of_directory, "states": {each: text(f"export.is_{each}") for each in AccountState}}
    shown |= {"listed": _listed([each.key for each in accounts])}
    shown |= {"known": member, "may_end": member.may(Task.END_LOGINS), "may_unlock": member.may(Task.UNLOCK)}
    told = answer.unlockings if answer else ()
    shown |= {"unlockings": [(texts.date_time(language(), each.at), in_words(each)) for each in told]}
    shown |= {"unlocked": _in_words(unlocked) if unlocked else None}
    return page("console/look_up.html", status, errors=errors, **shown)


def search_words() -> tuple[str, str]:
    """Label and hint of the field."""
    if services().settings.staff.search_by_cpr:
        return text("support.search_label_cpr"), text("support.search_hint_cpr")
    return text("support.search_label"), text("support.search_hint")


def _in_words(told: Unlocked) -> tuple[str, str]:
    """Tone and sentence."""
    if told.no:
        return "bad", text(f"support.unlock_no_{told.no}", username=told.username)
    where = title_of_directory(told.directory)
    tone = "ok" if told.state == "unlocked" else "warn"
    words = text(f"support.unlock_is_{told.state}", username=told.username, directory=where)
    return tone, f"{words} {text('support.unlock_told')}" if told.notices else words


def _listed(keys: list[AccountKey]) -> dict[AccountKey, str]:
    """What the list of mappings says of these accounts, in words; never whose number it has."""
    kept = services().desk.register
    if kept is None or not keys:
        return {}
    found = standings(services().desk, kept, keys)
    times = {key: texts.date_time(language(), since) if since else "" for key, (_, since) in found.items()}
    return {key: text(f"support.mapping_{word}", time=times[key]) for key, (word, _) in found.items()}


def _card(visit: SeenVisit) -> Card:
    result, look = _RESULTS.get(visit.outcome, _REFUSED)
    return Card(
        reference=visit.reference,
        begun=texts.date_time(language(), visit.begun_at),
        result=text(result),
        look=look,
        usernames=", ".join(visit.usernames),
        lines=tuple(line for each in visit.events for line in lines(each)),
        advice=text(_advice(visit)),
        going_on=visit.going_on,
    )


def _advice(visit: SeenVisit) -> str:
    if visit.by_code and visit.outcome in _NEEDS_NEW_CODE:
        return "advice.code_again"
    special = f"advice.{visit.outcome}"
    return special if texts.has(special) else "advice.try_again"
