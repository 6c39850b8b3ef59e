"""A lost answer: told as not known, fenced, found out later, and never called more than it is."""

from collections.abc import Callable, Iterator

import pytest

from resetapp import settle
from resetapp.core.outcomes import AttemptState, Outcome, PasswordSet
from resetapp.demo.certificates import ServerCertificates
from resetapp.storage import attempts
from resetapp.storage.tables import Attempt, Visit
from tests.builders import a_candidate
from tests.directory.proxy import Fate
from tests.web.conftest import World
from tests.web.test_visit_races import form, heading, meanwhile, post, stored
from tests.web.two_directories import GUEST, STUDENT, Two, two_directories
from tests.web.visiting import ALSO_GOOD, GOOD


@pytest.fixture
def two(make_world: Callable[..., World], certificates: ServerCertificates) -> Iterator[Two]:
    with two_directories(make_world, certificates) as two:
        yield two


def lose(two: Two, *usernames: str) -> None:
    """The guests' directory is asked, and nothing is heard of it: the change may still be carried out."""
    two.choose(*usernames)
    two.proxy.fate = Fate.HELD
    assert two.submit(GOOD).location == "/done"
    two.proxy.fate = Fate.PASSED


def found_out(two: Two) -> list[str]:
    return [f"{each.username} {each.state}" for each in settle.settle(two.desk)]


def edit(two: Two, **values: object) -> None:
    """What else may stand in the row of the guest's attempt."""
    with two.desk.database.transaction() as db:
        attempt = db.get_one(Attempt, two.attempt(GUEST).id)
        for name, value in values.items():
            setattr(attempt, name, value)


def test_a_lost_answer_is_told_as_such_beside_what_went_well(two: Two) -> None:
    lose(two, GUEST, STUDENT)
    receipt = two.world.get("/done")
    assert heading(receipt) == "Vi ved endnu ikke, om adgangskoden blev ændret"
    assert "Vi har prøvet, at den virker" in receipt.text
    assert "Forbindelsen forsvandt undervejs" in receipt.text
    assert '<meta http-equiv="refresh" content="15">' in receipt.text
    assert two.opens(GOOD) == {STUDENT}
    assert stored(two.world, Visit)[-1].outcome == Outcome.UNKNOWN


def test_nothing_is_concluded_from_an_unmoved_mark_before_the_fence(two: Two) -> None:
    lose(two, GUEST)
    for seconds in (16, 45, 58):
        two.world.clock.forward(seconds=seconds)
        assert found_out(two) == []
    two.world.clock.forward(seconds=2)
    assert found_out(two) == [f"{GUEST} not_set"]
    receipt = two.world.get("/done")
    assert heading(receipt) == "Adgangskoden blev ikke ændret"
    assert "Den gamle gælder stadig" in receipt.text
    assert "http-equiv" not in receipt.text
    assert two.world.post("/again", {}).location == "/password"
    assert two.submit(ALSO_GOOD).location == "/done"
    assert two.opens(ALSO_GOOD) == {GUEST}
    assert stored(two.world, Visit)[-1].outcome == Outcome.DONE


def test_a_change_that_arrived_late_is_presumed_and_never_called_set(two: Two) -> None:
    lose(two, GUEST)
    two.set_behind_our_back(GOOD)
    assert found_out(two) == []  # the first look is after 15 seconds
    two.world.clock.forward(seconds=15)
    assert found_out(two) == [f"{GUEST} presumed"]
    receipt = two.world.get("/done")
    assert heading(receipt) == "Adgangskoden er sandsynligvis ændret"
    assert "Systemet viser, at adgangskoden blev ændret" in receipt.text
    assert "Vi har prøvet, at den virker" not in receipt.text
    assert stored(two.world, Visit)[-1].outcome == Outcome.UNKNOWN


def test_beside_a_proven_change_only_the_other_account_is_called_untried(two: Two) -> None:
    lose(two, GUEST, STUDENT)
    two.set_behind_our_back(GOOD)
    two.world.clock.forward(seconds=15)
    assert found_out(two) == [f"{GUEST} presumed"]
    receipt = two.world.get("/done")
    assert heading(receipt) == "Vi kunne ikke afprøve den nye adgangskode på alle konti"
    assert "Vi kunne ikke selv afprøve den" not in receipt.text
    assert receipt.text.count("Vi har prøvet, at den virker") == 1


@pytest.mark.parametrize("settled", [False, True])
def test_nobody_sends_another_password_before_the_fence(two: Two, settled: bool) -> None:
    lose(two, GUEST)
    if settled:
        two.set_behind_our_back("en helt tredje adgangskode")  # whose change it was cannot be told
        two.world.clock.forward(seconds=16)
        assert found_out(two) == [f"{GUEST} presumed"]
    answer = two.choose(GUEST)
    assert answer.status_code == 422
    assert f"Kontoen {GUEST} venter på en tidligere ændring" in answer.text
    assert len(two.proxy.modifies) == 1
    two.world.clock.forward(seconds=121)
    found_out(two)
    assert two.choose(GUEST).location == "/password"
    assert two.submit(ALSO_GOOD).location == "/done"
    assert two.opens(ALSO_GOOD) == {GUEST}


