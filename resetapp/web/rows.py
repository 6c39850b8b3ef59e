"""What the pages list, computed here so that the templates need not."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from resetapp import texts
from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import Outcome, PasswordRefused, Refusal
from resetapp.core.passwords import bad_characters, name_parts
from resetapp.core.secret import Secret
from resetapp.storage import visits
from resetapp.storage.tables import Attempt, Visit
from resetapp.submission import Answer
from resetapp.web.house import language, now, services, text, title_of_directory
from resetapp.web.problems import Message, explain

_DROPPED = {
    Refusal.ACCOUNT_PROTECTED: "account.dropped_protected",
    Refusal.ACCOUNT_CHANGED: "account.dropped_changed",
    Refusal.NO_ANSWER: "account.dropped_no_answer",
}


class Choice(NamedTuple):
    value: int
    username: str
    title: str
    notes: list[str]
    chosen: bool = False


class Closed(NamedTuple):
    username: str
    title: str
    status: str
    why: str
    tone: str


class Named(NamedTuple):
    """An account as the page of its new password, or the receipt, names it."""

    username: str
    title: str


def choices(found: list[Candidate], wanted: Collection[AccountKey]) -> list[Choice]:
    """The accounts that can be chosen; `value` is the place in the visit's list.

    None is chosen beforehand but what the person chose before going back: who came for one of them would change the
    others by one careless press, and a working password changed by mistake is the dearer error.
    """
    return [
        Choice(place, each.username, title(each.key, each), _notes(each), each.key in wanted)
        for place, each in enumerate(found)
        if each.usable
    ]


def named(visit: Visit, attempts: Iterable[Attempt]) -> list[Named]:
    return [Named(each.username, title(each.key, visits.candidate(visit, each.key))) for each in attempts]


def first_field(found: list[Candidate]) -> str:
    """The id of the first checkbox, for the error summary's link."""
    return next((f"account-{place}" for place, each in enumerate(found) if each.usable), "main")


def _notes(candidate: Candidate) -> list[str]:
    notes = [candidate.display_name] if candidate.display_name not in ("", candidate.username) else []
    if candidate.password_changed_at:
        notes.append(text("account.last_changed", date=_date(candidate.password_changed_at)))
    if candidate.changes_at and candidate.changes_at > now():
        notes.append(text("account.expires", date=_date(candidate.changes_at)))
    if candidate.state == AccountState.LOCKED:
        notes.append(text("account.locked_note"))
    return notes


def closed(found: list[Candidate]) -> list[Closed]:
    """The accounts that cannot be changed here, each with its reason (a protected one never says why)."""
    return [_closed(each) for each in found if not each.usable]


def _closed(candidate: Candidate) -> Closed:
    stem = texts.CLOSED[candidate.state]
    why = f"account.why_{stem}"
    dated = candidate.state in (AccountState.EXPIRED, AccountState.NOT_YET)
    if dated and candidate.changes_at:
        sentence = text(why, date=_date(candidate.changes_at))
    else:
        sentence = text(f"{why}_undated" if dated else why)
    tone = "bad" if candidate.state in (AccountState.DISABLED, AccountState.EXPIRED) else "warn"
    return Closed(candidate.username, title(candidate.key, candidate), text(f"account.status_{stem}"), sentence, tone)


def title(key: AccountKey, candidate: Candidate | None) -> str:
    """Where the account belongs, and what kind it is: usernames alone say little to who has forgotten things."""
    return " · ".join(filter(None, (candidate.kind if candidate else "", title_of_directory(key.directory))))


def _date(moment: datetime) -> str:
    return texts.date(language(), moment)


def policy(visit: Visit, attempts: list[Attempt]) -> dict[str, Any]:
    """What the page's script may tick off while typing; the server decides."""
    rules = services().desk.rules
    candidates = [visits.candidate(visit, each.key) for each in attempts]
    names = name_parts(each.username for each in attempts)
    names += name_parts(each.display_name for each in candidates if each)
    return {"min": rules.minimum, "max": rules.maximum, "ascii": rules.ascii_only, "names": sorted(set(names))}


