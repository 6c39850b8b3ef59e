"""Invented activation codes: support saw who it was and asked, the approver said yes or no, and some were used."""

from collections.abc import Callable
from datetime import timedelta

from resetapp.codes import entry, issue
from resetapp.codes.issue import Wanted
from resetapp.core.codes import IdCheck
from resetapp.demo.history_past import Past
from resetapp.demo.history_uses import by_code
from resetapp.demo.people_staff import APPROVER, SUPPORTER

_ROOM = "Mødt i servicecentret"
_STRANGER = "a" * 64  # in the place of a network address's fingerprint
_PAUSE = timedelta(minutes=2)


def plan(past: Past) -> None:
    """The last one waits for the approver; like every request it lapses after an hour."""
    story = _Story(past)
    story.on(45, "10:02", story.whole, "prna", IdCheck.PASSPORT)
    story.on(26, "13:12", story.whole, "kiro", IdCheck.RESIDENCE_PERMIT)
    story.on(21, "09:31", story.refused, "hans.keller", "Han har MitID. Bed ham om at bruge det.")
    story.on(13, "15:06", story.withdrawn, "yolo")
    story.on(10, "11:44", story.guessed, "bjjo")
    story.on(5, "14:39", story.whole, "dapo", IdCheck.PASSPORT)
    story.on(3, "15:20", story.asked, "liby", IdCheck.PASSPORT)
    past.plan(past.ago(minutes=6), story.asked, "zono", IdCheck.PASSPORT)


class _Story:
    """Each step a little after the one before."""

    def __init__(self, past: Past) -> None:
        self.past = past

    def on(self, back: int, clock: str, act: Callable[..., object], *given: object) -> None:
        self.past.plan(self.past.workday(back, clock), act, *given)

    def asked(self, username: str, id_check: IdCheck) -> str:
        ident = issue.request(self.past.desk, self.past.member(SUPPORTER), Wanted(username, id_check, _ROOM))
        self.past.at += _PAUSE
        return ident

    def refused(self, username: str, why: str) -> None:
        ident = self.asked(username, IdCheck.PASSPORT)
        issue.reject(self.past.desk, self.past.member(APPROVER), ident, why)

    def withdrawn(self, username: str) -> None:
        ident = self.asked(username, IdCheck.ID_CARD)
        issue.withdraw(self.past.desk, self.past.member(SUPPORTER), ident)

    def whole(self, username: str, id_check: IdCheck) -> None:
        typed = self._shown(username, id_check)
        by_code(self.past, username, typed)

    def guessed(self, username: str) -> None:
        """Wrong ones end it."""
        self._shown(username, IdCheck.ID_CARD)
        for _ in range(self.past.desk.codes.tries):
            self.past.at += timedelta(seconds=9)
            entry.enter(self.past.desk, username, "0000-0000-0000", _STRANGER, "da")

    def _shown(self, username: str, id_check: IdCheck) -> str:
        ident = self.asked(username, id_check)
        issue.approve(self.past.desk, self.past.member(APPROVER), ident)
        self.past.at += _PAUSE
        _, typed, _ = issue.show(self.past.desk, self.past.member(SUPPORTER), ident)
        self.past.at += _PAUSE
        return typed
