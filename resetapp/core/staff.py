"""Who of the staff may do what in the console: the one table that says so (ASVS 8.1.1, security.md A-01)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """Given by a group in a directory, never here: who leaves the group has left the role."""

    SUPPORT = "support"
    MAPPER = "mapper"  # asks for a CPR number to be tied to an account
    APPROVER = "approver"  # says yes or no to it, and to an activation code that support asks for
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Purpose(StrEnum):
    """What somebody logs in for, or with. Kept with the request, so that no answer of the hub can serve for another."""

    PASSWORD = "password"  # noqa: S105 - a word, not one
    CONSOLE = "console"
    CODE = "code"  # by an activation code from support: nothing of it comes from the hub


class Task(StrEnum):
    """What a page of the console is for. Every page names one."""

    LOOK_UP = "look_up"
    UNLOCK = "unlock"
    END_LOGINS = "end_logins"
    READ_EVENTS = "read_events"
    SEE_STATISTICS = "see_statistics"
    SEE_STATUS = "see_status"
    SEE_MAPPINGS = "see_mappings"
    REQUEST_MAPPINGS = "request_mappings"
    DECIDE_MAPPINGS = "decide_mappings"
    SEE_CODES = "see_codes"
    REQUEST_CODES = "request_codes"
    APPROVE_CODES = "approve_codes"


TASKS: Final[Mapping[Role, frozenset[Task]]] = MappingProxyType(
    {
        Role.SUPPORT: frozenset(
            {Task.LOOK_UP, Task.UNLOCK, Task.END_LOGINS, Task.SEE_CODES, Task.REQUEST_CODES, Task.SEE_STATISTICS}
        ),
        Role.MAPPER: frozenset({Task.SEE_MAPPINGS, Task.REQUEST_MAPPINGS, Task.SEE_STATISTICS}),
        Role.APPROVER: frozenset(
            {Task.SEE_MAPPINGS, Task.DECIDE_MAPPINGS, Task.SEE_CODES, Task.APPROVE_CODES, Task.SEE_STATISTICS}
        ),
        Role.AUDITOR: frozenset({Task.READ_EVENTS, Task.SEE_MAPPINGS, Task.SEE_STATISTICS}),
        Role.OPERATOR: frozenset({Task.SEE_STATUS, Task.SEE_STATISTICS}),
    }
)


def may(roles: Iterable[Role], task: Task) -> bool:
    """No role, no task."""
    return any(task in TASKS[role] for role in roles)


def too_many(roles: frozenset[Role]) -> bool:
    """Nobody holds all of them: one person could ask, approve and read that nothing was amiss (A-03)."""
    return roles == frozenset(Role)
