"""Reading what is kept about visits, for support; `resetapp.look_up` sees to who may ask and that it is on record."""

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from resetapp.core.accounts import AccountKey
from resetapp.core.staff import Purpose
from resetapp.storage.tables import Attempt, AuditEvent, Login, Visit


@dataclass(frozen=True, slots=True)
class Wanted:
    """Visits by one of these: the reference, the person's fingerprint, or accounts by name and key."""

    reference: str = ""
    person: str = ""
    username: str = ""
    keys: tuple[AccountKey, ...] = ()


def logins_by(db: Session, wanted: Wanted, at_most: int) -> list[Login]:
    """The newest logins for a password with this reference, of this person, or about one of these accounts."""
    query = select(Login).where(Login.purpose != Purpose.CONSOLE).options(selectinload(Login.visit))
    if wanted.reference:
        query = query.where(Login.reference == wanted.reference)
    elif wanted.person:
        query = query.where(Login.visit.has(Visit.person == wanted.person))
    else:
        named = [func.lower(Attempt.username) == wanted.username.lower()]
        named += [and_(Attempt.directory == each.directory, Attempt.entry_id == each.entry_id) for each in wanted.keys]
        about = select(Visit.login_id).join(Attempt, Attempt.visit_id == Visit.id).where(or_(*named))
        query = query.where(Login.id.in_(about))
    return list(db.scalars(query.order_by(Login.opened_at.desc()).limit(at_most)))


def events_of(db: Session, reference: str) -> list[AuditEvent]:
    """Of one visit, in their order; what has been erased is not told."""
    query = select(AuditEvent).where(AuditEvent.reference == reference, AuditEvent.facts.isnot(None))
    return list(db.scalars(query.order_by(AuditEvent.seq)))


def logins_of_the_same_person(db: Session, reference: str) -> list[Login]:
    """Those that go on, of the person whose visit has this reference."""
    person = select(Visit.person).join(Login, Login.id == Visit.login_id).where(Login.reference == reference)
    query = select(Login).where(Login.ended_at.is_(None), Login.visit.has(Visit.person.in_(person)))
    return list(db.scalars(query))