def test_the_fence_is_asked_again_when_the_button_is_pressed(two: Two) -> None:
    """The page was opened before the other visit's answer got lost."""
    two.choose(GUEST)
    fields, browser = form(two.world), two.world.client
    two.world.client = two.world.other_browser()
    lose(two, GUEST)
    two.world.client = browser
    answer = post(two.world, "/password", fields | {"password": ALSO_GOOD})
    assert answer.status_code == 409
    assert "brugte vi den ikke" in answer.text
    assert len(two.proxy.modifies) == 1


def test_the_fence_of_a_presumed_change_is_asked_right_before_the_write(two: Two) -> None:
    """While the account was being read again, another visit's lost change was found to be presumed."""
    two.choose(STUDENT)
    fields = form(two.world)

    def presumed() -> None:
        with two.desk.database.transaction() as db:
            visit = db.query(Visit).one()
            [other] = attempts.open_round(
                db, visit, [a_candidate(two.attempt(STUDENT).key, STUDENT)], two.world.clock()
            )
            other.state, other.fence_at = AttemptState.PRESUMED, two.world.clock() + attempts.FENCE

    meanwhile(two.world, "reread", presumed)
    assert post(two.world, "/password", fields | {"password": GOOD}).status_code == 409
    assert two.opens(GOOD) == set()


def test_a_directory_that_stays_away_is_asked_until_it_answers(two: Two) -> None:
    lose(two, GUEST)
    two.set_behind_our_back(GOOD)
    two.proxy.gone = True
    two.proxy.abort_all()
    for seconds in (15, 45, 60, 30, 30):
        two.world.clock.forward(seconds=seconds)
        assert found_out(two) == []
    assert two.attempt(GUEST).look_at == two.world.clock() + attempts.LOOK_AGAIN
    two.proxy.gone = False
    two.world.clock.forward(seconds=30)
    assert found_out(two) == [f"{GUEST} presumed"]


def test_a_directory_that_comes_back_must_have_answered_twice_before_nothing_is_concluded(two: Two) -> None:
    """Right after a thaw it may answer our look before it comes to the request that was waiting."""
    lose(two, GUEST)
    two.proxy.gone = True
    two.proxy.abort_all()
    two.world.clock.forward(seconds=130)
    assert found_out(two) == []
    two.proxy.gone = False
    two.world.clock.forward(seconds=30)
    assert found_out(two) == []
    two.set_behind_our_back(GOOD)
    two.world.clock.forward(seconds=30)
    assert found_out(two) == [f"{GUEST} presumed"]


def test_the_page_stops_looking_by_itself_when_it_takes_long(two: Two) -> None:
    lose(two, GUEST)
    two.proxy.gone = True
    two.world.clock.forward(minutes=4)
    found_out(two)
    assert "data-wait" in two.world.get("/done").text
    two.world.clock.forward(minutes=1)
    page = two.world.get("/done").text
    assert "data-wait" not in page
    assert "http-equiv" not in page
    assert "Opdatér siden nu" in page


def test_an_entry_that_is_gone_was_not_changed(two: Two) -> None:
    lose(two, GUEST)
    edit(two, entry_id="00000000-0000-0000-0000-000000000000")
    two.world.clock.forward(seconds=20)
    assert found_out(two) == [f"{GUEST} not_set"]
    assert heading(two.world.get("/stopped")) == "Kontoen er ændret i mellemtiden"


def test_a_directory_taken_out_of_the_settings_will_not_tell_any_more(two: Two) -> None:
    lose(two, GUEST)
    two.desk.directories.pop("guests")  # type: ignore[attr-defined]
    two.world.clock.forward(seconds=20)
    assert found_out(two) == [f"{GUEST} unknown"]


def test_a_row_left_sending_is_left_alone_until_its_process_must_be_dead(two: Two) -> None:
    lose(two, GUEST)
    sent = two.world.clock()
    edit(two, state=AttemptState.SENDING, look_at=sent + attempts.STALE_AFTER)
    two.world.clock.forward(seconds=179)
    assert found_out(two) == []
    assert list(settle.settle(two.desk, whether_due_or_not=True)) == []
    assert "Vi gemmer din adgangskode" in two.world.get("/done").text
    two.world.clock.forward(seconds=1)
    assert heading(two.world.get("/done")) == "Vi ved endnu ikke, om adgangskoden blev ændret"
    assert found_out(two) == [f"{GUEST} not_set"]


def test_it_settles_after_the_person_has_left(two: Two) -> None:
    lose(two, GUEST)
    two.world.post("/logout", {})
    two.world.clock.forward(minutes=3)
    assert found_out(two) == [f"{GUEST} not_set"]
    assert stored(two.world, Visit)[-1].outcome == Outcome.DIRECTORY_DOWN


def test_a_late_answer_and_a_look_do_not_contradict_each_other(two: Two) -> None:
    """Whoever closes first; a directory's own answer is worth more than a look."""
    lose(two, GUEST)
    two.set_behind_our_back(GOOD)
    two.world.clock.forward(seconds=20)
    assert found_out(two) == [f"{GUEST} presumed"]
    attempt = two.attempt(GUEST)
    with two.desk.database.transaction() as db:
        attempts.record(db, attempt.id, PasswordSet(attempt.key), two.world.clock())
    assert two.states()[GUEST] == "set"
