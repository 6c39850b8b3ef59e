"""What happened, in the words of the one who reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resetapp import texts
from resetapp.core.code_events import CodeUsed
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
    SmsGivenUp,
    SmsSent,
    UnlockAnswered,
    UnlockSending,
)
from resetapp.core.limit_events import StaffSearchRefused
from resetapp.core.unlock_events import StaffUnlockAnswered
from resetapp.look_up import Told
from resetapp.web.house import language, text, title_of_directory


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words. `tone`: "", "ok", "bad"."""

    at: str
    words: str
    tone: str = ""


def lines(event: Told) -> Iterator[Line]:
    facts, at = event.facts, texts.time_of_day(language(), event.at)
    where = title_of_directory(str(facts.get("directory", "")))
    match event.name:
        case LoginCompleted.name:
            level = text(f"level.{_LEVELS.get(facts['assurance'], 'low')}")
            yield Line(at, text("support.event_login", level=level))
            yield Line(at, text("support.event_found", num=facts["accounts"]))
            for name in facts["not_asked"]:
                yield Line(at, text("support.event_silent", directory=title_of_directory(name)), "bad")
        case CodeUsed.name:
            yield Line(at, text("support.event_code_used", username=facts["account"]))
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
        case SmsSent.name:
            yield Line(at, text("support.event_sms_sent", address=facts["address"]))
        case SmsGivenUp.name:
            yield Line(at, text("support.event_sms_given_up", address=facts["address"]), "bad")
        case MailGivenUp.name:
            yield Line(at, text("support.event_mail_given_up", address=facts["address"]), "bad")
        case LoginEnded.name:
            yield Line(at, text(f"support.event_ended_{facts['by']}"))


def in_words(event: Told) -> Line:
    """One line for any event. Of a row that somebody has edited it only says that it makes no sense."""
    try:
        found = list(lines(event)) or [Line("", _of_staff(event.name, event.facts))]
    except (KeyError, TypeError, ValueError):
        return Line("", text("trail.unreadable"), "bad")
    tones = {each.tone for each in found}
    return Line(
        "", " · ".join(each.words for each in found), next((each for each in ("bad", "ok") if each in tones), "")
    )


def _of_staff(name: str, facts: Mapping[str, Any]) -> str:
    """What was done by staff or by a command. A name without a text of its own is shown as it is."""
    key = f"trail.event_{name.replace('.', '_')}" + ("_cpr" if facts.get("by") == "cpr" else "")
    if not texts.has(key):
        return name
    told = dict(facts)
    if "roles" in told:
        told["roles"] = ", ".join(text(f"staff.role_{each}") for each in told["roles"])
    if "directory" in told:
        told["directory"] = title_of_directory(told["directory"])
    if "limit" in told:
        told["limit"] = text(f"trail.limit_{told['limit']}")
    if name == StaffSearchRefused.name:
        told["why"] = text(f"trail.refused_{told['why']}")
    if name == StaffUnlockAnswered.name:
        told["state"] = text(f"trail.unlock_{told['state']}")
    if "role" in told:
        told["role"] = text(f"staff.role_{told['role']}")
    if "task" in told:
        told["task"] = text(f"task.{told['task']}")
    return text(key, **told)


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
