"""What the pages list, computed here so that the templates need not."""

from datetime import datetime
from typing import Any, NamedTuple

from resetapp import texts
from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import Outcome, PasswordRefused, Refusal
from resetapp.core.passwords import (
    KINDS_DEMANDED,
    PasswordRules,
    PersonWords,
    bad_characters,
    name_parts,
    passphrases,
    tightened,
)
from resetapp.core.secret import Secret
from resetapp.storage import visits
from resetapp.storage.tables import Visit
from resetapp.web.house import language, now, services, text, title_of_directory
from resetapp.web.problems import Message, explain

_SUGGESTIONS = 3
_ROOM_ENOUGH = 64  # a higher limit is in nobody's way: not worth a line on the page


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


def demanded(visit: Visit, *keys: AccountKey | None) -> PasswordRules:
    """Our rules and those of the directories that are to take the password, as they told them at the match."""
    return tightened(services().desk.rules, (each.policy for each in visits.candidates(visit) if each.key in keys))


def policy(visit: Visit, rules: PasswordRules) -> dict[str, Any]:
    """What the page's script may tick off while typing; the server decides."""
    return {
        "min": rules.minimum,
        "max": rules.maximum,
        "ascii": rules.ascii_only,
        "kinds": KINDS_DEMANDED if rules.complexity else 0,
        "names": name_parts(PersonWords.of(visits.candidates(visit)).names),
    }


def rules(ours: PasswordRules) -> list[tuple[str | None, str]]:
    """The rules as the page lists them: (name the script ticks off or None, text)."""
    listed: list[tuple[str | None, str]] = [("min", text("password.rule_min", n=ours.minimum))]
    if ours.maximum < _ROOM_ENOUGH:
        listed.append(("max", text("password.rule_max", n=ours.maximum)))
    if ours.complexity:
        listed.append(("kinds", text("password.rule_classes", n=KINDS_DEMANDED)))
    if ours.ascii_only:
        listed.append(("ascii", text("password.rule_ascii")))
    listed.append(("name", text("password.rule_name")))
    later = ["password.rule_cpr", "password.rule_common", "password.rule_word", "password.rule_org"]
    later += ["password.rule_breached"] if ours.breached else []
    return [*listed, *((None, text(key)) for key in (*later, "password.rule_history"))]


def suggestions(visit: Visit, rules: PasswordRules) -> tuple[str, ...]:
    """Passphrases that keep the rules. Secrets: for this one page alone."""
    return passphrases.suggest(rules, PersonWords.of(visits.candidates(visit)), _SUGGESTIONS)


def refusals(reasons: tuple[Refusal, ...], password: Secret, rules: PasswordRules) -> list[str]:
    """Every reason as its sentence. A refused character is named; the password never is."""
    numbers = {
        Refusal.TOO_SHORT: rules.minimum,
        Refusal.TOO_LONG: rules.maximum,
        Refusal.TOO_FEW_KINDS: KINDS_DEMANDED,
    }
    sentences = []
    for reason in reasons:
        if reason == Refusal.BAD_CHARACTER:
            sentences.append(_characters(password))
        elif reason not in (Refusal.ACCOUNT_PROTECTED, Refusal.ACCOUNT_CHANGED):
            told = Refusal.BY_POLICY if _untrue(reason, password, rules) else reason
            sentences.append(text(texts.REFUSALS[told], n=numbers.get(reason, 0)))
    return list(dict.fromkeys(sentences))


def _untrue(reason: Refusal, password: Secret, rules: PasswordRules) -> bool:
    """The directory found it too short or too long by a limit that it had not told: our number would be a lie."""
    length = len(password.reveal())
    return (reason == Refusal.TOO_SHORT and length >= rules.minimum) or (
        reason == Refusal.TOO_LONG and length <= rules.maximum
    )


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
