"""What support did in the past: looked up who called, lifted locks, and read the trail as auditor once in a while."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from resetapp.core.events import StaffDenied, StaffReadEvents
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Task
from resetapp.core.unlock_events import StaffUnlockAnswered, StaffUnlockSending
from resetapp.demo.history_past import Past
from resetapp.demo.history_visits import Story
from resetapp.demo.people_staff import MAPPER, SUPPORTER
from resetapp.look_up import look_up
from resetapp.storage.logins import new_reference
from resetapp.texts import TIME_ZONE

_OPEN = range(8, 16)  # the help desk's hours
_CALLS_AFTER = timedelta(minutes=7)
_EVERY_CALL, _EVERY_LOCK = 5, 30  # one of so many who failed calls, and one of so many of the staff is locked out


def plan(past: Past, stories: Iterable[Story]) -> None:
    """`stories`: of the visits, by time."""
    by_day = [each for each in stories if _is_staffed(each.at)]
    for each in [each for each in by_day if each.outcome is not Outcome.DONE][::_EVERY_CALL]:
        past.plan(each.at + _CALLS_AFTER, _look_up, past, each.reference)
    for each in [each for each in by_day if each.directory == "staff"][::_EVERY_LOCK]:
        past.plan(each.at + 3 * _CALLS_AFTER, _unlock, past, each)
    for back in range(4, 60, 10):
        past.plan(past.workday(back, "15:48"), _read, past, "event=mapping.approved")
    past.plan(past.workday(19, "10:27"), _wander, past)


def _is_staffed(at: datetime) -> bool:
    local = at.astimezone(TIME_ZONE)
    return local.weekday() < 5 and local.hour in _OPEN


def _look_up(past: Past, reference: str) -> None:
    look_up(past.desk, past.settings.staff, past.member(SUPPORTER), reference)


def _unlock(past: Past, story: Story) -> None:
    """Of an account that only the history has, so that nothing is asked of a directory."""
    member = past.member(SUPPORTER)
    about = {
        "reference": new_reference(),
        "person": member.person,
        "username": member.username,
        "directory": story.directory,
        "entry_id": story.entry_id,
        "account": story.username,
    }
    answered = StaffUnlockAnswered(state="unlocked", reasons=(), **about)
    past.journal.events += [(StaffUnlockSending(**about), past.at), (answered, past.at + timedelta(seconds=1))]


def _read(past: Past, wanted: str) -> None:
    member = past.member(SUPPORTER)
    told = StaffReadEvents(person=member.person, username=member.username, wanted=wanted)
    past.journal.events.append((told, past.at))


def _wander(past: Past) -> None:
    """The mapper follows a link that is for auditors."""
    member = past.member(MAPPER)
    told = StaffDenied(person=member.person, username=member.username, task=str(Task.READ_EVENTS))
    past.journal.events.append((told, past.at))
