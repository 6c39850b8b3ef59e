"""What the pages list, computed here so that the templates need not."""

from datetime import datetime
from typing import Any, NamedTuple

from resetapp import texts
from resetapp.core.accounts import AccountState
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import Outcome, PasswordRefused, Refusal
from resetapp.core.passwords import bad_characters, name_parts
from resetapp.core.secret import Secret
from resetapp.storage import visits
from resetapp.storage.tables import Attempt, Visit
from resetapp.web.house import language, now, services, text, title_of_directory
from resetapp.web.problems import Message, explain


class Choice(NamedTuple):
    value: int
    username: str
    title: str
    notes: list[str]


class Closed(NamedTuple):
    username: str
    title: str
    status: str
    why: str
    tone: str


def choices(found: list[Candidate]) -> list[Choice]:
    """The accounts that can be chosen; `value` is the place in the visit's list."""
    return [Choice(place, each.username, _title(each), _notes(each)) for place, each in enumerate(found) if each.usable]


def first_field(found: list[Candidate]) -> str:
    """The id of the first radio button, for the error summary's link."""
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
    return Closed(candidate.username, _title(candidate), text(f"account.status_{stem}"), sentence, tone)


def _title(candidate: Candidate) -> str:
    """Where the account belongs, and what kind it is: usernames alone say little to who has forgotten things."""
    return " · ".join(filter(None, (candidate.kind, title_of_directory(candidate.key.directory))))


def _date(moment: datetime) -> str:
    return texts.date(language(), moment)


def policy(visit: Visit, attempt: Attempt) -> dict[str, Any]:
    """What the page's script may tick off while typing; the server decides."""
    rules = services().desk.rules
    candidate = visits.candidate(visit, attempt.key)
    names = name_parts((attempt.username, candidate.display_name if candidate else ""))
    return {"min": rules.minimum, "max": rules.maximum, "ascii": rules.ascii_only, "names": names}


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


def refusals(reasons: tuple[Refusal, ...], password: Secret) -> list[str]:
    """Every reason as its sentence. A refused character is named; the password never is."""
    ours = services().desk.rules
    lengths = {Refusal.TOO_SHORT: ours.minimum, Refusal.TOO_LONG: ours.maximum}
    sentences = []
    for reason in reasons:
        if reason == Refusal.BAD_CHARACTER:
            sentences.append(_characters(password))
        elif reason not in (Refusal.ACCOUNT_PROTECTED, Refusal.ACCOUNT_CHANGED):
            sentences.append(text(texts.REFUSALS[reason], n=lengths.get(reason, 0)))
    return sentences


def _characters(password: Secret) -> str:
    seen = [c for c in bad_characters(password.reveal(), services().desk.rules.ascii_only) if c.isprintable()]
    return text("error.pw_charset", char=" ".join(seen[:5])) if seen else text("error.pw_charset_unseen")


def stopped(visit: Visit, refused: PasswordRefused | None) -> Message | None:
    """The page of a visit that cannot go on, where the accounts found tell more than the outcome alone."""
    if refused is not None and visit.outcome == Outcome.NO_USABLE_ACCOUNT:
        protected = Refusal.ACCOUNT_PROTECTED in refused.reasons
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
