"""T2: who uses NemLog-in and for which task, and that the login opens that task's pages alone."""

from collections.abc import Callable

import pytest

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import missing, red, state


def test_the_login_opens_the_task_and_nothing_else(look: Inspection) -> None:
    assert state("T2", look) is State.DECLARED


@pytest.mark.parametrize("key", ["authority", "cvr_number", "role", "task"])
def test_what_is_left_out_is_to_be_declared(looking: Callable[..., Inspection], key: str) -> None:
    look = looking(terms={key: ""})
    assert state("T2", look) is State.TO_BE_DECLARED
    assert missing("T2", look) == {key}


def test_red_when_the_login_opens_another_page(look: Inspection) -> None:
    look.rehearsal.app.view_functions["reset.grades"] = lambda: "grades"
    assert red("T2", look) == {"T2.routes"}
