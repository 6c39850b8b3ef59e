"""Attempts: READY → SENDING → SET | REFUSED | UNKNOWN | NOT_SET, each step committed before the next is taken.

An attempt is open while it is SENDING or UNKNOWN and not settled. No second one is sent to the same account then
(a unique index), and none before the fence of a presumed one (`demand_free`): a request that is held up somewhere
on the way must not overwrite a newer choice. `resetapp.settle` closes what is open.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from resetapp.core.accounts import AccountKey
from resetapp.core.candidates import Candidate
from resetapp.core.outcomes import AttemptState, OutcomeUnknown, PasswordRefused, PasswordSet, Refusal, ResetOutcome
from resetapp.logs import scrubbed
from resetapp.storage.tables import Attempt, Visit
from resetapp.trouble import AccountBusy, AlreadySent

STALE_AFTER = timedelta(minutes=3)  # longer than all time-outs of a directory together: its process must have died
FENCE = timedelta(seconds=120)
"""How long a request whose answer is lost may still be carried out: a server's own time limit for an operation, and
the time TCP goes on sending what was not acknowledged (security.md 2.7, step 7). Counted from when we stopped waiting.
"""
FIRST_LOOKS = (timedelta(seconds=15), timedelta(seconds=60))  # after that; the next is at the fence
LOOK_AGAIN = timedelta(seconds=30)  # when the directory could not be asked even then
GIVE_UP_AFTER = timedelta(days=7)  # of a directory that never answers again

_OPEN = (AttemptState.SENDING, AttemptState.UNKNOWN)
_JUDGED = (*_OPEN, AttemptState.PRESUMED, AttemptState.NOT_SET)


def open_round(db: Session, visit: Visit, accounts: Iterable[Candidate], now: datetime) -> list[Attempt]:
    """READY attempts for one showing of the password page, one for each account.

    They outlive the login, and notices are written from them: a CPR number that is a username does not stand in them.
    """
    shared = secrets.token_urlsafe(18)
    opened = [
        Attempt(
            id=secrets.token_urlsafe(18),
            round=shared,
            number=number,
            person=visit.person,
            directory=account.key.directory,
            entry_id=account.key.entry_id,
            username=scrubbed(account.username)[:256],
            link=account.link,
            state=AttemptState.READY,
            reasons=[],
            ready_at=now,
        )
        for number, account in enumerate(accounts, len(visit.attempts) + 1)
    ]
    visit.attempts.extend(opened)
    db.flush()
    return opened


def ready_round(visit: Visit) -> list[Attempt]:
    """The READY attempts of the newest round, if they are for the very accounts that are wanted; else none."""
    newest = visit.attempts[-1].round if visit.attempts else ""
    ready = [each for each in visit.attempts if each.round == newest and each.state == AttemptState.READY]
    return ready if {each.key for each in ready} == set(visit.wanted) else []


def claim(db: Session, marks: Iterable[tuple[Attempt, str]], now: datetime) -> None:
    """READY → SENDING, all or none, once, on whichever worker. `marks`: each attempt with its account's mark now.

    Raises AlreadySent for everyone else (security.md 2.8), AccountBusy when another visit is at one of the accounts.
    Always in the same order, so that two visits to the same accounts cannot wait for each other.
    """
    ordered = sorted(marks, key=lambda pair: pair[0].key)
    for attempt, mark in ordered:
        try:
            with db.begin_nested():
                _send(db, attempt.id, mark, now)
        except IntegrityError:
            demand_free(db, [attempt.key], now)
            raise AlreadySent("account_was_busy") from None  # and has become free at this very moment


def _send(db: Session, attempt_id: str, mark: str, now: datetime) -> None:
    values = {"sent_at": now, "mark": mark[:64], "fence_at": now + FENCE, "look_at": now + STALE_AFTER}
    _move(db, attempt_id, (AttemptState.READY,), AttemptState.SENDING, **values)


def demand_free(db: Session, keys: Collection[AccountKey], now: datetime) -> None:
    """Raises AccountBusy when an earlier request to one of these accounts may still be carried out."""
    for busy in under_way(db, keys, now).values():
        raise AccountBusy(busy.username, free_at(busy, now))


def under_way(db: Session, keys: Collection[AccountKey], now: datetime) -> dict[AccountKey, Attempt]:
    """The earlier requests to these accounts that may still be carried out, the latest first."""
    if not keys:
        return {}
    presumed = and_(Attempt.state == AttemptState.PRESUMED, Attempt.fence_at > now)
    unsettled = and_(Attempt.state.in_(_OPEN), Attempt.settled_at.is_(None))
    query = select(Attempt).where(_of(keys), or_(unsettled, presumed)).order_by(Attempt.sent_at.desc())
    found: dict[AccountKey, Attempt] = {}
    for each in db.scalars(query):
        found.setdefault(each.key, each)
    return found


def free_at(attempt: Attempt, now: datetime) -> datetime:
    """When its account may be written to again; past the fence that is as soon as the directory has been asked."""
    sent_at = attempt.sent_at or now
    fence = attempt.fence_at or sent_at + FENCE
    end = sent_at + STALE_AFTER if attempt.state == AttemptState.SENDING else fence
    return max(end, now + LOOK_AGAIN)


def _of(keys: Collection[AccountKey]) -> ColumnElement[bool]:
    return or_(*(and_(Attempt.directory == key.directory, Attempt.entry_id == key.entry_id) for key in keys))


def refuse(db: Session, attempt_id: str, refused: PasswordRefused, now: datetime) -> None:
    """READY → REFUSED, or NOT_SET where the directory could not be asked or another account stood in the way.

    Raises AlreadySent when another click has sent this attempt meanwhile: what the directory answers to that one must
    not be overwritten.
    """
    _answer(db, attempt_id, (AttemptState.READY,), _nothing_sent(refused), refused.reasons, now)


def record(db: Session, attempt_id: str, outcome: ResetOutcome, now: datetime) -> None:
    """Write down what the directory answered. Raises AlreadySent.

    An answer later than STALE_AFTER still counts, even over what a look at the directory has led to.
    """
    match outcome:
        case PasswordSet(must_change=must_change):
            _answer(db, attempt_id, _JUDGED, AttemptState.SET, (), now, must_change=must_change)
        case PasswordRefused(reasons):
            _answer(db, attempt_id, _JUDGED, _nothing_sent(outcome), reasons, now)
        case OutcomeUnknown():
            lost = {"fence_at": now + FENCE, "look_at": now + FIRST_LOOKS[0]}
            _move(db, attempt_id, _OPEN, AttemptState.UNKNOWN, **lost)


def unlocked(db: Session, attempt_id: str, now: datetime) -> None:
    """READY → UNLOCKED: the lock was lifted, and no password sent. Raises AlreadySent."""
    _move(db, attempt_id, (AttemptState.READY,), AttemptState.UNLOCKED, sent_at=now, settled_at=now)


def _nothing_sent(refused: PasswordRefused) -> AttemptState:
    said_no = set(refused.reasons) - {Refusal.NO_ANSWER, Refusal.SERVICE_STOPPED}
    return AttemptState.REFUSED if said_no else AttemptState.NOT_SET


def settle(db: Session, attempt_id: str, state: AttemptState, reasons: tuple[Refusal, ...], at: datetime) -> bool:
    """Close an open attempt. False when somebody else has done so meanwhile."""
    try:
        _answer(db, attempt_id, _OPEN, state, reasons, at)
    except AlreadySent:
        return False
    return True


def _answer(
    db: Session,
    attempt_id: str,
    before: tuple[AttemptState, ...],
    after: AttemptState,
    reasons: tuple[Refusal, ...],
    at: datetime,
    **more: object,
) -> None:
    told = [str(each) for each in reasons]
    _move(db, attempt_id, before, after, reasons=told, settled_at=at, look_at=None, **more)


def _move(
    db: Session, attempt_id: str, before: tuple[AttemptState, ...], after: AttemptState, **values: object
) -> None:
    moved = db.execute(
        update(Attempt).where(Attempt.id == attempt_id, Attempt.state.in_(before)).values(state=after, **values)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadySent("attempt_moved_on")


def is_stale(attempt: Attempt, now: datetime) -> bool:
    """Left SENDING by a process that must have died."""
    return (
        attempt.state == AttemptState.SENDING and attempt.sent_at is not None and now - attempt.sent_at >= STALE_AFTER
    )


# ---- looking again


def open_ids(db: Session, due_at: datetime | None) -> list[str]:
    """The open attempts that are to be looked at by then, or all of them, the oldest first."""
    query = select(Attempt.id).where(Attempt.look_at.isnot(None) if due_at is None else Attempt.look_at <= due_at)
    return list(db.scalars(query.order_by(Attempt.look_at)))


def claim_look(db: Session, attempt_id: str, due_at: datetime | None, now: datetime) -> Attempt | None:
    """The attempt, if it is still open and this caller is the first to take this look; the next one is set down."""
    query = select(Attempt).where(Attempt.id == attempt_id, Attempt.look_at.isnot(None))
    query = query if due_at is None else query.where(Attempt.look_at <= due_at)
    attempt = db.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if attempt is None or (attempt.state == AttemptState.SENDING and not is_stale(attempt, now)):
        return None  # settled, taken, or its process may still be at it
    attempt.look_at = _next_look(attempt, now)
    return attempt


def _next_look(attempt: Attempt, now: datetime) -> datetime:
    fence = attempt.fence_at or now
    planned = (*(fence - FENCE + after for after in FIRST_LOOKS), fence)
    return next((at for at in planned if at > now), now + LOOK_AGAIN)


def put_off(db: Session, attempt_id: str, now: datetime) -> None:
    """The directory did not answer this look. It may be frozen, with our request in its socket: an unmoved mark proves
    something only when it has been answering for a while, so the fence is at least two looks away from here.
    """
    attempt = db.get(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt is not None and attempt.look_at is not None:
        attempt.look_at = now + LOOK_AGAIN
        attempt.fence_at = max(attempt.fence_at or now, now + 2 * LOOK_AGAIN)


def hopeless(db: Session, now: datetime) -> list[Attempt]:
    """What a directory has not told within GIVE_UP_AFTER will never be known. The oldest first."""
    query = select(Attempt).where(Attempt.look_at.isnot(None), Attempt.sent_at < now - GIVE_UP_AFTER)
    return list(db.scalars(query.order_by(Attempt.sent_at)))


# ---- counting


def sets_of_person(db: Session, person: str, since: datetime) -> list[datetime]:
    """When this person's passwords were changed since then, oldest first. Several accounts at once are one change."""
    return _sets(db, since, Attempt.person == person)


def sets_of_account(db: Session, key: AccountKey, since: datetime) -> list[datetime]:
    return _sets(db, since, _of([key]))


def _sets(db: Session, since: datetime, condition: ColumnElement[bool]) -> list[datetime]:
    changed = Attempt.state.in_([AttemptState.SET, AttemptState.PRESUMED, AttemptState.UNLOCKED])
    last = func.max(Attempt.settled_at, type_=Attempt.settled_at.type)
    query = select(last).where(condition, changed, Attempt.settled_at > since).group_by(Attempt.round).order_by(last)
    return [moment for moment in db.scalars(query) if moment]


def refusals_of(visit: Visit) -> int:
    """How many passwords were refused; by how many accounts does not count."""
    return len({attempt.round for attempt in visit.attempts if attempt.state == AttemptState.REFUSED})


def sent_since(db: Session, since: datetime) -> list[Attempt]:
    """Every change that was sent from this moment on: whom one would have to tell of a breach (WAYF's terms, T16)."""
    return list(db.scalars(select(Attempt).where(Attempt.sent_at >= since).order_by(Attempt.sent_at)))
