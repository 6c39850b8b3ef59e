"""What became of a password whose answer was lost: found out later, without the password.

A request without an answer may have been carried out, may have been dropped, and may still be carried out. So the
attempt stays open, its account is fenced (nobody may send another password to it), and the account is looked at
again 15 and 60 seconds later, at the fence, and from then on every half minute until the directory answers. Rows that
a killed process left SENDING are looked at in the same way once no process can still be working on them.

What a look can tell rests on the mark: what the directory shows of the last password change, read directly before the
request was sent.

- It has moved: PRESUMED. There was a change in our window, and nobody else is known to have made one. Not SET: nobody
  could log in with the password to prove it, for we no longer have it.
- It has moved, and the directory says that this was later than a request of ours could have been carried out: NOT_SET,
  overtaken. Whatever our request did, the password that holds now is somebody else's choice. The same when we have
  set another one since. While an attempt is open no other can be sent to its account (a unique index), so that only
  happens where two installations serve one directory, or a row was given up; it is asked all the same, for an own
  later change must never make an older attempt look like a success.
- It has not moved and the fence has passed: NOT_SET. Before the fence that proves nothing.
- There is no mark to compare, before or now; or it moves with any change of the entry, and the directory does not say
  when the password was changed; or it stands at the very moment of sending, where a mark in whole seconds may hide a
  second change: UNKNOWN for good. A guess would be a lie now and then.
- Of several servers all are asked: one that has not heard of the change is no proof that there was none. While one of
  them is silent only a moved mark counts; after an hour of that the rest is UNKNOWN for good.
- The entry is gone: NOT_SET. One that was only moved is looked at where it is now, also outside the base, if the
  directory has a name that follows it: our request follows it, too.
- The directory cannot be asked: it stays open, and so does its fence. A frozen server may answer a look before it comes
  to our request, so it must have answered an earlier look as well.

The owner is told of PRESUMED and of UNKNOWN for good, each as what it is: somebody else may have asked for it.

An attempt that is PRESUMED before its fence keeps its account fenced until then (`attempts.demand_free`): if the
change was somebody else's, our own request may still be on its way.

Two workers do not take the same look: it is claimed in the database. Should two look all the same, the first to
close the attempt is right, and both have seen the truth.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from resetapp import notify
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.events import PasswordSettled
from resetapp.core.outcomes import AttemptState, Refusal
from resetapp.mapping import owner
from resetapp.reset import Desk
from resetapp.storage import attempts, audit, visits
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import Attempt
from resetapp.trouble import AccountGone, DirectoryDown

log = logging.getLogger(__name__)

_PAUSE = 5.0  # seconds between two looks into the database: one question about an index that is nearly always empty
_A_SERVER_IS_MISSED = timedelta(hours=1)  # then the others alone cannot tell, and the account must not wait for ever
_CLOCKS_APART = timedelta(seconds=60)  # by how much a directory's clock and ours may differ
_SAME_MOMENT = timedelta(seconds=2)  # a mark in whole seconds, and the rounding of it

_NEWS = {AttemptState.PRESUMED: MailKind.PRESUMED, AttemptState.UNKNOWN: MailKind.UNCERTAIN}


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found out about one attempt. `state` is UNKNOWN when it will never be known."""

    reference: str
    directory: str
    username: str
    state: AttemptState


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: AttemptState
    at: datetime
    reasons: tuple[Refusal, ...] = ()
    account: DirectoryAccount | None = None  # whose password it is that was changed, or may have been


def settle(desk: Desk, *, whether_due_or_not: bool = False) -> Iterator[Settled]:
    """Look at the accounts of the open attempts whose next look is due, one by one. Raises DatabaseDown."""
    due_at = None if whether_due_or_not else desk.clock()
    with desk.database.reading() as db:
        ids = attempts.open_ids(db, due_at)
    for attempt_id in ids:
        with desk.database.transaction() as db:
            attempt = attempts.claim_look(db, attempt_id, due_at, desk.clock())
        verdict = _look(desk, attempt) if attempt else None
        if attempt and verdict and (settled := _close(desk, attempt, verdict)):
            yield settled


def give_up(desk: Desk) -> Iterator[Settled]:
    """What a directory has not told for a week is UNKNOWN for good; its account is free again. Raises DatabaseDown."""
    with desk.database.reading() as db:
        hopeless = attempts.hopeless(db, desk.clock())
    for attempt in hopeless:
        if settled := _close(desk, attempt, _Verdict(AttemptState.UNKNOWN, desk.clock())):
            yield settled


