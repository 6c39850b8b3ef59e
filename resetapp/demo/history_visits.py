"""Three months of invented visits. Nobody in them can log in.

Their days and hours have the shape that such services have: working hours, Mondays, the start of a semester.
"""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from resetapp.core.event import Event
from resetapp.core.events import (
    AccountsChosen,
    LoginCompleted,
    LoginRefused,
    PasswordAnswered,
    PasswordRefused,
    PasswordSending,
)
from resetapp.core.outcomes import AttemptState, Outcome, Refusal
from resetapp.storage.tables import Attempt, Login, Visit
from resetapp.texts import TIME_ZONE

DAYS = 92
_A_DAY = (26, 22, 20, 19, 15, 4, 5)  # from Monday
_SEMESTER = ((2, 1), (9, 1))  # month and day; the fortnight after it is busy
_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 12, 16, 14, 12, 10, 13, 12, 9, 6, 4, 4, 5, 5, 4, 2, 1)
_DIRECTORIES = (("people", 7), ("staff", 3))
_ENDS = (
    *((Outcome.DONE, 80), (Outcome.NO_ACCOUNT, 6), (Outcome.EXPIRED, 5), (Outcome.LEFT, 3), (Outcome.CANCELLED, 3)),
    *((Outcome.ASSURANCE_TOO_LOW, 2), (Outcome.DIRECTORY_DOWN, 1)),
)
_REFUSED = ((Refusal.TOO_SHORT, 6), (Refusal.USED_BEFORE, 4), (Refusal.CONTAINS_NAME, 3), (Refusal.TOO_COMMON, 3))
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a reference
_BEFORE_LOGIN = (Outcome.CANCELLED, Outcome.ASSURANCE_TOO_LOW)  # refused, so that there never was a visit

Choice = TypeVar("Choice")
Rows = dict[type[Login] | type[Visit] | type[Attempt], list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Story:
    """One visit. `tries`: each password's refusal, or None for the one that was taken."""

    id: int
    reference: str
    person: str
    at: datetime
    outcome: Outcome
    directory: str
    entry_id: str
    username: str
    tries: tuple[Refusal | None, ...]

    @property
    def completed_at(self) -> datetime:
        return self.at + timedelta(seconds=25)


def stories(now: datetime) -> Iterator[Story]:
    """The oldest day first; the same day is given the same shape."""
    today = now.astimezone(TIME_ZONE).date()
    dice = random.Random(today.toordinal())  # noqa: S311 - a story, not a secret
    number = 0
    for day in (today - timedelta(days=back) for back in range(DAYS, 0, -1)):
        for _ in range(_busy(day, dice)):
            number += 1
            yield _story(number, day, dice)


def _busy(day: date, dice: random.Random) -> int:
    rush = any(0 <= (day - date(day.year, *start)).days < 14 for start in _SEMESTER)
    return round(_A_DAY[day.weekday()] * (2.2 if rush else 1) * dice.uniform(0.75, 1.25))


def _story(number: int, day: date, dice: random.Random) -> Story:
    hour = dice.choices(range(24), _HOURS)[0]
    at = datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60)), TIME_ZONE)
    outcome, refused = _chosen(dice, _ENDS), _chosen(dice, _REFUSED)
    tries: tuple[Refusal | None, ...] = ()
    if outcome is Outcome.DONE:
        tries = (*[refused] * dice.choices((0, 1, 2), (78, 17, 5))[0], None)
    elif outcome is Outcome.DIRECTORY_DOWN:
        tries = (Refusal.NO_ANSWER,)
    return Story(
        id=number,
        reference=f"{''.join(dice.choices(_LETTERS, k=4))}-{''.join(dice.choices(_LETTERS, k=4))}",
        person=secrets.token_hex(32),
        at=at,
        outcome=outcome,
        directory=_chosen(dice, _DIRECTORIES),
        entry_id=secrets.token_hex(16),
        username="".join(dice.choices("aefhiklmnoprstu", k=4)) + f"{dice.randrange(18, 27)}",
        tries=tries,
    )


def _chosen(dice: random.Random, weighted: tuple[tuple[Choice, int], ...]) -> Choice:
    return dice.choices([each for each, _ in weighted], [weight for _, weight in weighted])[0]


def _attempt_id(story: Story, number: int) -> str:
    return f"{story.id:028x}{number:04x}"


def _tries(story: Story) -> Iterator[tuple[int, Refusal | None, datetime]]:
    """Number, refusal, when: each takes the person three quarters of a minute, and some longer."""
    slow = int(story.person[:2], 16) // 2
    for number, refusal in enumerate(story.tries, 1):
        yield number, refusal, story.completed_at + timedelta(seconds=40 * number + slow)


def rows_of(story: Story) -> Iterator[tuple[type[Login] | type[Visit] | type[Attempt], dict[str, object]]]:
    came_in = story.outcome not in _BEFORE_LOGIN
    ended_at = story.at + timedelta(minutes=8)
    login: dict[str, object] = {"id": story.id, "reference": story.reference, "language": "da"}
    login |= {"request_id": f"_{secrets.token_hex(16)}", "browser_hash": secrets.token_hex(32)}
    login |= {"opened_at": story.at, "completed_at": story.completed_at if came_in else None, "ended_at": ended_at}
    login |= {"outcome": Outcome.LEFT if came_in else story.outcome, "reason": "" if came_in else story.outcome}
    yield Login, login | {"assurance": 2 if came_in else None, "failed_answers": 0, "display_name": ""}
    if not came_in:
        return
    visit: dict[str, object] = {"id": story.id, "login_id": story.id, "person": story.person, "outcome": story.outcome}
    visit |= {"candidates": [], "not_asked": [], "chosen": [], "version": 1}
    yield Visit, visit | {"opened_at": story.completed_at, "ended_at": ended_at}
    account = {"directory": story.directory, "entry_id": story.entry_id, "username": story.username}
    for number, refusal, at in _tries(story):
        state = AttemptState.REFUSED if refusal else AttemptState.SET
        yield (
            Attempt,
            account
            | {
                **{
                    "id": _attempt_id(story, number),
                    "visit_id": story.id,
                    "round": secrets.token_hex(16),
                    "number": number,
                },
                **{"person": story.person, "state": state, "reasons": [refusal] if refusal else []},
                **{"ready_at": at, "sent_at": None if refusal else at, "settled_at": at, "must_change": False},
            },
        )


def events_of(story: Story) -> Iterator[tuple[Event, datetime]]:
    if story.outcome in _BEFORE_LOGIN:
        words = {"reference": story.reference, "outcome": str(story.outcome), "reason": str(story.outcome)}
        yield LoginRefused(**words), story.completed_at
        return
    who = {"reference": story.reference, "person": story.person}
    accounts = int(story.outcome is not Outcome.NO_ACCOUNT)
    login = LoginCompleted(assurance=2, accounts=accounts, not_asked=(), outcome=str(story.outcome), **who)
    yield login, story.completed_at
    if story.tries:
        chosen = (f"{story.directory}:{story.entry_id}",)
        yield AccountsChosen(accounts=chosen, **who), story.completed_at + timedelta(seconds=9)
    what = {"directory": story.directory, "entry_id": story.entry_id, "username": story.username, **who}
    for number, refusal, at in _tries(story):
        what["attempt"] = _attempt_id(story, number)
        if refusal:
            yield PasswordRefused(reasons=(str(refusal),), **what), at
            continue
        yield PasswordSending(**what), at
        yield PasswordAnswered(state="set", reasons=(), **what), at
