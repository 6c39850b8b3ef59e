"""Those who settle: several workers at once, the thread in the background, and what they say in the log."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from resetapp import settle
from resetapp.demo.certificates import ServerCertificates
from resetapp.settle import Settled, Settler
from resetapp.storage.tables import Visit
from tests.web.conftest import World
from tests.web.test_settling import found_out, lose
from tests.web.test_visit_races import stored
from tests.web.two_directories import GUEST, Two, two_directories
from tests.web.visiting import GOOD, cpr


@pytest.fixture
def two(make_world: Callable[..., World], certificates: ServerCertificates) -> Iterator[Two]:
    with two_directories(make_world, certificates) as two:
        yield two


def test_a_look_is_taken_by_one_worker_alone(two: Two) -> None:
    lose(two, GUEST)
    two.world.clock.forward(seconds=20)
    looks: list[object] = []
    directory = two.desk.directories["guests"]
    real = directory.look_everywhere

    def counted(key: object) -> object:
        looks.append(key)
        time.sleep(0.1)
        return real(key)  # type: ignore[arg-type]

    object.__setattr__(directory, "look_everywhere", counted)
    start = threading.Barrier(4)

    def worker(_: int) -> list[Settled]:
        start.wait()
        return list(settle.settle(two.desk))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(worker, range(4))) == [[]] * 4
    assert len(looks) == 1


def test_the_background_settler_works_by_itself_and_survives_faults(two: Two) -> None:
    lose(two, GUEST)
    two.set_behind_our_back(GOOD)
    two.world.clock.forward(seconds=20)
    settler = Settler(two.desk)
    settler.start()
    end = time.monotonic() + 10
    while two.states()[GUEST] == "unknown" and time.monotonic() < end:
        time.sleep(0.02)
    assert two.states()[GUEST] == "presumed"
    assert settler.daemon
    settler.stop()
    settler.join(5)
    assert not settler.is_alive()


def test_what_is_settled_is_logged_without_a_secret(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    lose(two, GUEST)
    two.world.clock.forward(minutes=3)
    caplog.clear()
    found_out(two)
    [line] = [record.getMessage() for record in caplog.records if "settled" in record.getMessage()]
    reference = stored(two.world, Visit)[-1].login.reference
    assert line == f"password.settled reference={reference} directory=guests outcome=not_set"
    assert cpr("sofie") not in caplog.text
