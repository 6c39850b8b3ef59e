"""Logins: opened before the hub, completed once when it answers, ended by the person, by time or by the hub."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, TableClause, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from resetapp.core import crockford
from resetapp.core.outcomes import Outcome
from resetapp.core.people import AuthenticatedPerson, SamlLogin
from resetapp.core.staff import Purpose
from resetapp.storage.tables import Login, SeenMessage, Visit
from resetapp.trouble import LoginRefused

_TOUCH_AFTER = timedelta(seconds=15)  # a write for every click would buy nothing


def new_reference() -> str:
    """Forty random bits as 7KQ4-M2XD."""
    return crockford.grouped(crockford.drawn(8))


def new_token() -> str:
    """256 random bits for a cookie. The database only ever holds its hash (SE-01)."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that waits for the hub's answer."""

    id: int
    reference: str
    request_id: str
    language: str
    replaces_id: int | None
    opened_at: datetime
    failed_answers: int
    purpose: Purpose


_LOGIN = cast(TableClause, Login.__table__)
_OPEN = insert(_LOGIN)
_FIND_OPENED = select(*(_LOGIN.c[each.name] for each in fields(Pending))).where(
    _LOGIN.c.browser_hash == bindparam("browser_hash"), _LOGIN.c.completed_at.is_(None), _LOGIN.c.ended_at.is_(None)
)
_USED = select(_LOGIN.c.id).where(_LOGIN.c.browser_hash == bindparam("browser_hash"), _LOGIN.c.completed_at.isnot(None))
_COMPLETED = (
    *("completed_at", "seen_at", "token_hash", "ends_at", "assurance", "display_name", "issuer", "name_id"),
    *("name_id_format", "name_qualifier", "sp_name_qualifier", "session_index", "authenticated_at"),
)
_COMPLETE = (  # prepared once, like the others here: they run at every login
    update(_LOGIN)
    .where(_LOGIN.c.id == bindparam("login_id"), _LOGIN.c.completed_at.is_(None), _LOGIN.c.ended_at.is_(None))
    .values({name: bindparam(name) for name in _COMPLETED})
)
_REMEMBER = insert(cast(TableClause, SeenMessage.__table__))


def open_login(
    db: Session,
    request_id: str,
    token: str,
    language: str,
    replaces: str | None,
    now: datetime,
    purpose: Purpose = Purpose.PASSWORD,
) -> None:
    """The row that the hub's answer must find: its request and the browser that started it.

    `replaces`: the token this browser holds now. The hub keeps one entry per service and forgets the older login,
    so the older one is ended when the new one is completed.
    """
    older = find_login(db, replaces) if replaces else None
    opened = {
        "reference": new_reference(),
        "request_id": request_id,
        "browser_hash": token_hash(token),
        "language": language,
        "purpose": purpose,
        "replaces_id": older.id if older else None,
        "opened_at": now,
        "outcome": Outcome.OPEN,
        "reason": "",
        "failed_answers": 0,
        "display_name": "",
    }
    db.execute(_OPEN, opened)


def find_opened(db: Session | Connection, token: str) -> Pending | None:
    """The login this browser started and has not yet finished."""
    row = db.execute(_FIND_OPENED, {"browser_hash": token_hash(token)}).one_or_none()
    return Pending(*row) if row else None


def is_used(db: Session | Connection, token: str) -> bool:
    """Has the login of this browser's token been completed already?"""
    return db.execute(_USED, {"browser_hash": token_hash(token)}).first() is not None


def be_replaced(db: Session, login_id: int, tokens: Iterable[str]) -> None:
    """Logins that the same browser has begun and not finished will end this one, as if begun after it."""
    waiting = Login.browser_hash.in_([token_hash(each) for each in tokens]) & Login.completed_at.is_(None)
    db.execute(update(Login).where(waiting, Login.ended_at.is_(None)).values(replaces_id=login_id))


def complete_login(
    db: Session | Connection, pending: Pending, person: AuthenticatedPerson, absolute: timedelta, now: datetime
) -> str:
    """Use the request and the assertion up and return the browser's new token. Raises LoginRefused on a second use.

    One transaction with the caller's visit: of twenty parallel posts of one assertion exactly one gets a login (S-06).
    The token is new, so that one planted before the login is worth nothing (session fixation, SE-03).
    """
    token, answer = new_token(), person.login
    completed = {
        "login_id": pending.id,
        "completed_at": now,
        "seen_at": now,
        "token_hash": token_hash(token),
        "ends_at": min(now + absolute, answer.ends_at) if answer.ends_at else now + absolute,
        "assurance": int(person.assurance),
        "display_name": person.name[:200],
    }
    won = db.execute(_COMPLETE, completed | _names_for_logout(answer))
    if won.rowcount != 1:  # type: ignore[attr-defined]
        raise LoginRefused("request-used")
    if not remember(db, answer.assertion_id, answer.assertion_expires_at):
        raise LoginRefused("replay")
    return token