def rules() -> list[tuple[str | None, str]]:
    """The rules as the page lists them: (name the script ticks off or None, text)."""
    ours = services().desk.rules
    listed: list[tuple[str | None, str]] = [("min", text("password.rule_min", n=ours.minimum))]
    if ours.ascii_only:
        listed.append(("ascii", text("password.rule_ascii")))
    listed.append(("name", text("password.rule_name")))
    listed.append((None, text("password.rule_cpr")))
    listed.append((None, text("password.rule_common")))
    listed.append((None, text("password.rule_org")))
    listed.append((None, text("password.rule_history")))
    return listed


def reasons(answers: Iterable[Answer]) -> set[Refusal]:
    """Why there was nothing but refusals."""
    refused = (answer.outcome for answer in answers)
    return {reason for each in refused if isinstance(each, PasswordRefused) for reason in each.reasons}


def errors(visit: Visit, answers: list[Answer], password: Secret) -> list[tuple[str, str]]:
    """(field, sentence) for every reason; with the usernames where it holds for some of several accounts alone."""
    by_reason: dict[Refusal, list[Attempt]] = {}
    for answer in answers:
        for reason in reasons([answer]):
            by_reason.setdefault(reason, []).append(answer.attempt)
    judged = len(answers) - sum(bool(reasons([answer]) & visits.OF_THE_ACCOUNT) for answer in answers)
    listed: list[tuple[str, str]] = []
    for reason in sorted(by_reason, key=list(Refusal).index):
        if reason in visits.OF_THE_ACCOUNT:
            listed += [("accounts", _dropped(visit, reason, each)) for each in by_reason[reason]]
        else:
            some = ", ".join(each.username for each in by_reason[reason]) if len(by_reason[reason]) < judged else ""
            listed.append(("password", f"{some}: {sentence(reason, password)}" if some else sentence(reason, password)))
    return listed


def _dropped(visit: Visit, reason: Refusal, attempt: Attempt) -> str:
    """What stands in the way of one account, and whether the page goes on without it."""
    directory = title_of_directory(attempt.directory)
    if attempt.key in visit.wanted:
        return text("error.no_answer", username=attempt.username, title=directory)
    return text(_DROPPED[reason], username=attempt.username, title=directory)


def sentence(reason: Refusal, password: Secret) -> str:
    """A refused character is named; the password never is."""
    ours = services().desk.rules
    lengths = {Refusal.TOO_SHORT: ours.minimum, Refusal.TOO_LONG: ours.maximum}
    if reason == Refusal.BAD_CHARACTER:
        return _characters(password)
    return text(texts.REFUSALS[reason], n=lengths.get(reason, 0))


def _characters(password: Secret) -> str:
    seen = [c for c in bad_characters(password.reveal(), services().desk.rules.ascii_only) if c.isprintable()]
    return text("error.pw_charset", char=" ".join(seen[:5])) if seen else text("error.pw_charset_unseen")


def stopped(visit: Visit, reasons: set[Refusal]) -> Message | None:
    """The page of a visit that cannot go on, where the accounts found tell more than the outcome alone."""
    if reasons & visits.HOPELESS and visit.outcome == Outcome.NO_USABLE_ACCOUNT:
        protected = Refusal.ACCOUNT_PROTECTED in reasons
        stem = texts.REFUSALS[Refusal.ACCOUNT_PROTECTED if protected else Refusal.ACCOUNT_CHANGED]
        return Message(text(f"{stem}.title"), [text(f"{stem}.body")], [], "warn")
    found = visits.candidates(visit)
    if visit.outcome != Outcome.NO_USABLE_ACCOUNT or not found or any(each.usable for each in found):
        return None
    if {each.state for each in found} == {AccountState.PROTECTED}:
        stem = texts.REFUSALS[Refusal.ACCOUNT_PROTECTED]
        return Message(text(f"{stem}.title"), [text(f"{stem}.body")], [], "warn")
    general = explain(visit.outcome)
    named = [f"{row.username}: {row.why}" for row in closed(found)]
    return general._replace(paragraphs=[*general.paragraphs, *named])