def open_attempts(desk: Desk) -> int:
    """How many are not settled yet."""
    with desk.database.reading() as db:
        return len(attempts.open_ids(db, None))


def _look(desk: Desk, attempt: Attempt) -> _Verdict | None:
    """None: it is not known yet."""
    now = desk.clock()
    directory = desk.directories.get(attempt.directory)
    if directory is None:  # taken out of the settings: it will not be asked again
        return _Verdict(AttemptState.UNKNOWN, now)
    try:
        seen, complete = directory.look_everywhere(attempt.key)
    except DirectoryDown as down:
        _put_off(desk, attempt, down.reason)
        return None
    except AccountGone:
        return _Verdict(AttemptState.NOT_SET, now, (Refusal.ACCOUNT_CHANGED,))
    moved = [account for account in seen if attempt.mark and account.mark and account.mark != attempt.mark]
    if moved or complete:
        return _judge(attempt, (moved or seen)[0], now)
    if now > (attempt.sent_at or now) + _A_SERVER_IS_MISSED:
        return _Verdict(AttemptState.UNKNOWN, now, account=next(iter(seen), None))
    _put_off(desk, attempt, "not_all_servers")
    return None


def _put_off(desk: Desk, attempt: Attempt, reason: str) -> None:
    log.info("password.unsettled directory=%s reason=%s", attempt.directory, reason)
    with desk.database.transaction() as db:
        attempts.put_off(db, attempt.id, desk.clock())


def _judge(attempt: Attempt, account: DirectoryAccount, now: datetime) -> _Verdict | None:
    sent_at = attempt.sent_at or now
    fence = attempt.fence_at or sent_at + attempts.FENCE
    changed_at, comparable = account.password_changed_at, attempt.mark is not None and account.mark != ""
    moved = comparable and account.mark != attempt.mark
    if moved and changed_at and changed_at > fence + _CLOCKS_APART:
        return _Verdict(AttemptState.NOT_SET, changed_at, (Refusal.OVERTAKEN,))
    if moved and changed_at:
        return _Verdict(AttemptState.PRESUMED, min(max(changed_at, sent_at), now), account=account)
    if now < fence:
        return None
    doubtful = changed_at is not None and abs(changed_at - sent_at) <= _SAME_MOMENT
    known = comparable and not moved and not doubtful
    return _Verdict(AttemptState.NOT_SET if known else AttemptState.UNKNOWN, now, account=account)


def _close(desk: Desk, attempt: Attempt, verdict: _Verdict) -> Settled | None:
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, attempt.visit_id)
        newer = attempts.sets_of_account(db, attempt.key, attempt.sent_at or now)
        if newer and verdict.state != AttemptState.NOT_SET:
            verdict = _Verdict(AttemptState.NOT_SET, newer[-1], (Refusal.OVERTAKEN,))
        if not attempts.settle(db, attempt.id, verdict.state, verdict.reasons, verdict.at):
            return None
        db.refresh(visit, ["attempts"])
        visits.close(visit, desk.limits.refusals_per_visit)
        if verdict.state in _NEWS:
            notify.put(desk, db, visit, attempt.id, _NEWS[verdict.state], verdict.account)
        if verdict.state == AttemptState.PRESUMED:
            owner.used(desk, db, visit, attempt, verdict.account)
        told = PasswordSettled(
            **audit.about(visit, attempt), state=verdict.state, reasons=tuple(map(str, verdict.reasons))
        )
        desk.journal.write(db, told, now)
    settled = Settled(visit.login.reference, attempt.directory, attempt.username, verdict.state)
    log.info(
        "password.settled reference=%s directory=%s outcome=%s", settled.reference, settled.directory, settled.state
    )
    return settled


class Settler(threading.Thread):
    """Settles in the background of a serving process, until the process ends."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="settler", daemon=True)
        self._desk = desk
        self._end = threading.Event()

    def run(self) -> None:
        """At once, for what a killed process may have left, and then again and again."""
        while True:
            try:
                for _ in settle(self._desk):
                    continue
            except Exception as error:  # the database is down, or a fault of ours: the next round may go well
                log.error("settler.fault fault=%s", type(error).__name__)
            if self._end.wait(_PAUSE):
                return

    def stop(self) -> None:
        self._end.set()