def end_replaced(db: Session, pending: Pending, now: datetime) -> Login | None:
    """End the login that this browser had before: the hub knows only the newer one (wayf.md 6).

    Returns it when it was still going on.
    """
    older = db.get(Login, pending.replaces_id) if pending.replaces_id else None
    if older is None or older.ended_at is not None:
        return None
    end(db, older, Outcome.LEFT, now)
    return older


def _names_for_logout(answer: SamlLogin) -> dict[str, object]:
    """What the hub calls this login; it will name it so when it ends it."""
    return {
        "issuer": answer.issuer,
        "name_id": answer.name_id,
        "name_id_format": answer.name_id_format,
        "name_qualifier": answer.name_qualifier,
        "sp_name_qualifier": answer.sp_name_qualifier,
        "session_index": answer.session_index,
        "authenticated_at": answer.authenticated_at,
    }


def saml_login(login: Login) -> SamlLogin | None:
    """What a LogoutRequest must name; None for a login that never came back from the hub."""
    if login.issuer is None or login.name_id is None or login.authenticated_at is None:
        return None
    return SamlLogin(
        issuer=login.issuer,
        name_id=login.name_id,
        name_id_format=login.name_id_format or "",
        name_qualifier=login.name_qualifier,
        sp_name_qualifier=login.sp_name_qualifier,
        session_index=login.session_index,
        authenticated_at=login.authenticated_at,
        ends_at=login.ends_at,
        assertion_id="",
        assertion_expires_at=login.authenticated_at,
    )


def remember(db: Session | Connection, message_id: str, expires_at: datetime) -> bool:
    """Note a message as used, on all workers. False if it was used before: then the transaction is to be given up."""
    try:
        db.execute(_REMEMBER, {"message_id": message_id, "expires_at": expires_at})
    except IntegrityError:
        return False
    return True


def find_login(db: Session, token: str) -> Login | None:
    """The login behind a browser's token, with its visit, whether it still holds or not."""
    query = (
        select(Login)
        .where(Login.token_hash == token_hash(token))
        .options(selectinload(Login.visit).selectinload(Visit.attempts))
    )
    return db.scalar(query)


def is_over(login: Login, idle: timedelta, now: datetime) -> bool:
    """Has the login ended, or passed its idle or absolute limit (WAYF's terms, Sessionsvarighed)?"""
    idle_end = (login.seen_at or login.opened_at) + idle
    limit = min(idle_end, login.ends_at) if login.ends_at else idle_end
    return login.ended_at is not None or now >= limit


def wants_touch(login: Login, now: datetime) -> bool:
    return login.seen_at is None or now - login.seen_at >= _TOUCH_AFTER


def touch(db: Session, login_id: int, now: datetime) -> None:
    """The person was here; an ended login stays ended."""
    db.execute(update(Login).where(Login.id == login_id, Login.ended_at.is_(None)).values(seen_at=now))


def end(db: Session, login: Login, outcome: Outcome, now: datetime) -> None:
    """End a login and what hangs on it. The first end counts; names and account lists go.

    The visit is read anew and held, for another worker may just be writing the directory's answer into it.
    """
    held = select(Visit).where(Visit.login_id == login.id).with_for_update(of=Visit)
    visit = db.scalar(held.execution_options(populate_existing=True))
    if login.ended_at is not None:
        return
    login.ended_at = now
    login.display_name = ""
    if login.outcome == Outcome.OPEN:
        login.outcome = outcome
    if visit is not None:
        visit.ended_at = now
        visit.candidates = []
        if visit.outcome == Outcome.OPEN:
            visit.outcome = outcome


def end_logins_of(
    db: Session, issuer: str, name_id: str, session_indexes: tuple[str, ...], now: datetime
) -> list[Login]:
    """End every login the hub names, found without any cookie (WAYF's terms, Single-sign-on). No index means all.

    Returns those that were going on.
    """
    query = select(Login).where(Login.issuer == issuer, Login.name_id == name_id, Login.ended_at.is_(None))
    if session_indexes:
        query = query.where(Login.session_index.in_(session_indexes))
    found = list(db.scalars(query))
    for login in found:
        end(db, login, Outcome.LOGGED_OUT_ELSEWHERE, now)
    return found


def refuse(db: Session, login_id: int, outcome: Outcome, reason: str, now: datetime) -> None:
    """Note for support why the hub's answer did not open this login, and close it when that is final.

    A broken answer is not final: anybody can make a browser post one, and must not spoil its genuine login by that.
    Nor is it noted on a login that a genuine answer has opened in the meantime.
    """
    login = db.get(Login, login_id, with_for_update=True, populate_existing=True)
    if login is None or login.completed_at is not None:
        return
    login.reason = reason[:60]
    if outcome == Outcome.LOGIN_FAILED:
        login.failed_answers += 1
    elif outcome != Outcome.OPEN:  # a fault of ours leaves it open: the same answer may be posted again
        end(db, login, outcome, now)
