"""A code is neither approved nor shown for who may not ask for one any more."""

from collections.abc import Callable

import pytest

from tests.web.codes_steps import Counter, counter
from tests.web.conftest import World
from tests.web.mapping.test_askers import ENDS, GONE, LATER, silence
from tests.web.staff_steps import events

Make = Callable[..., World]


@pytest.fixture
def desk(make_world: Make) -> Counter:
    return counter(make_world)


@pytest.mark.parametrize("how", ENDS)
def test_no_code_is_approved_for_who_may_not_ask_any_more(desk: Counter, how: Callable[[World], None]) -> None:
    place = desk.asked()
    how(desk.world)
    answer = desk.post(desk.approver, f"{place}/approve")
    assert answer.status_code == 422
    assert GONE in answer.text
    assert [each.state for each in desk.rows()] == ["requested"]


@pytest.mark.parametrize("how", ENDS)
def test_nor_is_one_shown_to_them(desk: Counter, how: Callable[[World], None]) -> None:
    """Their login goes on for some seconds before its roles are read anew."""
    place = desk.approved()
    how(desk.world)
    answer = desk.post(desk.support, f"{place}/show")
    assert answer.status_code == 422
    assert GONE in answer.text
    assert [each.state for each in desk.rows()] == ["approved"]
    assert events(desk.world, "code.shown") == []


def test_while_the_directory_is_silent_neither_is_done(desk: Counter) -> None:
    waiting, approved = desk.asked(), desk.approved(username="soli")
    silence(desk.world)
    for client, path in ((desk.approver, f"{waiting}/approve"), (desk.support, f"{approved}/show")):
        answer = desk.post(client, path)
        assert answer.status_code == 422
        assert LATER in answer.text
    assert sorted(each.state for each in desk.rows()) == ["approved", "requested"]


def test_the_request_keeps_the_account_of_who_asked(desk: Counter) -> None:
    desk.asked()
    [code] = desk.rows()
    [found] = desk.world.app.extensions["resetapp"].desk.directories["people"].find_by_username(code.requester)
    assert code.asker == found.key
