"""What comes to an end is told in the log once a day, by one worker, and graver as the end comes near."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from resetapp.saml.expiry import Severity, expiries
from resetapp.saml.reminder import Reminder
from resetapp.settings import Wayf
from tests.builders import Clock
from tests.saml.scene import Scene

Told = Callable[[], list[str]]


@pytest.fixture
def wayf(scene: Scene, tmp_path: Path) -> Wayf:
    return replace(scene.wayf, state_folder=tmp_path)


@pytest.fixture
def clock(wayf: Wayf) -> Clock:
    """At first the soonest end is 61 days away."""
    start = Clock()
    soonest = next(each for each in expiries(wayf, start()) if each.subject == "signing key")
    return Clock(soonest.ends_at - timedelta(days=61))


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    caplog.set_level(logging.INFO, "resetapp.saml.reminder")

    def lines() -> list[str]:
        found = [f"{each.levelname} {each.getMessage()}" for each in caplog.records if "expiry" in each.getMessage()]
        caplog.clear()
        return [line for line in found if "signing key:" in line]

    return lines


def test_each_limit_is_told_at_its_own_level(wayf: Wayf, clock: Clock, told: Told) -> None:
    reminder = Reminder(lambda: wayf, clock)
    reminder.look()
    assert (told(), reminder.worst) == ([], Severity.NONE)
    for days, level, severity in [(1, "INFO", "notice"), (30, "WARNING", "warning"), (23, "ERROR", "urgent")]:
        clock.forward(days=days)
        reminder.look()
        (line,) = told()
        assert line.startswith(f"{level} expiry.near signing key: ")
        assert line.endswith(f"({severity})")
        assert reminder.worst == severity
    clock.forward(days=8)
    reminder.look()
    assert told()[0].startswith("ERROR expiry.near signing key: is over, until ")
    assert reminder.worst is Severity.EXPIRED


def test_it_is_told_once_a_day_by_all_workers_together(wayf: Wayf, clock: Clock, told: Told) -> None:
    clock.forward(days=31)
    workers = [Reminder(lambda: wayf, clock) for _ in range(3)]
    for _ in range(48):  # half hours
        for worker in workers:
            worker.look()
        clock.forward(minutes=30)
    assert len(told()) == 1
    for worker in workers:
        worker.look()
    assert len(told()) == 1
    assert {worker.worst for worker in workers} == {Severity.WARNING}


def test_a_restart_does_not_tell_it_again(wayf: Wayf, clock: Clock, told: Told) -> None:
    clock.forward(days=31)
    Reminder(lambda: wayf, clock).look()
    assert len(told()) == 1
    Reminder(lambda: wayf, clock).look()
    assert told() == []


def test_a_new_key_ends_it_without_a_restart(wayf: Wayf, clock: Clock, told: Told) -> None:
    settings = [wayf]
    reminder = Reminder(lambda: settings[-1], clock)
    clock.forward(days=31)
    reminder.look()
    assert reminder.worst is Severity.WARNING
    gone = replace(wayf.signing, certificate_file=Path("/nothing"))
    settings.append(replace(wayf, signing=gone, encryption=()))
    clock.forward(minutes=6)
    reminder.look()
    assert reminder.worst is Severity.NONE


@pytest.mark.parametrize("written", ["", "{}", '{"told": "never"}', '{"told": "2999-01-01T00:00:00+00:00"}'])
def test_a_spoilt_note_or_a_clock_put_back_do_not_silence_it(
    wayf: Wayf, clock: Clock, told: Told, tmp_path: Path, written: str
) -> None:
    (tmp_path / "expiry.json").write_text(written)
    clock.forward(days=31)
    Reminder(lambda: wayf, clock).look()
    assert len(told()) == 1


@pytest.mark.parametrize("folder", [None, Path("/proc/nothing")])
def test_without_a_folder_to_agree_in_each_worker_tells_it_once_a_day(
    wayf: Wayf, clock: Clock, told: Told, folder: Path | None
) -> None:
    clock.forward(days=31)
    workers = [Reminder(lambda: replace(wayf, state_folder=folder), clock) for _ in range(2)]
    for _ in range(48):  # half hours
        for worker in workers:
            worker.look()
        clock.forward(minutes=30)
    assert len(told()) == 2


def test_without_settings_it_looks_again_only_after_the_pause(clock: Clock) -> None:
    asked = []

    def unreadable() -> Wayf:
        asked.append(clock())
        raise OSError

    reminder = Reminder(unreadable, clock)
    with pytest.raises(OSError):  # noqa: PT011 - it is ours
        reminder.look()
    reminder.look()
    assert len(asked) == 1
