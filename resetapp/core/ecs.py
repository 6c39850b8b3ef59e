"""How each event is classed in the Elastic Common Schema 8.11, so that another program can ask for failures without
knowing our names (security.md L-01): https://www.elastic.co/guide/en/ecs/8.11/ecs-allowed-values-event-category.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from resetapp.core.outcomes import AttemptState, Outcome

_DONE: Final = (AttemptState.SET, AttemptState.PRESUMED, AttemptState.UNLOCKED, Outcome.DONE, Outcome.OPEN)
_LEFT_OPEN: Final = (AttemptState.UNKNOWN, AttemptState.SENDING, Outcome.PARTLY)  # neither the one nor the other


@dataclass(frozen=True, slots=True)
class EcsClass:
    """`outcome`: "success", "failure" or "unknown"; or "=" and the fact that says it."""

    category: str
    types: tuple[str, ...]
    outcome: str = "success"


def _user(*types: str, outcome: str = "success") -> EcsClass:
    return EcsClass("iam", ("user", *types), outcome)


_LOGIN = EcsClass("authentication", ("start",))
_REFUSED_LOGIN = EcsClass("authentication", ("start",), "failure")
_READ = EcsClass("database", ("access",))
_MESSAGE, _LOST_MESSAGE = EcsClass("email", ("info",)), EcsClass("email", ("info",), "failure")
_SETTING = EcsClass("configuration", ("change",))

ECS: Final[Mapping[str, EcsClass]] = MappingProxyType(
    {
        "limit.reached": EcsClass("authentication", ("info",), "failure"),
        "stop.begun": _SETTING,
        "stop.ended": _SETTING,
        "logins.ended": EcsClass("session", ("end",)),
        "login.completed": EcsClass("authentication", ("start",), "=outcome"),
        "login.refused": _REFUSED_LOGIN,
        "login.ended": EcsClass("authentication", ("end",)),
        "accounts.chosen": EcsClass("authentication", ("info",)),
        "password.refused": _user("change", outcome="failure"),
        "password.sending": _user("change", outcome="unknown"),
        "password.answered": _user("change", outcome="=state"),
        "password.settled": _user("change", outcome="=state"),
        "unlock.sending": _user("change", outcome="unknown"),
        "unlock.answered": _user("change", outcome="=state"),
        "staff.logged_in": _LOGIN,
        "staff.denied": EcsClass("web", ("access", "error"), "failure"),
        "staff.looked_up": _READ,
        "staff.search_refused": EcsClass("database", ("access",), "failure"),
        "staff.ended_logins": EcsClass("session", ("end",)),
        "staff.read_events": _READ,
        "staff.exported_events": _READ,
        "staff.unlock_sending": _user("change", outcome="unknown"),
        "staff.unlock_answered": _user("change", outcome="=state"),
        "mail.sent": _MESSAGE,
        "mail.given_up": _LOST_MESSAGE,
        "sms.sent": _MESSAGE,
        "sms.given_up": _LOST_MESSAGE,
        "person.seen": _READ,
        "person.exported": _READ,
        "person.erased": EcsClass("iam", ("user", "deletion")),
        "notice.set": _SETTING,
        "notice.cleared": _SETTING,
        "mapping.requested": _user("info"),
        "mapping.approved": _user("creation"),
        "mapping.number_changed": _user("change"),
        "mapping.removed": _user("deletion"),
        "mapping.frozen": _user("change"),
        "mapping.first_used": _user("info"),
        "mapping.conflict": _user("info", outcome="failure"),
        "mapping.seal_broken": _user("info", outcome="failure"),
        "mapping.request_ended": _user("info", outcome="failure"),
        "mapping.file_requested": _user("info"),
        "mapping.file_approved": _user("creation", "deletion"),
        "mapping.exported": _READ,
        "mapping.searched": _READ,
        "mapping.rekeyed": _SETTING,
        "code.requested": _user("info"),
        "code.approved": _user("info"),
        "code.rejected": _user("info", outcome="failure"),
        "code.shown": _user("creation"),
        "code.refused": _REFUSED_LOGIN,
        "code.used": EcsClass("authentication", ("start",), "=outcome"),
    }
)
"""Every event that is declared (`core.events`), by test."""

UNDECLARED: Final = EcsClass("iam", ("info",), "unknown")
"""For the name in a row that somebody has edited."""


def outcome_of(found: EcsClass, facts: object) -> str:
    """`event.outcome`. "unknown" where the fact is erased, cannot be read, or says that nobody knows."""
    if not found.outcome.startswith("="):
        return found.outcome
    told = facts.get(found.outcome[1:]) if isinstance(facts, dict) else None
    if told is None or told in _LEFT_OPEN:
        return "unknown"
    return "success" if told in _DONE else "failure"
