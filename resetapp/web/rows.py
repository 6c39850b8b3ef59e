"""What the pages list, computed here so that the templates need not."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import url_for

from resetapp import texts
from resetapp.choice import Exclusion, Offer, exclusions
from resetapp.core.accounts import AccountKey, AccountState
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import AttemptState, Outcome, PasswordRefused, Refusal
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
from resetapp.logs import HIDDEN
from resetapp.storage import attempts, visits
from resetapp.storage.tables import Attempt, Visit
from resetapp.submission import Answer
from resetapp.web.house import language, now, services, text, title_of_directory
from resetapp.web.problems import Message, explain

_WHOLE_MINUTE = timedelta(seconds=59)  # a time that is told in minutes must not come too early
_WAITS = {AttemptState.SENDING: "sending", AttemptState.UNKNOWN: "unknown", AttemptState.PRESUMED: "unknown"}
_SUGGESTIONS = 3
_ROOM_ENOUGH = 64  # a higher limit is in nobody's way: not worth a line on the page
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


def choices(offer: Offer, wanted: Collection[AccountKey]) -> list[Choice]:
    """The accounts that can be chosen; `value` is the place in the visit's list.

    None is chosen beforehand but what the person chose before going back: who came for one of them would change the
    others by one careless press, and a working password changed by mistake is the dearer error.
    """
    return [
        Choice(place, each.username, title(each.key, each), _notes(each), each.key in wanted)
        for place, each in offer.free.items()
    ]


def named(visit: Visit, wanted: Iterable[Attempt]) -> list[Named]:
    return [Named(each.username, title(each.key, visits.candidate(visit, each.key))) for each in wanted]


def for_password_managers(wanted: Iterable[Attempt]) -> str:
    """The username that a browser is to save the password under; "" when there are several, for it takes one alone.

    The first of them would be saved as if it were the only one, and even where it is the one that is refused. Without
    a name the browser asks, and the person knows (decision 15).
    """
    usernames = {each.username for each in wanted}
    return usernames.pop() if len(usernames) == 1 and not any(HIDDEN in each for each in usernames) else ""


def objections(visit: Visit, offer: Offer, numbers: Collection[int]) -> list[tuple[str, str]]:
    """(field, sentence): why these places in the list could not be chosen."""
    first = next((f"account-{place}" for place in offer.free), "main")
    told = excluding(exclusions(services().desk.rules, offer.chosen(numbers)))
    busy = [row.username for row in waiting(visit, offer, numbers)]
    told += [text("account.error_waiting", username=each) for each in busy]
    return [(first, each) for each in told or [text("account.error_none_chosen")]]


def excluding(found: Iterable[Exclusion]) -> list[str]:
    return [
        text(
            "account.excluding",
            longer=each.longer.username,
            minimum=each.minimum,
            shorter=each.shorter.username,
            maximum=each.maximum,
        )
        for each in found
    ]


def waiting(visit: Visit, offer: Offer, numbers: Collection[int] | None = None) -> list[Closed]:
    """The accounts that cannot be chosen yet, each with what is known of the change it waits for."""
    found = [(place, each) for place, each in enumerate(visits.candidates(visit)) if each.key in offer.waiting]
    return [_waiting(each, offer.waiting[each.key]) for place, each in found if numbers is None or place in numbers]


def _waiting(candidate: Candidate, attempt: Attempt) -> Closed:
    state = AttemptState.UNKNOWN if attempts.is_stale(attempt, now()) else attempt.state
    until = texts.time_of_day(language(), attempts.free_at(attempt, now()) + _WHOLE_MINUTE)
    status, why = text(f"account.status_{_WAITS[state]}"), text("account.why_waiting", time=until)
    return Closed(candidate.username, title(candidate.key, candidate), status, why, "warn")


def _notes(candidate: Candidate) -> list[str]:
    notes = [candidate.display_name] if candidate.display_name not in ("", candidate.username) else []
    if candidate.password_changed_at:
        notes.append(text("account.last_changed", date=_date(candidate.password_changed_at)))
    if candidate.changes_at and candidate.changes_at > now():
        notes.append(text("account.expires", date=_date(candidate.changes_at)))
    if candidate.state == AccountState.LOCKED:
        notes.append(text("account.locked_note"))
    return notes


def closed(found: list[Candidate], unattainable: Iterable[Candidate] = ()) -> list[Closed]:
    """The accounts that cannot be changed here, each with its reason (a protected one never says why)."""
    return [_closed(each) for each in found if not each.usable] + [_unattainable(each) for each in unattainable]


def _unattainable(candidate: Candidate) -> Closed:
    status, where = text("account.status_blocked"), title(candidate.key, candidate)
    return Closed(candidate.username, where, status, _no_length(candidate), "warn")


def _no_length(candidate: Candidate) -> str:
    rules = tightened(services().desk.rules, [candidate.policy])
    return text("account.no_length", username=candidate.username, minimum=rules.minimum, maximum=rules.maximum)


def no_way(visit: Visit) -> Message:
    """Instead of a page on which every password would be refused."""
    ours = services().desk.rules
    wanted = [each for each in visits.candidates(visit) if each.key in visit.wanted]
    alone = [_no_length(each) for each in wanted if tightened(ours, [each.policy]).excluding]
    told = [*alone, *([] if alone else excluding(exclusions(ours, wanted)))]
    way = [(text("already.go_on"), url_for("reset.account"))] if len(visit.candidates) > 1 else []
    if visit.changed:  # nothing else can be chosen in this visit
        way = [
            (text("password.to_receipt"), url_for("reset.done")),
            (text("session.log_on_again"), url_for("saml.login")),
        ]
    return Message(text("account.excluding_title"), told, way, "warn")


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


def demanded(visit: Visit) -> PasswordRules:
    """Our rules and those of the directories of all chosen accounts, as they told them last."""
    return demanded_of(visit, visit.wanted)


def demanded_of(visit: Visit, keys: Collection[AccountKey]) -> PasswordRules:
    chosen = (each for each in visits.candidates(visit) if each.key in keys)
    return tightened(services().desk.rules, (each.policy for each in chosen))


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
    rules, listed = demanded(visit), list[tuple[str, str]]()
    for reason in sorted(by_reason, key=list(Refusal).index):
        if reason in visits.OF_THE_ACCOUNT:
            listed += [("accounts", _dropped(visit, reason, each)) for each in by_reason[reason]]
        else:
            some = ", ".join(each.username for each in by_reason[reason]) if len(by_reason[reason]) < judged else ""
            told = sentence(reason, password, rules)
            listed.append(("password", f"{some}: {told}" if some else told))
    return listed


def _dropped(visit: Visit, reason: Refusal, attempt: Attempt) -> str:
    """What stands in the way of one account, and whether the page goes on without it."""
    directory = title_of_directory(attempt.directory)
    if attempt.key in visit.wanted:
        return text("error.no_answer", username=attempt.username, title=directory)
    return text(_DROPPED[reason], username=attempt.username, title=directory)


def sentence(reason: Refusal, password: Secret | None, rules: PasswordRules) -> str:
    """A refused character is named; the password never is. None: it is gone."""
    numbers = {
        Refusal.TOO_SHORT: rules.minimum,
        Refusal.TOO_LONG: rules.maximum,
        Refusal.TOO_FEW_KINDS: KINDS_DEMANDED,
    }
    if reason == Refusal.BAD_CHARACTER:
        return _characters(password or Secret(""))
    return text(texts.REFUSALS[reason], n=numbers.get(reason, 0))


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
