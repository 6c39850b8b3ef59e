"""Every event has its class in the Elastic Common Schema, in the schema's values, with an outcome that is true."""

import pytest

from resetapp.core.ecs import ECS, UNDECLARED, outcome_of
from resetapp.core.events import EVENTS
from resetapp.core.outcomes import AttemptState

# Of each category the types that the schema expects with it (ECS 8.11, "Allowed values: event.category").
EXPECTED = {
    "authentication": {"start", "end", "info"},
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "database": {"access", "change", "info", "error"},
    "email": {"info"},
    "iam": {"admin", "change", "creation", "deletion", "group", "info", "user"},
    "session": {"start", "end", "info"},
    "web": {"access", "error", "info"},
}


def test_every_declared_event_has_its_class_and_no_other_has() -> None:
    assert set(ECS) == set(EVENTS)


def test_each_class_is_one_that_the_schema_has() -> None:
    assert [name for name, found in ECS.items() if not set(found.types) <= EXPECTED[found.category]] == []
    fixed = {found.outcome for found in ECS.values() if not found.outcome.startswith("=")}
    assert fixed == {"success", "failure", "unknown"}


def test_a_fact_that_says_the_outcome_is_one_that_the_event_carries() -> None:
    for name, found in ECS.items():
        if found.outcome.startswith("="):
            assert found.outcome[1:] in EVENTS[name].__dataclass_fields__, name


@pytest.mark.parametrize(
    ("name", "facts", "outcome"),
    [
        ("password.answered", {"state": "set"}, "success"),
        ("password.answered", {"state": "refused"}, "failure"),
        ("password.answered", {"state": "unknown"}, "unknown"),
        ("password.settled", {"state": "presumed"}, "success"),
        ("password.settled", {"state": "not_set"}, "failure"),
        ("staff.unlock_answered", {"state": "unlocked"}, "success"),
        ("login.completed", {"outcome": "open"}, "success"),
        ("login.completed", {"outcome": "no_account"}, "failure"),
        ("login.refused", {}, "failure"),
        ("staff.denied", {}, "failure"),
        ("staff.looked_up", {}, "success"),
        ("password.sending", {}, "unknown"),
        ("password.answered", None, "unknown"),
        ("password.answered", {}, "unknown"),
        ("password.answered", [], "unknown"),
    ],
)
def test_outcomes_are_those_of_the_facts(name: str, facts: object, outcome: str) -> None:
    assert outcome_of(ECS[name], facts) == outcome


def test_no_state_of_an_answer_is_left_without_an_outcome() -> None:
    found = {state: outcome_of(ECS["password.answered"], {"state": str(state)}) for state in AttemptState}
    assert {state for state, outcome in found.items() if outcome == "success"} == {"set", "presumed", "unlocked"}
    assert outcome_of(UNDECLARED, {"state": "set"}) == "unknown"
