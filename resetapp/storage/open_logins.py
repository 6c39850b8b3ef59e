"""The logins that go on, found by whose they are or what they lean on. Few are open at once: they are read whole."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from resetapp.storage import visits
from resetapp.storage.tables import Login, StaffLogin, Visit

_OPEN = select(Login).where(Login.ended_at.is_(None)).options(selectinload(Login.visit).selectinload(Visit.attempts))


def every(db: Session) -> list[Login]:
    """Also those that were begun and are still at the hub."""
    return list(db.scalars(_OPEN.order_by(Login.id)))


def named(db: Session, username: str) -> list[Login]:
    """Of a member of the staff by this username, or of a person who has an account of this name, in any case."""
    return [each for each in every(db) if username.casefold() in _names(each)]


def _names(login: Login) -> set[str]:
    found = [login.staff.username] if login.staff else []
    found += [each.username for each in visits.candidates(login.visit)] if login.visit else []
    return {each.casefold() for each in found}


def of_staff(db: Session, person: str) -> list[Login]:
    """By the fingerprint; the newest first."""
    mine = _OPEN.where(Login.staff.has(StaffLogin.person == person), Login.completed_at.isnot(None))
    return list(db.scalars(mine.order_by(Login.completed_at.desc(), Login.id.desc())))


def leaning_on(db: Session, links: Collection[str]) -> list[Login]:
    """Of the persons who were found an account by one of these (`DirectoryAccount.link`)."""
    going_on = db.scalars(_OPEN.where(Login.visit.has()))
    return [login for login in going_on if login.visit and _links(login.visit) & set(links)]


def _links(visit: Visit) -> set[str]:
    return {each.link for each in visits.candidates(visit)}
