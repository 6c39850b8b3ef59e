"""What a mark of the last password change can prove of a lost answer, and what it cannot."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resetapp import settle
from resetapp.core.accounts import AccountKey, DirectoryAccount
from resetapp.core.outcomes import AttemptState
from resetapp.demo.certificates import ServerCertificates
from resetapp.directory import LdapDirectory
from resetapp.storage import attempts
from resetapp.storage.tables import Visit
from tests.builders import a_candidate
from tests.directory.test_connections import closed_port
from tests.web.conftest import World
from tests.web.test_settling import edit, found_out, lose
from tests.web.test_visit_races import heading
from tests.web.two_directories import GUEST, Two, two_directories
from tests.web.visiting import ALSO_GOOD


@pytest.fixture
def two(make_world: Callable[..., World], certificates: ServerCertificates) -> Iterator[Two]:
    with two_directories(make_world, certificates) as two:
        yield two


def test_a_later_change_by_others_is_not_taken_for_ours(two: Two) -> None:
    lose(two, GUEST)
    hour = timedelta(hours=1)
    sent = two.attempt(GUEST).sent_at
    assert sent is not None
    edit(two, sent_at=sent - hour, fence_at=sent - hour + attempts.FENCE)
    two.set_behind_our_back(ALSO_GOOD)
    two.world.clock.forward(minutes=5)
    assert found_out(two) == [f"{GUEST} not_set"]
    assert "men ikke her. Den, du valgte her, gælder ikke" in two.world.get("/done").text


def test_our_own_later_change_makes_no_success_of_an_older_attempt(two: Two) -> None:
    """The index forbids it while the attempt is open; so another installation's row is put beside it."""
    lose(two, GUEST)
    two.set_behind_our_back(ALSO_GOOD)
    two.world.clock.forward(seconds=20)
    with two.desk.database.transaction() as db:
        visit = db.get_one(Visit, two.attempt(GUEST).visit_id)
        [newer] = attempts.open_round(db, visit, [a_candidate(two.attempt(GUEST).key, GUEST)], two.world.clock())
        newer.state, newer.settled_at = AttemptState.SET, two.world.clock()
    assert found_out(two) == [f"{GUEST} not_set"]


@pytest.mark.parametrize("mark", [None, ""])
def test_without_a_mark_to_compare_it_is_never_known(two: Two, mark: str | None) -> None:
    """None: a row from before marks were kept. Empty, before and after: a directory that shows none."""
    lose(two, GUEST)
    edit(two, mark=mark)
    if mark == "":
        forget_the_mark(two)
    two.world.clock.forward(minutes=3)
    assert found_out(two) == [f"{GUEST} unknown"]
    receipt = two.world.get("/done")
    assert heading(receipt) == "Vi ved ikke, om adgangskoden blev ændret"
    assert "http-equiv" not in receipt.text
    two.choose(GUEST)
    assert two.world.get("/password").status_code == 200  # nobody is kept out for ever


def forget_the_mark(two: Two) -> None:
    """As a directory that does not show when a password was changed."""
    directory = two.desk.directories["guests"]
    shown_as(directory, mark="", password_changed_at=None)


def shown_as(directory: LdapDirectory, **changes: Any) -> None:
    real = directory.look_everywhere

    def look(key: AccountKey) -> tuple[list[DirectoryAccount], bool]:
        return [replace(each, **changes) for each in real(key)[0]], True

    object.__setattr__(directory, "look_everywhere", look)


def test_a_mark_that_moves_with_anything_proves_nothing(two: Two) -> None:
    lose(two, GUEST)
    shown_as(two.desk.directories["guests"], mark="moved", password_changed_at=None)
    two.world.clock.forward(seconds=20)
    assert found_out(two) == []
    two.world.clock.forward(seconds=101)
    assert found_out(two) == [f"{GUEST} unknown"]


def test_a_mark_of_the_very_moment_proves_nothing(two: Two) -> None:
    """Whole seconds: a change just before ours, and ours in the same second, leave one mark."""
    two.set_behind_our_back("en helt tredje adgangskode")
    two.world.clock.at = datetime.now(UTC)
    lose(two, GUEST)
    two.world.clock.forward(minutes=3)
    assert found_out(two) == [f"{GUEST} unknown"]


def test_a_copy_that_has_not_heard_of_it_is_no_proof_while_another_server_is_silent(
    make_world: Callable[..., World], certificates: ServerCertificates
) -> None:
    """Two servers of one directory. The one that was written to stays away; the other one shows the old mark."""
    with two_directories(make_world, certificates) as two:
        lose(two, GUEST)
        silent, copy = f"ldaps://127.0.0.1:{closed_port()}", f"ldaps://127.0.0.1:{two.proxy.port}"
        guests = replace(two.world.settings.directories[1], hosts=(silent, copy))
        directories = {**two.desk.directories, "guests": LdapDirectory(guests, two.world.clock)}
        desk = replace(two.desk, directories=directories)
        two.world.clock.forward(seconds=125)
        assert list(settle.settle(desk)) == []
        two.world.clock.forward(minutes=61)
        assert [each.state for each in settle.settle(desk)] == [AttemptState.UNKNOWN]
        directories["guests"].close()
