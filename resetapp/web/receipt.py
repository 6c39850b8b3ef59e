"""The receipt: what became of each account, as it is known now. A partial success is never called a success."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Response

from resetapp import texts
from resetapp.core.outcomes import AttemptState, Refusal
from resetapp.storage import attempts, outbox, visits
from resetapp.storage.outbox import Channel
from resetapp.storage.tables import Attempt, Visit
from resetapp.web import rows
from resetapp.web.house import language, now, organisation, page, services, text, title_of_directory

_SENDING_SECONDS, _UNKNOWN_SECONDS = 3, 15  # between two looks of the page by itself
_LOOKS_FOR = timedelta(minutes=5)  # then the person must press: a page nobody reads must not hold its login for long
_WHOLE_MINUTE = timedelta(seconds=59)  # a time that is told in minutes must not come too early
_NOTHING = frozenset({AttemptState.REFUSED, AttemptState.NOT_SET})
_PROMISES = {Channel.MAIL: "done.mail", Channel.SMS: "done.sms"}
_TAGS = {
    AttemptState.SENDING: ("done.state_sending", "info"),
    AttemptState.SET: ("done.state_set", "ok"),
    AttemptState.REFUSED: ("done.state_not_set", "bad"),
    AttemptState.UNKNOWN: ("done.state_unknown", "warn"),
    AttemptState.PRESUMED: ("done.state_presumed", "warn"),
    AttemptState.NOT_SET: ("done.state_not_set", "bad"),
    AttemptState.UNLOCKED: ("done.state_unlocked", "ok"),
}

Noticed = Mapping[str, frozenset[Channel]]  # by the attempt's id


class Line(NamedTuple):
    username: str
    title: str
    status: str
    tone: str
    sentences: list[str]


def show(visit: Visit, *, over: bool = False) -> Response:
    """`over`: the login has ended meanwhile, so this page cannot be loaded again and offers nothing that needs it."""
    told = visits.lines(visit)
    noticed = _noticed(told)
    states = [_state(each) for each in told]
    shown: dict[str, Any] = {
        "lines": [_line(visit, each, noticed) for each in told],
        "told": "-".join(states),
        "every": 0 if over else _every(told, states),
        "reference": visit.login.reference,
    }
    if AttemptState.SENDING in states:
        return page("reset/wait.html", **shown)
    again = _again(visit, told) if not over else []
    if any(each.open for each in told):
        return page("reset/unknown.html", again=again, **shown)
    (title, body), tone = _heading(set(states), len(told))
    first = told[0].username if told else ""
    return page(
        "reset/done.html",
        title=text(title),
        body=text(body, org=organisation(), username=first),
        tone=tone,
        notices=[_promise(each, noticed) for each in told if each.id in noticed],
        plain=states == [AttemptState.SET] and not told[0].must_change,
        gained=bool(set(states) - _NOTHING - {AttemptState.UNLOCKED}),
        when=max((each.settled_at for each in told if each.settled_at), default=now()),
        delay_minutes=services().settings.institution.replication_minutes,
        again=again,
        others=sum(each.usable for each in visits.candidates(visit)) > len(told),
        **shown,
    )


def _noticed(told: list[Attempt]) -> Noticed:
    """How the owners of these are told, by what is in the outbox or sent: nothing is promised before that."""
    on = services().desk.told_by & _PROMISES.keys()
    if not on:
        return {}
    with services().database.reading() as db:
        found = outbox.told_about(db, [each.id for each in told])
    return {key: ways & on for key, ways in found.items() if ways & on}


def _promise(attempt: Attempt, noticed: Noticed) -> str:
    ways = noticed[attempt.id]
    key = "done.mail_and_sms" if len(ways) > 1 else _PROMISES[next(iter(ways))]
    return text(key, username=attempt.username)


def _state(attempt: Attempt) -> AttemptState:
    return AttemptState.UNKNOWN if attempts.is_stale(attempt, now()) else attempt.state


def _every(told: list[Attempt], states: list[AttemptState]) -> int:
    """Seconds until the page looks again by itself; 0 when it does not."""
    if AttemptState.SENDING in states:
        return _SENDING_SECONDS
    still = [each for each in told if each.open and now() < (each.sent_at or now()) + _LOOKS_FOR]
    return _UNKNOWN_SECONDS if still else 0


def _again(visit: Visit, told: list[Attempt]) -> list[str]:
    """The usernames for which another password may be tried."""
    if attempts.refusals_of(visit) >= services().desk.limits.refusals_per_visit:
        return []
    keys = visits.to_try_again(visit)
    return [each.username for each in told if each.key in keys]


def _heading(states: set[AttemptState], accounts: int) -> tuple[tuple[str, str], str]:
    """The texts that the page begins with, and its sign."""
    if states == {AttemptState.SET}:
        return ("done.title", "done.body" if accounts == 1 else "done.body_many"), "ok"
    if states == {AttemptState.UNLOCKED}:
        return ("done.unlocked.title", "done.unlocked.body"), "ok"
    if states <= _NOTHING:
        return ("done.none.title", "done.none.body"), "warn"
    if states & _NOTHING:
        return ("done.partly.title", "done.partly.body"), "warn"
    if AttemptState.SET in states:
        return ("done.untried.title", "done.partly.body"), "warn"
    if AttemptState.UNKNOWN in states:
        return ("outage.unknown_result.title", "outage.unknown_result.old"), "warn"
    return ("done.presumed.title", "done.presumed.body"), "warn"


def _line(visit: Visit, attempt: Attempt, noticed: Noticed) -> Line:
    status, tone = _TAGS[_state(attempt)]
    where = rows.title(attempt.key, visits.candidate(visit, attempt.key))
    sentences = _sentences(visit, attempt)
    if attempt.id in noticed:
        sentences.append(_promise(attempt, noticed))
    return Line(attempt.username, where, text(status), tone, sentences)


def _sentences(visit: Visit, attempt: Attempt) -> list[str]:
    when = texts.date_time(language(), attempt.settled_at or now())
    match _state(attempt):
        case AttemptState.SENDING:
            return []
        case AttemptState.SET:
            duty = [text("done.line_must_change")] if attempt.must_change else []
            return [text("done.line_set", time=when), *duty]
        case AttemptState.UNLOCKED:
            return [text("done.line_unlocked", time=when)]
        case AttemptState.PRESUMED:
            return [text("done.line_presumed", time=when)]
        case AttemptState.UNKNOWN if attempt.open:
            until = texts.time_of_day(language(), attempts.free_at(attempt, now()) + _WHOLE_MINUTE)
            return [text("done.line_unknown"), text("done.line_fence", time=until)]
        case AttemptState.UNKNOWN:
            return [text("done.line_never_known")]
        case _ if not attempt.reasons:
            return [text("done.line_not_set")]
    return [_why(Refusal(each), visit, attempt, when) for each in attempt.reasons]


def _why(reason: Refusal, visit: Visit, attempt: Attempt, when: str) -> str:
    match reason:
        case Refusal.NO_ANSWER:
            return text("done.no_answer", title=title_of_directory(attempt.directory))
        case Refusal.OVERTAKEN:
            return text("done.overtaken", time=when)
        case Refusal.ACCOUNT_PROTECTED | Refusal.ACCOUNT_CHANGED:
            return text(f"{texts.REFUSALS[reason]}.body")
    rules = rows.demanded_of(visit, [attempt.key])
    return f"{rows.sentence(reason, None, rules)}."  # which stands without its full stop at a field
